/*
 * Advice about inputs that nothing matches.
 */
#ifndef RUN_UNMATCHED_H
#define RUN_UNMATCHED_H

#include "run/session.h"

/* For a session with a plan: advice, into the diagnostics of its file, for each input that is written out
 * in the workflow, that no file matches now and no step makes; ten at most. */
void unmatched_advise(struct session *session);

#endif
