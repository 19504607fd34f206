/*
 * Nodes whose dependencies are done: judged, and ended, restored or queued.
 */
#include <string.h>

#include "engine_impl.h"

#include "answers_impl.h"
#include "by_hand_impl.h"
#include "door_impl.h"
#include "event/policy.h"
#include "failure_impl.h"
#include "gate_impl.h"
#include "outcome_impl.h"
#include "results_impl.h"
#include "session_impl.h"
#include "unmoved_impl.h"

void judging_end(struct engine *engine, const struct node *node, struct event *end)
{
	struct session *session = engine->session;
	struct node_result *result = session_result(session, node->index);
	bool is_bad = end->status == STEP_FAILED || end->status == STEP_UNKNOWN;
	bool counts = is_bad && !node->is_finally;

	result->status = end->status;
	result->verdict = end->verdict;
	result->is_known = true;
	result->is_mending = false;
	if (end->status == STEP_FAILED)
		failure_note(session, node, end);
	else
		result->failure = NULL;
	emit(engine, end);
	engine->any_failed |= is_bad && !groups_is_racing(engine, node);
	sched_done(engine->sched, node->index, end->status);
	checkpointing_after(engine, node, end->status);
	if (counts &&
	    policy_after_failure(node->step, engine->options->keep_going,
				 node->kind == NODE_FOREACH) == NEXT_STOP &&
	    !groups_keep_failure(engine, node))
		stop_begin(engine, false, 0, NULL);
	groups_heard(engine, node, end->status);
}

static const char *first_reason(struct engine *engine, const struct decision *decision)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (decision->reasons.list.n == 0)
		return NULL;
	if (decision->reasons.list.v[0].kind == REASON_UP_TO_DATE)
		return NULL;
	reason_render(&decision->reasons.list.v[0], &text);
	return arena_strdup(&engine->session->arena, strbuf_str(&text));
}

static const char *hex_of(struct engine *engine, const struct digest *digest)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(digest, hex);
	return arena_strdup(&engine->session->arena, hex);
}

static void end_with(struct engine *engine, const struct node *node, enum step_status status,
		     const struct judged *judged)
{
	struct event end = event_of(engine, EV_STEP_END, node);

	end.status = status;
	end.verdict = judged->decision.verdict;
	end.text = first_reason(engine, &judged->decision);
	if (judged->has_facts)
		end.fingerprint = hex_of(engine, &judged->gathered.fingerprint);
	end.outputs = session_result(engine->session, node->index)->values;
	end.exit_code = session_result(engine->session, node->index)->exit_code;
	judging_end(engine, node, &end);
}

static void fail_unjudged(struct engine *engine, const struct node *node, struct err *err)
{
	struct event end = event_of(engine, EV_STEP_END, node);

	end.status = STEP_FAILED;
	end.verdict = VERDICT_RUN;
	end.exit_code = -1;
	end.text = arena_strdup(&engine->session->arena, err_msg(err));
	err_release(err);
	engine->session->is_volatile = true;
	if (emit_open_folder(engine) == 0)
		judging_end(engine, node, &end);
	else
		sched_done(engine->sched, node->index, STEP_FAILED);
}

static void end_skipped(struct engine *engine, const struct node *node, const struct judged *judged)
{
	struct node_result *result = session_result(engine->session, node->index);

	result->skipped_by_if = decide_is_skip_that_passes(&judged->decision);
	if (judged->shut_by != WF_NONE)
		sched_block(engine->sched, node->index, judged->shut_by);
	end_with(engine, node, STEP_SKIPPED, judged);
}

static void end_cached(struct engine *engine, const struct node *node, const struct judged *judged)
{
	unmoved_came_out_the_same(engine->session, node, judged);
	outcome_use_record(engine->session, node, judged);
	end_with(engine, node, judged->decision.remembered_failure ? STEP_FAILED : STEP_PASSED,
		 judged);
}

/* Its outputs are what a person left on disk. */
static void end_by_hand(struct engine *engine, const struct node *node, struct judged *judged)
{
	struct err err = ERR_INIT;

	if (outcome_by_hand(engine->session, node, &err) < 0)
		fail_unjudged(engine, node, &err);
	else
		end_with(engine, node, STEP_PASSED, judged);
}

/* A person has said before the run went on. */
static void end_answered(struct engine *engine, const struct node *node, struct judged *judged,
			 struct arena *arena)
{
	const struct step_state *before = state_step(&engine->state, node->id);

	struct event end = event_of(engine, EV_STEP_END, node);

