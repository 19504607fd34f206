/*
 * Handlers: when their caller has ended, or the run, each is called or not. One that is not called ends
 * without a word. A run that goes on calls what is still owed: its caller had run and passed before,
 * and nobody knows whether the handler was reached.
 */
#include <string.h>

#include "engine_impl.h"

#include "base/strbuf.h"
#include "event/policy.h"
#include "results_impl.h"
#include "scope_impl.h"

static const struct node *caller_of(const struct engine *engine, const struct node *node)
{
	const struct session *session = engine->session;

	return plan_node_of(session->plan, node->instance,
			    &session->wf->steps[node->step->within->caller]);
}

/* ---- what was before ---- */

static bool is_about(const char *id, const char *caller)
{
	size_t len = strlen(caller);

	return strncmp(id, caller, len) == 0 && (!id[len] || id[len] == '[' || id[len] == '/');
}

static bool had_passed(const struct run_state *past, const char *caller)
{
	for (size_t i = 0; i < past->steps.n; i++) {
		const struct step_state *step = past->steps.v[i];

		if (step->status == STEP_PASSED && step->verdict == VERDICT_RUN &&
		    is_about(step->id, caller))
			return true;
	}
	return false;
}

void handlers_recall(struct engine *engine)
{
	const struct plan *plan = engine->session->plan;
	const struct run_state *past = &engine->state;

	bitset_init(&engine->owed, plan->nodes.n);
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct call *call = plan->nodes.v[i]->step->within;
		const struct step_state *step = state_step(past, plan->nodes.v[i]->id);

		if (!call)
			continue;
		if ((step && step->called_by) ||
		    (call->caller == WF_NONE
			     ? past->n_ran > 0
			     : had_passed(past, caller_of(engine, plan->nodes.v[i])->id)))
			bitset_set(&engine->owed, i);
	}
}

/* ---- now ---- */

/* What the run comes to so far, as if it were a step. */
static enum step_status end_of_run(const struct engine *engine)
{
	if (engine->is_timed_out)
		return STEP_FAILED;
	if (engine->is_cancelled)
		return STEP_CANCELLED;
	return engine->any_failed ? STEP_FAILED : STEP_PASSED;
}

static bool is_called(struct engine *engine, const struct node *node)
{
	struct session *session = engine->session;
	const struct call *call = node->step->within;
	bool is_owed = bitset_has(&engine->owed, node->index);
	const struct node *caller;
	const struct node_result *result;

	if (call->on == CALL_ON_ROLLBACK)
		return engine->options->is_cleanup ||
		       rollbacking_before_cleanup(engine, end_of_run(engine) == STEP_FAILED);
	if (call->caller == WF_NONE)
		return policy_calls(call->on, end_of_run(engine),
				    is_owed || results_any_executed(session));
	if (engine->is_cancelled)
		return false;
	caller = caller_of(engine, node);
	result = session_result(session, caller->index);
	return policy_calls(call->on, result->status, is_owed || result->did_execute);
}

static void say(struct engine *engine, const struct node *node)
{
	static const struct text none;
	const struct text *message = node->step->called ? &node->step->called->message : &none;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf masked = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (!message->raw)
		return;
	if (text_render(
		    message,
		    scope_enter(engine->session->scope, node->step, node->each, node->n_each, node),
		    &text, &err) < 0) {
		emit_note(engine, node, "its message cannot be made: %s", err_msg(&err));
		err_release(&err);
		return;
	}
	capture_mask(&engine->masks, strbuf_str(&text), text.len, true, &masked);
	emit_note(engine, node, "%s", strbuf_str(&masked));
}

static void end_quietly(struct engine *engine, const struct node *node, enum step_status status)
{
	struct node_result *result = session_result(engine->session, node->index);

	result->status = status;
	result->verdict = status == STEP_PASSED ? VERDICT_CACHED : VERDICT_SKIP;
	result->is_known = true;
	result->skipped_by_if = true;
	sched_done(engine->sched, node->index, status);
	checkpointing_after(engine, node, status);
}

/* It was called before the run went on, and what called it has come to something else. */
static void end_obsolete(struct engine *engine, const struct node *node)
{
	struct event end = event_of(engine, EV_STEP_END, node);

	end.status = STEP_SKIPPED;
	end.verdict = VERDICT_SKIP;
	end.exit_code = -1;
	end.text = "not called any more";
	session_result(engine->session, node->index)->skipped_by_if = true;
	judging_end(engine, node, &end);
}

void handlers_pass_over(struct engine *engine, const struct node *node)
{
	const struct step_state *before = state_step(&engine->state, node->id);

	if (before && before->called_by && node->step->within->on != CALL_ON_ROLLBACK)
		end_obsolete(engine, node);
	else
		end_quietly(engine, node, STEP_SKIPPED);
}

bool handlers_may_call(struct engine *engine, const struct node *node)
{
	const struct call *call = node->step->within;
	const struct session *session = engine->session;

	if (call->on == CALL_ON_ROLLBACK)
		return true;
	if (call->caller != WF_NONE &&
	    !step_status_is_final(session->results.v[caller_of(engine, node)->index].status))
		return true;
	return is_called(engine, node);
}

bool handlers_call(struct engine *engine, const struct node *node)
{
	const struct call *call = node->step->within;
	struct event event = event_of(engine, EV_STEP_CALL, node);

	if (!is_called(engine, node)) {
		handlers_pass_over(engine, node);
		return false;
	}
	if (node->step->action == ACTION_MESSAGE) {
		say(engine, node);
		end_quietly(engine, node, STEP_PASSED);
		return false;
	}
	/* A group, or gates, say nothing of their own. */
	if (node->kind != NODE_STEP || node->step->action == ACTION_GATES)
		return true;
	event.text = call->caller == WF_NONE ? "workflow" : caller_of(engine, node)->id;
	emit(engine, &event);
	say(engine, node);
	return true;
}
