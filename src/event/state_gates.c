/*
 * The fold of a run: what its gates have found.
 */
#include "state_impl.h"

struct gate_state *state_get_gate(struct run_state *state, const char *step, const char *gate)
{
	const char *id = arena_printf(&state->arena, "%s\n%s", step, gate);
	uintptr_t place = (uintptr_t)strmap_get(&state->gate_ids, id);
	struct gate_state fresh = { .step = state_keep(state, step),
				    .gate = state_keep(state, gate) };

	if (place)
		return &state->gates.v[place - 1];
	vec_push(&state->gates, fresh);
	strmap_put(&state->gate_ids, id, (void *)(uintptr_t)state->gates.n);
	return vec_last(&state->gates);
}

void state_apply_gate(struct run_state *state, const struct event *event)
{
	struct gate_state *gate;

	if (!event->step || !event->gate)
		return;
	gate = state_get_gate(state, event->step, event->gate);
	gate->failed = event->status != STEP_PASSED;
	gate->is_warning = event->is_warning;
	gate->expected = state_keep(state, event->expected);
	gate->found = state_keep(state, event->found);
	gate->message = state_keep(state, event->text);
	gate->value = state_keep(state, event->value);
}

struct gate_counts state_count_gates(const struct run_state *state)
{
	struct gate_counts counts = { 0 };

	for (size_t i = 0; i < state->gates.n; i++) {
		const struct gate_state *gate = &state->gates.v[i];

		counts.n_held += !gate->failed;
		counts.n_failed += gate->failed && !gate->is_warning;
		counts.n_warned += gate->failed && gate->is_warning;
	}
	return counts;
}