	engine->session->is_volatile = true;
	answers_use(engine->session, node, &end);
	end.verdict = VERDICT_RUN;
	end.fingerprint = hex_of(engine, &judged->gathered.fingerprint);
	if (emit_open_folder(engine) < 0)
		return;
	if (end.status == STEP_PASSED && node->step->ensures.n &&
	    !(before && before->status == STEP_PASSED))
		waits_take_answered(engine, node, judged, arena, &end);
	else
		judging_end(engine, node, &end);
}

/* It had failed before the run went on, and a person has said no since. */
static void end_rejected(struct engine *engine, const struct node *node)
{
	const struct step_state *past = state_step(&engine->state, node->id);
	struct node_result *result = session_result(engine->session, node->index);
	struct event end = event_of(engine, EV_STEP_END, node);

	end.status = STEP_FAILED;
	end.verdict = VERDICT_RUN;
	end.exit_code = result->exit_code = past ? past->exit_code : -1;
	end.text = arena_printf(&engine->session->arena, "it has failed; rejected by %s",
				past && past->answer ? past->answer->by : "somebody");
	end.log = past && past->log ? arena_strdup(&engine->session->arena, past->log) : NULL;
	result->did_execute = true;
	engine->session->is_volatile = true;
	judging_end(engine, node, &end);
}

/* The run stops here: only a person can say. */
static void end_unknown(struct engine *engine, const struct node *node, struct judged *judged)
{
	const char *run = layout_short_id(engine->run_id);

	bool has_passed = decide_first_reason(&judged->decision) == REASON_NOT_AGAIN;

	emit_note(engine, node,
		  "%s, and it is not idempotent: 'git wf resume %s "
		  "--retry %s' runs it again, 'git wf resume %s --done %s' takes it as finished",
		  has_passed ? "it has passed in this run, but is not up to date any more"
			     : "the engine died while it ran",
		  run, node->id, run, node->id);
	engine->session->is_volatile = true;
	end_with(engine, node, STEP_UNKNOWN, judged);
}

static void announce(struct engine *engine, const struct node *node, const struct judged *judged)
{
	struct event event = event_of(engine, EV_STEP_JUDGED, node);

	event.verdict = judged->decision.verdict;
	event.text = first_reason(engine, &judged->decision);
	if (judged->has_facts)
		event.fingerprint = hex_of(engine, &judged->gathered.fingerprint);
	emit(engine, &event);
}

/* False: they cannot be, and the step has failed: nothing is written over them. */
static bool edits_are_kept(struct engine *engine, const struct node *node,
			   const struct judged *judged)
{
	struct replaced kept = { 0 };
	struct err err = ERR_INIT;
	int rc = replaced_keep(engine->session, judged, &kept, &err);

	if (kept.n)
		emit_note(engine, node,
			  "'%s'%s held what is nowhere else; it is kept below %s/%s/replaced",
			  kept.first, kept.n > 1 ? " and others" : "",
			  engine->session->layout.runs_dir, engine->session->run_id);
	if (rc < 0)
		fail_unjudged(engine, node, &err);
	return rc == 0;
}

/* False: something was gone from the store, the step has to run. */
static bool restored(struct engine *engine, const struct node *node, struct judged *judged)
{
	struct err err = ERR_INIT;
	int rc;

	if (emit_open_folder(engine) < 0 || !snapshotting_begin_now(engine))
		return true;
	if (!edits_are_kept(engine, node, judged))
		return true;
	rc = outcome_restore(engine->session, node, judged, &err);
	if (rc == 0) {
		end_with(engine, node, STEP_PASSED, judged);
		return true;
	}
	if (rc < 0)
		emit_note(engine, node, "%s; the step runs instead", err_msg(&err));
	err_release(&err);
	judged->decision.verdict = VERDICT_RUN;
	return false;
}

void judging_go_on(struct engine *engine, const struct node *node, struct judged *judged,
		   struct arena *arena)
{
	/* Queued it is reported as what is stopped. */
	if (!groups_is_over_for(engine, node)) {
		if (emit_open_folder(engine) < 0)
			return;
		announce(engine, node, judged);
		if (waits_take(engine, node, judged, arena))
			return;
	}
	attempts_queue(engine, node, judged, arena);
}

