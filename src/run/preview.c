/*
 * The engine's decisions without its effects: nodes in an order in which each comes after what it
 * depends on, each judged with what is known of those above.
 */
#include "run/preview.h"

#include <string.h>

#include "answers_impl.h"
#include "by_hand_impl.h"
#include "decide_impl.h"
#include "door_impl.h"
#include "eta_impl.h"
#include "gate_impl.h"
#include "outcome_impl.h"
#include "results_impl.h"
#include "run/recover.h"
#include "session_impl.h"

/* What stands above a node: the first that is bad, the first that will run. */
static void look_up(struct session *session, const struct node *node, uint32_t *blocked_by,
		    uint32_t *will_run_by)
{
	*blocked_by = *will_run_by = WF_NONE;
	for (size_t i = 0; i < node->deps.n; i++) {
		uint32_t from = node->deps.v[i].from;
		const struct node_result *result = session_result(session, from);

		if (!session->plan->nodes.v[from]->is_selected)
			continue;
		if (results_is_bad(result) && *blocked_by == WF_NONE &&
		    !node->deps.v[i].is_inherited)
			*blocked_by = from;
		if (result->is_uncertain && *will_run_by == WF_NONE)
			*will_run_by = from;
	}
}

static void take_verdict(struct session *session, const struct node *node,
			 const struct judged *judged)
{
	struct node_result *result = session_result(session, node->index);
	enum verdict verdict = judged->decision.verdict;

	result->verdict = verdict;
	result->is_uncertain = verdict == VERDICT_RUN || verdict == VERDICT_PENDING ||
			       verdict == VERDICT_RESTORE;
	if (verdict == VERDICT_SKIP) {
		result->status = decide_needs_a_word(&judged->decision) ? STEP_UNKNOWN
									: STEP_SKIPPED;
		result->skipped_by_if = decide_is_skip_that_passes(&judged->decision);
	} else if (decide_first_reason(&judged->decision) == REASON_ANSWERED) {
		struct event end = { .type = EV_STEP_END };

		answers_use(session, node, &end);
		result->status = end.status;
	} else if (decide_first_reason(&judged->decision) == REASON_DONE_BY_HAND) {
		result->status = STEP_PASSED;
		result->is_uncertain = true; /* what it made is not looked at yet */
	} else if (verdict == VERDICT_CACHED) {
		result->status = judged->decision.remembered_failure ? STEP_FAILED : STEP_PASSED;
		outcome_use_record(session, node, judged);
	}
}

static void count(struct preview *preview, const struct preview_item *item)
{
	for (size_t i = 0; i < item->n_gates; i++)
		preview->n_broken += item->gates[i].is_known && !item->gates[i].holds &&
				     !item->gates[i].only_warns;
	if ((item->node->kind != NODE_STEP && item->node->is_expanded) ||
	    (item->node->step->action == ACTION_GATES && !item->problem))
		return;
	if (item->problem) {
		preview->n_problems++;
		return;
	}
	switch (item->decision.verdict) {
	case VERDICT_RUN: preview->n_run++; break;
	case VERDICT_CACHED: preview->n_cached++; break;
	case VERDICT_RESTORE: preview->n_restore++; break;
	case VERDICT_SKIP: preview->n_skip++; break;
	case VERDICT_PENDING: preview->n_pending++; break;
	}
}

/* Those with a process are not started for a look, and before something that is to run nobody knows. */
static void look_at_gates(struct session *session, const struct run_options *options,
			  struct preview_item *item)
{
	bool is_now = item->decision.verdict == VERDICT_RUN;
	const struct node *node = item->node;
	const struct gates *gates = &node->step->requires;
	struct preview_gate *list = ARENA_ARRAY(&session->arena, struct preview_gate, gates->n + 1);

	for (size_t i = 0; i < gates->n; i++) {
		const struct gate *gate = &gates->v[i];
		struct gate_finding finding = { 0 };

		list[i].gate = gate;
		list[i].is_known = is_now && !gate_has_process(gate);
		list[i].only_warns = gate_only_warns(gate, options->gates);
		if (list[i].is_known)
			gate_look(session, node, gate, &session->arena, &finding);
		list[i].holds = finding.holds;
		list[i].found = finding.found;
		list[i].message = finding.message;
	}
	item->gates = list;
	item->n_gates = gates->n;
}

