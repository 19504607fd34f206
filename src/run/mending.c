/*
 * What is done about a failure before it counts, when no retry is left: `fix_and_retry` takes a snapshot,
 * starts what mends, and tries the step again; `escalate` asks a person (waits.c), whose "it is done" is
 * carried out here.
 *
 * A fix may change what the step reads: it is judged anew before it is tried again. Each fix is in the
 * journal before it begins, so a run that goes on after a kill does not get more of them.
 *
 * Snapshots and judging ask git, so nothing of this happens in a callback of the loop: an execution that
 * is to go on stands in engine->mending until the engine's next turn.
 */
#include <string.h>

#include "engine_impl.h"

#include "by_hand_impl.h"
#include "event/policy.h"
#include "failure_impl.h"
#include "scope_impl.h"

static const struct mending *mending_of(const struct execution *execution)
{
	return execution->node->step->mending;
}

bool mending_is_over_for(const struct execution *execution)
{
	const struct engine *engine = execution->engine;

	return engine->is_fatal || execution->was_cancelled ||
	       stop_reaches(engine, execution->node) ||
	       groups_is_over_for(execution->engine, execution->node);
}

/* ---- What it is told ---- */

static void say_message(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const char *text = mending_message(execution);

	if (text)
		emit_note(engine, execution->node, "%s", text);
}

const char *mending_message(struct execution *execution)
{
	const struct node *node = execution->node;
	struct engine *engine = execution->engine;
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf masked CLEANUP(strbuf_release) = STRBUF_INIT;
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (!mending_of(execution)->message.raw)
		return NULL;
	if (text_render(
		    &mending_of(execution)->message,
		    scope_enter(engine->session->scope, node->step, node->each, node->n_each, node),
		    &text, &err) < 0) {
		emit_note(engine, node, "its message cannot be made: %s", err_msg(&err));
		return NULL;
	}
	capture_mask(&engine->masks, strbuf_str(&text), text.len, true, &masked);
	return arena_strdup(&engine->session->arena, strbuf_str(&masked));
}

void mending_set_env(struct execution *execution, struct env *env)
{
	const struct event *end = &execution->mending.end;

	env_set(env, "WF_ERROR_MESSAGE", end->text ? end->text : "");
	if (end->exit_code >= 0)
		env_setf(env, "WF_ERROR_EXIT_CODE", "%d", end->exit_code);
	if (end->log)
		env_setf(env, "WF_ERROR_LOG", "%s/logs/%s", execution->engine->run_dir, end->log);
}

/* ---- One fix ---- */

/* Those of an engine that was killed count. */
static uint32_t fixes_before(const struct execution *execution)
{
	const struct step_state *state = state_step(&execution->engine->state, execution->node->id);

	return state ? state->n_fixes : 0;
}

static void wait_for_turn(struct execution *execution, enum mending_phase phase)
{
	execution->mending.phase = phase;
	vec_push(&execution->engine->mending, execution);
}

static void note_failed_try(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;

	failure_note(engine->session, execution->node, end);
	session_result(engine->session, execution->node->index)->is_mending = true;
	execution->mending.end = *end;
	end->type = EV_STEP_TRY;
	emit(engine, end);
	attempt_clear(execution);
	err_release(&execution->start_err);
	execution_leave_terminal(execution);
}

bool mending_begin(struct execution *execution, struct event *end)
{
	const struct mending *mending = mending_of(execution);

	if (!mending || execution->node->step->on_failure != ON_FAILURE_FIX || !mending->fixer ||
	    mending_is_over_for(execution) || fixes_before(execution) >= mending->attempts)
		return false;
	note_failed_try(execution, end);
	wait_for_turn(execution, MENDING_SNAPSHOT);
	return true;
}

static void give_up(struct execution *execution)
{
	struct event end = execution->mending.end;

	execution->mending.phase = MENDING_NONE;
	execution->status = 0; /* the step's, which the fixer has written over */
	attempt_fail(execution, &end);
}

static void end_fix(struct execution *execution, const char *why)
{
	const struct mending *mending = mending_of(execution);
	uint32_t n = fixes_before(execution);

	emit_note(execution->engine, execution->node, "fix %u of %u failed: %s", n,
		  mending->attempts, why);
	if (n < mending->attempts && !mending_is_over_for(execution))
		wait_for_turn(execution, MENDING_SNAPSHOT);
	else
		give_up(execution);
}

