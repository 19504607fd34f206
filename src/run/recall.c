/*
 * See recall_impl.h. It is no mistake if nothing is remembered: maybe the step does not need it.
 */
#include "recall_impl.h"

#include "decide_impl.h"
#include "outcome_impl.h"

static void recall(struct session *session, const struct node *node)
{
	struct node_result *result = session_result(session, node->index);
	struct judged judged = { 0 };
	struct arena scratch = { 0 };

	result->was_recalled = true;
	session->is_volatile = true; /* a planfile does not hold what its answer rests on */
	recall_above(session, node);
	if (node->kind != NODE_STEP || node->has_late_paths || !step_is_cacheable(node->step))
		return;
	if (facts_gather(session, node, &scratch, &judged.gathered, NULL) == 0) {
		judged.record = cache_find(session->cache, &judged.gathered.fingerprint, &scratch);
		if (judged.record && !judged.record->failed) {
			outcome_use_record(session, node, &judged);
			result->status = STEP_PASSED;
			result->verdict = VERDICT_CACHED;
		}
	}
	facts_release(&judged.gathered);
	arena_release(&scratch);
}

void recall_above(struct session *session, const struct node *node)
{
	for (size_t i = 0; i < node->deps.n; i++) {
		const struct node *above = session->plan->nodes.v[node->deps.v[i].from];

		if (!above->is_selected && !session_result(session, above->index)->is_known &&
		    !session_result(session, above->index)->was_recalled)
			recall(session, above);
	}
}