/* Nothing is said of a node of gates that has not failed: its gates have been told one by one. */
void judging_pass_gates(struct engine *engine, const struct node *node, enum step_status status)
{
	struct node_result *result = session_result(engine->session, node->index);

	result->status = status;
	result->verdict = status == STEP_PASSED ? VERDICT_CACHED : VERDICT_SKIP;
	result->is_known = true;
	result->is_unmoved = status == STEP_PASSED; /* it hands nothing on */
	engine->session->is_volatile = true;
	sched_done(engine->sched, node->index, status);
	checkpointing_after(engine, node, status);
}

static void act_on_gates(struct engine *engine, const struct node *node, struct judged *judged,
			 struct arena *arena)
{
	const char *fault;
	struct err err = ERR_INIT;

	if (judged->decision.verdict == VERDICT_SKIP || !groups_has_passed(engine, node)) {
		judging_pass_gates(engine, node, STEP_SKIPPED);
	} else if (gates_have_process(&node->step->requires)) {
		if (emit_open_folder(engine) == 0)
			attempts_queue(engine, node, judged, arena);
	} else if ((fault = gating_look(engine, node))) {
		err_set(&err, ERR_VALUE, "%s", fault);
		fail_unjudged(engine, node, &err);
	} else {
		judging_pass_gates(engine, node, STEP_PASSED);
	}
}

static void act(struct engine *engine, const struct node *node, struct judged *judged,
		struct arena *arena)
{
	if (node->step->action == ACTION_GATES) {
		act_on_gates(engine, node, judged, arena);
		return;
	}
	switch (decide_first_reason(&judged->decision)) {
	case REASON_DONE_BY_HAND: end_by_hand(engine, node, judged); return;
	case REASON_REJECTED: end_rejected(engine, node); return;
	case REASON_ANSWERED: end_answered(engine, node, judged, arena); return;
	case REASON_END_UNKNOWN:
	case REASON_NOT_AGAIN: end_unknown(engine, node, judged); return;
	default: break;
	}
	switch (judged->decision.verdict) {
	case VERDICT_SKIP: end_skipped(engine, node, judged); return;
	case VERDICT_CACHED: end_cached(engine, node, judged); return;
	case VERDICT_RESTORE:
		if (restored(engine, node, judged))
			return;
		if (by_hand_of(engine->session, node) == HAND_PASSED) {
			decide_not_again(&judged->decision);
			end_unknown(engine, node, judged);
			return;
		}
		break;
	default: break;
	}
	if (waits_escalate_again(engine, node, judged, arena))
		return;
	if (!groups_hold(engine, node, judged, arena))
		judging_go_on(engine, node, judged, arena);
}

/* 0: decided. */
static int judge_in_full(struct engine *engine, struct node *node, uint32_t blocked_by,
			 struct judged *judged, struct err *err)
{
	struct session *session = engine->session;
	struct plan_host host = session_host(session);

	if (node->has_late_paths && blocked_by == WF_NONE &&
	    plan_resolve(session->plan, node, &host, err) < 0)
		return -1;
	return decide(session, node, engine->options, blocked_by, WF_NONE, &engine->scratch, judged,
		      err);
}

static void judge_node(struct engine *engine, struct node *node, uint32_t blocked_by)
{
	struct session *session = engine->session;
	struct err err = ERR_INIT;
	struct arena *arena = &engine->scratch;
	struct judged judged;

	planfile_begin_node(session->basis, node->index);
	if ((blocked_by == WF_NONE && unmoved_decide(session, node, arena, &judged)) ||
	    judge_in_full(engine, node, blocked_by, &judged, &err) == 0) {
		act(engine, node, &judged, arena); /* may take judged and arena over */
		if (judged.has_facts)
			facts_release(&judged.gathered);
		vec_release(&judged.decision.reasons.list);
	} else {
		fail_unjudged(engine, node, &err);
	}
	planfile_end_node(session->basis);
	arena_reset(arena);
}

/* ---- Groups ---- */

/* The group around it is not to run: it has no items. */
static void end_shut(struct engine *engine, const struct node *group,
		     const struct door_answer *door)
{
	struct node_result *result = session_result(engine->session, group->index);

	result->status = STEP_SKIPPED;
	result->verdict = VERDICT_SKIP;
	result->skipped_by_if = door->shut_by == WF_NONE;
	if (door->shut_by != WF_NONE)
		sched_block(engine->sched, group->index, door->shut_by);
	sched_done(engine->sched, group->index, STEP_SKIPPED);
}