static void start_fixer(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const struct mending *mending = mending_of(execution);
	struct event event = event_of(engine, EV_STEP_FIX, execution->node);
	struct err err CLEANUP(err_release) = ERR_INIT;

	event.attempt = fixes_before(execution) + 1;
	event.attempts = mending->attempts;
	event.text = mending->fixer->call    ? mending->fixer->call->name
		     : mending->fixer->agent ? mending->fixer->agent->name
					     : NULL;
	emit(engine, &event);
	emit_barrier(engine);
	if (engine->is_fatal)
		return;
	say_message(execution);
	execution->mending.phase = MENDING_AT_WORK;
	if (side_start(execution, mending->fixer,
		       arena_printf(&engine->session->arena, "fix%u", event.attempt), &err) < 0)
		end_fix(execution, err_msg(&err));
}

bool mending_is_at_work(const struct execution *execution)
{
	return execution->mending.phase == MENDING_AT_WORK;
}

void mending_process_ended(struct execution *execution)
{
	struct mending_state *mending = &execution->mending;

	mending->has_passed = side_has_passed(execution);
	mending->how = side_describe_end(execution);
	side_end(execution);
	wait_for_turn(execution, MENDING_ENDED);
}

/* ---- The step again ---- */

/* What it reads may be another now. Where that cannot be said it is tried as it was. */
static int judge_again(struct execution *execution, struct err *err)
{
	struct engine *engine = execution->engine;
	struct arena arena = { 0 };
	struct judged judged;

	if (decide(engine->session, execution->node, engine->options, WF_NONE, WF_NONE, &arena,
		   &judged, err) < 0) {
		arena_release(&arena);
		return -1;
	}
	if (!judged.has_facts) {
		vec_release(&judged.decision.reasons.list);
		arena_release(&arena);
		return 0;
	}
	if (execution->judged.has_facts)
		facts_release(&execution->judged.gathered);
	vec_release(&execution->judged.decision.reasons.list);
	arena_release(&execution->arena);
	execution->judged = judged;
	execution->judged.decision.verdict = VERDICT_RUN;
	execution->arena = arena;
	return 0;
}

static void try_again(struct execution *execution)
{
	struct err err CLEANUP(err_release) = ERR_INIT;

	if (judge_again(execution, &err) < 0) {
		execution->mending.end.text = arena_strdup(&execution->engine->session->arena,
							   err_msg(&err));
		give_up(execution);
		return;
	}
	execution->mending.phase = MENDING_NONE;
	session_result(execution->engine->session, execution->node->index)->is_mending = false;
	attempt_renew(execution);
	attempt_again(execution);
}

/* ---- Turns ---- */

/* True: it has moved. */
static bool go_on(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct mending_state *mending = &execution->mending;

	if (mending->phase == MENDING_DONE_BY_HAND) {
		waits_end_by_hand(execution);
	} else if (mending_is_over_for(execution)) {
		give_up(execution);
	} else if (mending->phase == MENDING_ENDED) {
		if (mending->has_passed) {
			snapshotting_after_fix(engine, execution->node);
			wait_for_turn(execution, MENDING_MENDED);
		} else {
			end_fix(execution, mending->how);
		}
	} else if (snapshotting_is_busy(engine)) {
		vec_push(&engine->mending, execution);
		return false;
	} else if (mending->phase == MENDING_SNAPSHOT) {
		snapshotting_before_fix(engine, execution->node);
		wait_for_turn(execution, MENDING_START);
	} else if (mending->phase == MENDING_MENDED) {
		try_again(execution);
	} else {
		start_fixer(execution);
	}
	return true;
}

bool mending_turn(struct engine *engine)
{
	size_t n = engine->mending.n;
	bool moved = false;

	while (n-- > 0 && engine->mending.n && !engine->is_fatal) {
		struct execution *execution = engine->mending.v[0];

		engine->mending.n--;
		memmove(&engine->mending.v[0], &engine->mending.v[1],
			engine->mending.n * sizeof *engine->mending.v);
		moved |= go_on(execution);
	}
	return moved;
}

void mending_done_by_hand(struct execution *execution)
{
	wait_for_turn(execution, MENDING_DONE_BY_HAND);
}
