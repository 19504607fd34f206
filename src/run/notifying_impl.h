/*
 * The end of a run as the rules of `notify` see it.
 */
#ifndef RUN_NOTIFYING_IMPL_H
#define RUN_NOTIFYING_IMPL_H

#include "model/expr.h"
#include "run/session.h"

/* A member of `run` that is known only when it ends: status, duration, steps, failed. */
int notifying_lookup(const struct session *session, const char *member, struct value *out,
		     struct err *err);

#endif
