/*
 * Figures about this workflow's past runs, and about this one so far: what `metrics.*` says.
 */
#ifndef RUN_METRICS_IMPL_H
#define RUN_METRICS_IMPL_H

#include "model/expr.h"
#include "run/session.h"

/* A member of `metrics` (model/expr.h has their names): null where nothing is known yet. The past is
 * what the history says when the first is asked for; no part of this run belongs to it. */
int metrics_lookup(struct session *session, const char *member, struct value *out, struct err *err);

#endif
