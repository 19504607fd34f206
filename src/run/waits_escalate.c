/*
 * A failure that a person decides about: it waits like a question.
 */
#include <string.h>

#include "engine_impl.h"

#include "by_hand_impl.h"
#include "event/wait.h"
#include "failure_impl.h"
#include "outcome_impl.h"
#include "sys/clock.h"
#include "waits_impl.h"

static void announce_escalation(struct execution *execution, const char *question)
{
	struct engine *engine = execution->engine;
	struct event event = event_of(engine, EV_STEP_WAIT, execution->node);

	event.text = execution->wait_kind = WAIT_ESCALATION;
	event.question = question;
	event.choices = ESCALATION_CHOICES;
	event.attempt = execution->mending.end.attempt;
	event.exit_code = execution->mending.end.exit_code;
	event.log = execution->mending.end.log;
	vec_push(&engine->waits, execution);
	emit(engine, &event);
	emit_flush(engine);
}

static const char *question_of(struct execution *execution, const struct event *end)
{
	struct arena *arena = &execution->engine->session->arena;
	const char *message = mending_message(execution);

	if (message)
		return message;
	if (end->text)
		return arena_printf(arena, "it has failed (%s): what now?", end->text);
	return end->exit_code >= 0
		       ? arena_printf(arena, "it has failed (exit %d): what now?", end->exit_code)
		       : arena_printf(arena, "it has failed (signal %d): what now?", end->signal);
}

/* It holds no slot while it waits. */
static void leave_running(struct execution *execution)
{
	struct engine *engine = execution->engine;

	attempt_clear(execution);
	err_release(&execution->start_err);
	execution_leave_terminal(execution);
	execution_leave_running(execution);
	tokens_give(engine, execution->node->step->slots);
	sched_release(engine->sched, execution->node->index);
}

bool waits_escalate(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;

	if (node->step->on_failure != ON_FAILURE_ESCALATE || !node->step->mending ||
	    mending_is_over_for(execution))
		return false;
	failure_note(engine->session, node, end);
	session_result(engine->session, node->index)->is_mending = true;
	execution->mending.end = *end;
	leave_running(execution);
	execution->started_ns = clock_monotonic_ns();
	announce_escalation(execution, question_of(execution, end));
	return true;
}

bool waits_escalate_again(struct engine *engine, const struct node *node, struct judged *judged,
			  struct arena *arena)
{
	const struct step_state *past = state_step(&engine->state, node->id);
	struct event end = event_of(engine, EV_STEP_END, node);
	struct execution *execution;
	const char *question;

	if (by_hand_of(engine->session, node) != HAND_ESCALATED || !past || !past->wait)
		return false;
	question = arena_strdup(&engine->session->arena, past->wait->question);
	end.attempt = past->attempt;
	end.exit_code = past->exit_code;
	end.log = past->log ? arena_strdup(&engine->session->arena, past->log) : NULL;
	end.verdict = VERDICT_RUN;
	execution = execution_new(engine, node, judged, arena);
	execution->started_ns = clock_monotonic_ns();
	execution->mending.end = end;
	failure_note(engine->session, node, &end);
	announce_escalation(execution, question);
	return true;
}

/* ---- What is said of it ---- */

static void end_rejected(struct execution *execution, const struct answer *answer)
{
	struct engine *engine = execution->engine;
	struct arena *arena = &engine->session->arena;
	struct event end = execution->mending.end;

	end.at_ms = clock_realtime_ms();
	end.status = STEP_FAILED;
	end.text = arena_printf(
		arena, "%s; rejected by %s%s%s", end.text ? end.text : "it has failed", answer->by,
		answer->value && *answer->value ? ": " : "", answer->value ? answer->value : "");
	session_result(engine->session, execution->node->index)->did_execute = true;
	waits_end(execution, &end);
}

void waits_end_by_hand(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;
	struct event hand = event_of(engine, EV_STEP_HAND, node);
	struct event end = event_of(engine, EV_STEP_END, node);
	struct err err CLEANUP(err_release) = ERR_INIT;

	by_hand_add(engine->session, node->id, HAND_DONE);
	hand.text = by_hand_name(HAND_DONE);
	emit(engine, &hand);
	end.status = STEP_PASSED;
	end.text = "finished by hand";
	if (outcome_by_hand(engine->session, node, &err) < 0) {
		end.status = STEP_FAILED;
		end.exit_code = -1;
		end.text = arena_strdup(&engine->session->arena, err_msg(&err));
	}
	session_result(engine->session, node->index)->did_execute = true;
	waits_end(execution, &end);
}

void waits_end_escalation(struct execution *execution, const struct answer *answer)
{
	if (strcmp(answer->word, "reject") == 0) {
		end_rejected(execution, answer);
	} else if (strcmp(answer->word, "retry") == 0) {
		session_result(execution->engine->session, execution->node->index)->is_mending =
			false;
		attempt_renew(execution);
		waits_begin_turn(execution);
	} else {
		waits_remove(execution);
		mending_done_by_hand(execution);
	}
}
