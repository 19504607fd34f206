/*
 * See effort_impl.h.
 */
#include "effort_impl.h"

struct effort effort_of(const struct run_state *state, const struct plan *plan)
{
	struct effort effort = { 0 };

	for (size_t i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];
		const struct node *node;

		if (step->is_group)
			continue;
		if (step->verdict == VERDICT_RUN && step->started_ms &&
		    step->started_ms >= state->part_ms) {
			effort.work_ms += step->duration_ms;
		} else if (step->status == STEP_PASSED && step->verdict != VERDICT_RUN) {
			node = plan ? plan_node(plan, step->id) : NULL;
			effort.saved_ms += node ? node->duration_ms : 0;
		}
	}
	return effort;
}