/* Whether they hold is said of each; what comes after them is told as if they did. */
static void pass_gates(struct session *session, const struct node *node)
{
	struct node_result *result = session_result(session, node->index);

	result->status = STEP_PASSED;
	result->is_uncertain = false;
}

static void judge_step(struct session *session, struct node *node,
		       const struct run_options *options, struct preview_item *item)
{
	struct err err = ERR_INIT;
	struct judged judged;
	uint32_t blocked_by, will_run_by;
	struct plan_host host = session_host(session);

	look_up(session, node, &blocked_by, &will_run_by);
	if ((node->has_late_paths && blocked_by == WF_NONE && will_run_by == WF_NONE &&
	     plan_resolve(session->plan, node, &host, &err) < 0) ||
	    decide(session, node, options, blocked_by, will_run_by, &session->arena, &judged,
		   &err) < 0) {
		item->problem = arena_strdup(&session->arena, err_msg(&err));
		session_result(session, node->index)->is_uncertain = true;
		err_release(&err);
		return;
	}
	item->decision = judged.decision;
	item->previous = cache_find_last(session->cache, session->wf->id, node->id,
					 &session->arena);
	if (judged.has_facts) {
		item->material = arena_strndup(&session->arena, judged.gathered.material.buf,
					       judged.gathered.material.len);
		facts_release(&judged.gathered);
	}
	take_verdict(session, node, &judged);
	if (judged.decision.verdict == VERDICT_RUN ||
	    (judged.decision.verdict == VERDICT_PENDING && node->step->action == ACTION_GATES))
		look_at_gates(session, options, item);
	if (node->step->role == ROLE_REQUIRES)
		pass_gates(session, node);
}

static void add_reason(struct preview_item *item, enum verdict verdict, enum reason_kind kind,
		       const char *subject)
{
	struct reason reason = { .kind = kind, .subject = subject };

	item->decision.verdict = verdict;
	vec_push(&item->decision.reasons.list, reason);
}

static void uncount(struct preview *preview, const struct preview_item *item)
{
	if (item->node->kind != NODE_STEP || item->problem)
		return;
	switch (item->decision.verdict) {
	case VERDICT_RUN: preview->n_run--; break;
	case VERDICT_RESTORE: preview->n_restore--; break;
	case VERDICT_PENDING: preview->n_pending--; break;
	default: return;
	}
	preview->n_skip++;
}

/* What is up to date wins without a start of the others. */
static void settle_race(struct session *session, struct preview *preview, const struct node *race)
{
	const struct plan *plan = session->plan;
	const struct node *winner = NULL;

	for (uint32_t i = 0; i < race->n_items && !winner; i++) {
		const struct node *child = plan_item(plan, race, i);
		const struct node_result *result = session_result(session, child->index);

		if (child->step->action == ACTION_GATES)
			continue;
		if (result->status == STEP_PASSED && !result->is_uncertain && child->is_selected)
			winner = child;
	}
	if (!winner)
		return;
	for (size_t i = 0; i < preview->items.n; i++) {
		struct preview_item *item = &preview->items.v[i];
		enum verdict verdict = item->decision.verdict;

		if (!plan_is_in(plan, item->node, race->index) || item->node == winner ||
		    item->node->step->action == ACTION_GATES ||
		    item->node->group == winner->index ||
		    plan_is_in(plan, item->node, winner->index) || verdict == VERDICT_CACHED ||
		    verdict == VERDICT_SKIP)
			continue;
		uncount(preview, item);
		vec_clear(&item->decision.reasons.list);
		add_reason(item, VERDICT_SKIP, REASON_LOST_RACE, winner->id);
		session_result(session, item->node->index)->status = STEP_CANCELLED;
		session_result(session, item->node->index)->is_uncertain = false;
	}
	*session_result(session, race->index) = *session_result(session, winner->index);
}