static void expand_group(struct engine *engine, struct node *group)
{
	struct session *session = engine->session;
	struct door_answer door;
	struct plan_host host = session_host(session);
	struct event event = event_of(engine, EV_STEP_EXPAND, group);
	size_t first = session->plan->nodes.n;
	struct err err = ERR_INIT;

	if (door_ask(session, group, &door, &err) == 0 && !door.is_open) {
		end_shut(engine, group, &door);
		return;
	}
	if (err.kind != ERR_NONE || plan_expand(session->plan, group, &host, &err) < 0) {
		fail_unjudged(engine, group, &err);
		return;
	}
	session_grow(session);
	for (size_t i = first; i < session->plan->nodes.n; i++) {
		const struct node *node = session->plan->nodes.v[i];

		event.n_steps += node->is_selected && node->kind == NODE_STEP &&
				 node->step->role == group->step->role;
	}
	emit(engine, &event);
	sched_grow(engine->sched);
}

static void end_group(struct engine *engine, const struct node *group, uint32_t blocked_by)
{
	struct node_result *result = session_result(engine->session, group->index);

	if (group->is_expanded) {
		results_fold_group(engine->session, group);
		result->is_unmoved = group->kind == NODE_FOREACH &&
				     unmoved_is_above(engine->session, group);
	} else {
		result->status = STEP_SKIPPED;
		result->verdict = VERDICT_SKIP;
	}
	if (group->kind == NODE_GROUP)
		groups_fold(engine, group);
	else if (blocked_by != WF_NONE && !results_is_bad(result))
		result->status = STEP_SKIPPED;
	sched_done(engine->sched, group->index, result->status);
	checkpointing_after(engine, group, result->status);
	/* Of a group each step has said already what its failure means. */
	if (result->status == STEP_FAILED && !group->is_finally &&
	    (group->kind == NODE_FOREACH || groups_fails_itself(engine, group)) &&
	    policy_after_failure(group->step, engine->options->keep_going, true) == NEXT_STOP &&
	    !groups_keep_failure(engine, group))
		stop_begin(engine, false, 0, NULL);
	groups_heard(engine, group, result->status);
}

bool judging_next(struct engine *engine)
{
	struct node *node;
	uint32_t index, blocked_by;

	if (!sched_next_ready(engine->sched, &index, &blocked_by))
		return false;
	node = engine->session->plan->nodes.v[index];
	if (node->step->within && !handlers_call(engine, node))
		; /* and so it has ended */
	else if (node->kind == NODE_STEP)
		judge_node(engine, node, blocked_by);
	else if (node->is_expanded || blocked_by != WF_NONE)
		end_group(engine, node, blocked_by);
	else
		expand_group(engine, node);
	if (engine->held.n)
		groups_let_go(engine);
	return true;
}

bool judging_next_stopped(struct engine *engine)
{
	struct session *session = engine->session;
	const struct node *node;
	const char *why = NULL;
	struct event end;
	uint32_t index, blocked_by;
	bool was_queued = false;

	if (!sched_next_stopped(engine->sched, &index))
		return false;
	node = session->plan->nodes.v[index];
	if (engine->by_node.n > index && engine->by_node.v[index]) {
		execution_free(engine->by_node.v[index]);
		engine->by_node.v[index] = NULL;
		engine->n_queued--;
		was_queued = true;
	}
	if (engine->is_pausing && !engine->is_cancelled) {
		engine->n_held += !node->step->within || was_queued ||
				  handlers_may_call(engine, node);
		sched_done(engine->sched, index, STEP_SKIPPED);
		return true;
	}
	if (node->step->action == ACTION_GATES) {
		judging_pass_gates(engine, node, STEP_SKIPPED);
		return true;
	}
	if (node->step->within && !was_queued) {
		handlers_pass_over(engine, node);
		return true;
	}
	end = event_of(engine, EV_STEP_END, node);
	end.status = engine->is_cancelled ? STEP_CANCELLED : STEP_SKIPPED;
	end.verdict = VERDICT_SKIP;
	blocked_by = sched_blocked_by(engine->sched, index);
	if (!engine->is_cancelled && node->parent != WF_NONE)
		why = groups_why_stopped(engine, node, &end.status);
	if (why)
		end.text = why;
	else if (blocked_by != WF_NONE)
		end.text = arena_printf(&session->arena, "'%s' did not pass",
					session->plan->nodes.v[blocked_by]->id);
	else
		end.text = engine->is_cancelled ? "the run was cancelled" : "the run failed before";
	if (node->kind != NODE_STEP) {
		session_result(session, index)->status = end.status;
		sched_done(engine->sched, index, end.status);
		groups_heard(engine, node, end.status);
	} else {
		judging_end(engine, node, &end);
	}
	return true;
}
