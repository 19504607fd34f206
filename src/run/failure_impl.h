/*
 * How steps of this run failed: what `error.*` says to handlers and to what cleans up.
 */
#ifndef RUN_FAILURE_IMPL_H
#define RUN_FAILURE_IMPL_H

#include "event/event.h"
#include "model/expr.h"
#include "run/session.h"

/* Kept for the rest of the run: this is how the node ended. */
void failure_note(struct session *session, const struct node *node, const struct event *end);

/* The failure that `node` is told of: that of its caller, else the first of the run. NULL where nothing
 * has failed. */
const struct step_failure *failure_of(struct session *session, const struct node *node);

/* A member of `error`: null where nothing has failed. */
int failure_lookup(struct session *session, const struct node *node, const char *member,
		   struct value *out, struct err *err);

#endif
