/*
 * The workflows of a hook, one priority after the other: after one that failed, those of a higher number
 * are not started. Of one priority, those that may fix files go first, at once.
 */
#include "hook_call_impl.h"

/* Those of the same priority, from the first on. */
static size_t count_equal(const struct hook_workflow *first, const struct hook_workflow *end)
{
	const struct hook_workflow *at = first;

	while (at < end && at->trigger.priority == first->trigger.priority)
		at++;
	return (size_t)(at - first);
}

/* Tells of one that is not started. */
static bool is_started(struct hook_call *call, struct hook_workflow *workflow, bool has_failed)
{
	if (!workflow->passed_over && hook_is_skipped(call, workflow->id))
		workflow->passed_over = "WF_SKIP says so";
	if (!workflow->passed_over && has_failed)
		workflow->passed_over = "one that goes before it has failed";
	if (workflow->passed_over && (call->cli->common.verbose || has_failed))
		cli_say(call->cli, "%s: '%s' is not started: %s", hook_name(call->request->kind),
			workflow->id, workflow->passed_over);
	return !workflow->passed_over;
}

/* How many failed. */
static size_t start_equal(struct hook_stand *stand, struct hook_workflow *const *workflows,
			  size_t n)
{
	size_t n_apart = 0, n_failed = 0;

	while (n_apart < n && workflows[n_apart]->runs_apart)
		n_apart++;
	if (!hook_slots_run(stand, workflows, n_apart, &n_failed))
		n_apart = 0;
	for (size_t i = n_apart; i < n; i++)
		n_failed += !hook_workflow_passes(stand, workflows[i]);
	return n_failed;
}

size_t hook_start_all(struct hook_stand *stand, struct hook_workflows *workflows)
{
	struct hook_call *call = stand->call;
	struct hook_workflow *at = workflows->list.v, *end = at + workflows->list.n;
	struct hook_workflow **equal = ARENA_ARRAY(&call->cli->arena, struct hook_workflow *,
						   workflows->list.n + 1);
	size_t n_started = 0, n_failed = 0;

	while (at < end) {
		size_t n_equal = count_equal(at, end), n = 0;

		for (; n_equal; n_equal--, at++)
			if (is_started(call, at, n_failed > 0))
				equal[n++] = at;
		n_failed += start_equal(stand, equal, n);
		n_started += n;
	}
	call->n_failed += n_failed;
	return n_started;
}
