/*
 * changed(glob): does a file that matches differ from what the last passed run of this workflow saw?
 */
#ifndef RUN_CHANGED_IMPL_H
#define RUN_CHANGED_IMPL_H

#include <stdbool.h>

#include "run/session.h"

/* True where no run of this workflow ever passed. */
int changed_since_last_pass(struct session *session, const char *glob, bool *changed,
			    struct err *err);

#endif
