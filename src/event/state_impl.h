/*
 * What the fold and the reader of a state share.
 */
#ifndef EVENT_STATE_IMPL_H
#define EVENT_STATE_IMPL_H

#include "event/event.h"
#include "event/state.h"

/* Takes a step's share out of the counters (by: UINT32_MAX), or puts it in (by: 1). */
void state_count_step(struct run_state *state, const struct step_state *step, uint32_t by);
/* The step with this id, new if need be. */
struct step_state *state_get_step(struct run_state *state, const char *id);
/* It is a foreach whose items are steps of their own. */
void state_mark_group(struct run_state *state, struct step_state *step);

/* In the state's arena; NULL stays NULL. */
const char *state_keep(struct run_state *state, const char *text);

/* ---- state_gates.c ---- */

/* The gate of this step, new where it is not known yet. */
struct gate_state *state_get_gate(struct run_state *state, const char *step, const char *gate);
void state_apply_gate(struct run_state *state, const struct event *event);

/* ---- state_snapshots.c ---- */

void state_apply_snapshot(struct run_state *state, const struct event *event);
void state_apply_rollback(struct run_state *state, const struct event *event);

#endif
