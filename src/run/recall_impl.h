/*
 * What a step needs of those before it that take no part in this run (--from, --only).
 */
#ifndef RUN_RECALL_IMPL_H
#define RUN_RECALL_IMPL_H

#include "plan/plan.h"
#include "run/session.h"

/* The nodes above `node` that are not selected get the result that is remembered of them as they would
 * be now, if there is one. Nothing is restored but what the step asks for. */
void recall_above(struct session *session, const struct node *node);

#endif
