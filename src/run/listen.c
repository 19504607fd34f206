/*
 * Words of people to the engine that runs: looked for ten times a second. What was said before a run went on
 * and was not heard any more counts only where it is about a step.
 */
#include <string.h>

#include "engine_impl.h"

#include "by_hand_impl.h"
#include "event/wait.h"
#include "store/inbox.h"
#include "sys/clock.h"

/* Of a foreach: any item that is still to come. */
static bool is_to_come(const struct engine *engine, const char *step)
{
	const struct plan *plan = engine->session->plan;
	bool is_known = false;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];
		enum step_status status = session_result(engine->session, (uint32_t)i)->status;

		if (strcmp(node->id, step) != 0 && strcmp(node->step->id, step) != 0)
			continue;
		is_known = true;
		if (!step_status_is_final(status) &&
		    (node->kind == NODE_FOREACH || !attempt_is_running(engine, node)))
			return true;
	}
	return !is_known; /* an item of a foreach that is not spread out yet */
}

static void skip_step(struct engine *engine, const struct inbox_word *word)
{
	struct session *session = engine->session;
	const char *step = word->step ? arena_strdup(&session->arena, word->step) : "";
	struct event event = event_of(engine, EV_STEP_HAND, NULL);

	if (!by_hand_knows(session, step)) {
		emit_note(engine, NULL, "no step '%s' to skip", step);
		return;
	}
	if (!is_to_come(engine, step)) {
		emit_note(engine, NULL, "'%s' has started already and is not skipped", step);
		return;
	}
	if (waits_hear(engine, word))
		return;
	by_hand_add(session, step, HAND_SKIP);
	event.step = step;
	event.text = by_hand_name(HAND_SKIP);
	emit(engine, &event);
}

static const char *said_by(struct engine *engine, const struct inbox_word *word)
{
	return arena_printf(&engine->session->arena, "git wf %s, by %s", word->verb, word->by);
}

/* Whoever says it reads in the journal whose word counted. */
static void hear_answer(struct engine *engine, const struct inbox_word *word)
{
	const struct step_state *step = state_step(&engine->state, word->step);
	CLEANUP(strbuf_release)
	struct strbuf done = STRBUF_INIT;

	if (waits_hear(engine, word))
		return;
	if (step && step->answer)
		wait_describe_answer(step, &done);
	else
		strbuf_addf(&done, "'%s' does not wait for anybody", word->step ? word->step : "");
	emit_note(engine, NULL, "git wf %s, by %s: %s", word->verb, word->by, strbuf_str(&done));
}

static bool is_answer(const char *verb)
{
	return !strcmp(verb, "approve") || !strcmp(verb, "reject") || !strcmp(verb, "answer");
}

static void hear(void *data, const struct inbox_word *word)
{
	struct engine *engine = data;

	if (strcmp(word->verb, "cancel") == 0)
		stop_begin(engine, true, 0, said_by(engine, word));
	else if (strcmp(word->verb, "pause") == 0)
		stop_pause(engine, said_by(engine, word));
	else if (strcmp(word->verb, "skip") == 0)
		skip_step(engine, word);
	else if (is_answer(word->verb))
		hear_answer(engine, word);
	else
		emit_note(engine, NULL, "nobody knows what '%s' in the inbox means", word->verb);
}

static void hear_late(void *data, const struct inbox_word *word)
{
	struct engine *engine = data;

	if (strcmp(word->verb, "skip") == 0)
		skip_step(engine, word);
	else
		emit_note(engine, NULL, "'%s' was said when the run had ended already", word->verb);
}

static void note_bad(void *data, const char *name, const char *why)
{
	emit_note(data, NULL, "inbox: '%s' cannot be read (%s) and was moved aside", name, why);
}

static void take(struct engine *engine, inbox_word_fn *fn)
{
	struct err err = ERR_INIT;

	if (inbox_take(engine->run_dir, fn, note_bad, engine, &err) < 0) {
		emit_note(engine, NULL, "the inbox cannot be read: %s", err_msg(&err));
		engine->inbox_is_broken = true;
	}
	err_release(&err);
}

void listen_begin(struct engine *engine)
{
	take(engine, hear_late);
}

void listen_poll(struct engine *engine)
{
	if (engine->journal && !engine->inbox_is_broken &&
	    inbox_may_have(engine->run_dir, clock_realtime_ms(), &engine->inbox_seen_ns))
		take(engine, hear);
}
