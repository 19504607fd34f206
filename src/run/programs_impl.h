/*
 * Whether the programs that a workflow names as files are there.
 */
#ifndef RUN_PROGRAMS_IMPL_H
#define RUN_PROGRAMS_IMPL_H

#include "run/session.h"

/* Each `action` and each `script: {file}` of which the path is known and that no step writes. What is
 * wrong goes to the diags of the file where it stands; then -1. */
int programs_check(struct session *session);

#endif
