/*
 * What waits.c shares with the files beside it.
 */
#ifndef RUN_WAITS_IMPL_H
#define RUN_WAITS_IMPL_H

#include "answers_impl.h"
#include "engine_impl.h"

/* Nobody waits for it any more. */
void waits_remove(struct execution *execution);
/* The same: it goes on in a turn of its own. */
void waits_begin_turn(struct execution *execution);
/* The same: it has ended. Frees the execution. */
void waits_end(struct execution *execution, struct event *end);

/* ---- waits_escalate.c ---- */

/* What a person has said of a failure. */
void waits_end_escalation(struct execution *execution, const struct answer *answer);

#endif