static const struct node *find_uncertain_item(struct session *session, const struct node *group)
{
	for (uint32_t i = 0; i < group->n_items; i++) {
		const struct node *item = plan_item(session->plan, group, i);

		if (session_result(session, item->index)->is_uncertain)
			return item;
	}
	return group;
}

/* A group that cannot be expanded yet is pending; one that is comes to what its items come to. */
static void judge_group(struct session *session, struct preview *preview, const struct node *group,
			struct preview_item *item)
{
	struct node_result *result = session_result(session, group->index);
	uint32_t blocked_by, will_run_by;

	if (group->is_expanded) {
		results_fold_group(session, group);
		if (group->kind == NODE_GROUP && group->step->group->wait_for != WAIT_FOR_ALL)
			settle_race(session, preview, group);
		if (result->is_uncertain)
			add_reason(item, VERDICT_PENDING, REASON_UPSTREAM_WILL_RUN,
				   find_uncertain_item(session, group)->id);
		else
			add_reason(item,
				   result->status == STEP_SKIPPED ? VERDICT_SKIP : VERDICT_CACHED,
				   REASON_UP_TO_DATE, NULL);
		return;
	}
	look_up(session, group, &blocked_by, &will_run_by);
	if (blocked_by != WF_NONE) {
		result->status = STEP_SKIPPED;
		add_reason(item, VERDICT_SKIP, REASON_UPSTREAM_FAILED,
			   session->plan->nodes.v[blocked_by]->id);
	} else {
		result->is_uncertain = true;
		add_reason(item, VERDICT_PENDING, REASON_UPSTREAM_WILL_RUN,
			   will_run_by != WF_NONE ? session->plan->nodes.v[will_run_by]->id
						  : group->id);
	}
}

/* What a dynamic foreach depends on is up to date: its items are known after all. */
static int expand_where_known(struct session *session, struct node *group, struct err *err)
{
	struct plan_host host = session_host(session);
	uint32_t blocked_by, will_run_by;
	struct door_answer door;

	if (group->is_expanded)
		return 0;
	look_up(session, group, &blocked_by, &will_run_by);
	if (blocked_by != WF_NONE || will_run_by != WF_NONE)
		return 0;
	if (door_ask(session, group, &door, err) < 0)
		return -1;
	if (!door.is_open)
		return 0;
	if (plan_expand(session->plan, group, &host, err) < 0)
		return -1;
	session_grow(session);
	return 1;
}

static void judge_one(struct session *session, struct node *node, const struct run_options *options,
		      struct preview *preview)
{
	struct preview_item item = { .node = node };

	/* Whether it is called is known at the end of what it waits for. */
	if (node->step->within && node->step->within->on != CALL_ALWAYS) {
		session_result(session, node->index)->status = STEP_SKIPPED;
		session_result(session, node->index)->skipped_by_if = true;
		if (node->step->called && node->group == WF_NONE)
			vec_push(&preview->handlers, node);
		return;
	}
	if (node->kind == NODE_STEP)
		judge_step(session, node, options, &item);
	else
		judge_group(session, preview, node, &item);
	count(preview, &item);
	vec_push(&preview->items, item);
}

static void judge_with_items(struct session *session, struct node *node,
			     const struct run_options *options, struct preview *preview);

/* What a foreach has just brought in: its items, and what is in them. */
static void judge_new(struct session *session, size_t first, const struct run_options *options,
		      struct preview *preview)
{
	uint32_t *order;
	size_t n, end = session->plan->nodes.n;

	plan_topological(session->plan, &session->arena, &order, &n);
	for (size_t i = 0; i < n; i++)
		if (order[i] >= first && order[i] < end)
			judge_with_items(session, session->plan->nodes.v[order[i]], options,
					 preview);
}

