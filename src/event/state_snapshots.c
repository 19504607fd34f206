/*
 * The fold of a run: its snapshots, and what was rolled back to them.
 */
#include <string.h>

#include "state_impl.h"

const struct snapshot_state *state_snapshot(const struct run_state *state, uint32_t number)
{
	for (size_t i = 0; i < state->snapshots.n; i++)
		if (state->snapshots.v[i].number == number)
			return &state->snapshots.v[i];
	return NULL;
}

const struct snapshot_state *state_last_snapshot(const struct run_state *state, const char *kind,
						 const char *step)
{
	for (size_t i = state->snapshots.n; i-- > 0;) {
		const struct snapshot_state *snapshot = &state->snapshots.v[i];

		if (!strcmp(snapshot->kind, kind) && snapshot->step &&
		    !strcmp(snapshot->step, step))
			return snapshot;
	}
	return NULL;
}

/* Undone it is not, unless that was undone. */
static bool is_in_force(const struct run_state *state, size_t at)
{
	const struct rollback_state *rollback = &state->rollbacks.v[at];

	for (size_t i = state->rollbacks.n; i-- > at + 1;)
		if (state->rollbacks.v[i].is_undo && state->rollbacks.v[i].number == rollback->pre)
			return !is_in_force(state, i);
	return rollback->is_done;
}

const struct rollback_state *state_rolled_back(const struct run_state *state,
					       const struct step_state *step)
{
	for (size_t i = state->rollbacks.n; step->snapshot && i-- > 0;) {
		const struct rollback_state *rollback = &state->rollbacks.v[i];

		if (!rollback->is_undo && rollback->number && step->snapshot >= rollback->number &&
		    step->snapshot < rollback->pre && is_in_force(state, i))
			return rollback;
	}
	return NULL;
}

/* A journal may be cut and written on: numbers only grow. */
void state_apply_snapshot(struct run_state *state, const struct event *event)
{
	struct snapshot_state snapshot = { .number = event->number,
					   .kind = state_keep(state, event->text),
					   .step = state_keep(state, event->step),
					   .raw = state_keep(state, event->raw),
					   .tree = state_keep(state, event->tree),
					   .at_ms = event->at_ms };

	if (!event->text || !event->raw || !event->tree ||
	    (state->snapshots.n && event->number <= vec_last(&state->snapshots)->number))
		return;
	vec_push(&state->snapshots, snapshot);
	state->has_run_since_snapshot = false;
}

/* One that was cut off is finished under the same `pre`. */
void state_apply_rollback(struct run_state *state, const struct event *event)
{
	struct rollback_state *rollback = NULL;

	for (size_t i = 0; i < state->rollbacks.n && !rollback; i++)
		if (state->rollbacks.v[i].pre == event->pre)
			rollback = &state->rollbacks.v[i];
	if (!rollback) {
		struct rollback_state fresh = { .pre = event->pre };

		vec_push(&state->rollbacks, fresh);
		rollback = vec_last(&state->rollbacks);
	}
	rollback->is_undo = event->text && strcmp(event->text, "undo") == 0;
	rollback->is_done |= event->type == EV_ROLLBACK_END;
	rollback->number = event->number;
	rollback->post = event->post;
	rollback->n_files = event->n_files;
	rollback->n_left = event->n_left;
	rollback->n_undeclared = event->n_undeclared;
	rollback->at_ms = event->at_ms;
}
