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

		if (step->is_group || !step_status_is_final(step->status))
			continue;
		if (step->verdict == VERDICT_RUN && step->started_ms &&
		    step->started_ms >= state->part_ms) {
			effort.n_ran += step->status != STEP_SKIPPED;
			effort.work_ms += step->duration_ms;
			effort.cpu_ms += step->cpu_user_ms + step->cpu_system_ms;
		} else if (step->status == STEP_PASSED && step->verdict != VERDICT_RUN &&
			   step->ended_ms >= state->part_ms) {
			effort.n_cached += step->verdict == VERDICT_CACHED;
			effort.n_restored += step->verdict == VERDICT_RESTORE;
			node = plan ? plan_node(plan, step->id) : NULL;
			effort.saved_ms += node ? node->duration_ms : 0;
		}
	}
	return effort;
}