static void judge_with_items(struct session *session, struct node *node,
			     const struct run_options *options, struct preview *preview)
{
	struct err err = ERR_INIT;
	size_t first = session->plan->nodes.n;

	if (node->kind == NODE_FOREACH) {
		int expanded = expand_where_known(session, node, &err);

		if (expanded < 0) {
			struct preview_item item = {
				.node = node,
				.problem = arena_strdup(&session->arena, err_msg(&err)),
			};

			err_release(&err);
			session_result(session, node->index)->is_uncertain = true;
			count(preview, &item);
			vec_push(&preview->items, item);
			return;
		}
		if (expanded)
			judge_new(session, first, options, preview);
	}
	judge_one(session, node, options, preview);
}

/* What was pushed one by one goes where the rest of the preview lives. */
static void move_to_arena(struct arena *arena, struct preview *preview)
{
	size_t n = preview->items.n, n_handlers = preview->handlers.n;
	struct preview_item *items = arena_memdup(arena, preview->items.v,
						  n * sizeof *preview->items.v);

	const struct node **handlers = arena_memdup(arena, preview->handlers.v,
						    preview->handlers.n * sizeof *handlers);

	vec_release(&preview->handlers);
	preview->handlers.v = handlers;
	vec_release(&preview->items);
	preview->items.v = items;
	preview->items.n = preview->items.alloc = n;
	preview->handlers.n = preview->handlers.alloc = n_handlers;
	for (size_t i = 0; i < n; i++) {
		struct reasons *reasons = &items[i].decision.reasons;
		size_t n_reasons = reasons->list.n;
		struct reason *kept = arena_memdup(arena, reasons->list.v,
						   n_reasons * sizeof *reasons->list.v);

		vec_release(&reasons->list);
		reasons->list.v = kept;
		reasons->list.n = reasons->list.alloc = n_reasons;
	}
}

static bool will_execute(const struct preview_item *item)
{
	enum verdict verdict = item->decision.verdict;

	return item->node->kind == NODE_STEP && item->node->step->action != ACTION_GATES &&
	       (item->problem || verdict == VERDICT_RUN || verdict == VERDICT_PENDING);
}

/* What was never timed counts as the mean of what was; where nothing was, nothing is foreseen. */
static void expect_end(struct session *session, const struct run_options *options,
		       struct preview *preview)
{
	uint64_t *cost_ms = ARENA_ARRAY(&session->arena, uint64_t, session->plan->nodes.n + 1);
	uint64_t sum_ms = 0, n = 0;

	for (size_t i = 0; i < preview->items.n; i++) {
		const struct preview_item *item = &preview->items.v[i];

		if (!will_execute(item) || !item->node->duration_ms)
			continue;
		sum_ms += item->node->duration_ms;
		n++;
	}
	if (!n)
		return;
	for (size_t i = 0; i < preview->items.n; i++) {
		const struct node *node = preview->items.v[i].node;

		if (will_execute(&preview->items.v[i]))
			cost_ms[node->index] = node->duration_ms ? node->duration_ms
					       : sum_ms / n	 ? sum_ms / n
								 : 1;
	}
	preview->eta_ms = eta_simulate(session->plan, cost_ms, options->jobs);
	preview->path_ms = eta_simulate(session->plan, cost_ms, UINT32_MAX);
}

static int load_words(struct session *session, const struct run_options *options, struct err *err)
{
	struct run_state past;
	int rc;

	if (!options->resume_run)
		return 0;
	state_init(&past);
	rc = recover_read_state(&session->layout, options->resume_run, &past, err);
	if (rc == 0)
		rc = by_hand_load(session, options, &past, err);
	state_release(&past);
	return rc;
}

int preview_build(struct session *session, const struct run_options *options,
		  struct preview *preview, struct err *err)
{
	uint32_t *order;
	size_t n;

	memset(preview, 0, sizeof *preview);
	session->run_id = options->resume_run;
	if (load_words(session, options, err) < 0)
		return -1;
	plan_topological(session->plan, &session->arena, &order, &n);
	for (size_t i = 0; i < n; i++)
		judge_with_items(session, session->plan->nodes.v[order[i]], options, preview);
	expect_end(session, options, preview);
	move_to_arena(&session->arena, preview);
	return 0;
}
