/*
 * Steps that wait for a person: `ask`, `approve`, any step where the mode of the run asks first, and one
 * that failed with `on_failure: escalate` (waits_escalate.c).
 *
 * One that waits is in engine.waits and has been judged, but is not queued: it holds no slot. What ends
 * the wait comes from the terminal (prompt.c), from the inbox, from its timeout or from an option, and
 * is on disk before it counts. Where nobody is here to be asked and nothing else can go on the run is
 * paused: the question stands in the journal, and a resume goes on with the answer.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_impl.h"

#include "answers_impl.h"
#include "base/timefmt.h"
#include "by_hand_impl.h"
#include "event/wait.h"
#include "secrets_impl.h"
#include "sys/clock.h"
#include "waits_impl.h"

#define BY_TIMEOUT "the timeout"

static const char *who(const struct engine *engine)
{
	return engine->options->ask.who ? engine->options->ask.who : "somebody";
}

static bool is_over(const struct engine *engine, const struct node *node)
{
	return engine->is_fatal || stop_reaches(engine, node);
}

/* NULL: it may simply start. */
static const char *kind_of(const struct engine *engine, const struct step *step)
{
	enum run_mode mode = engine->options->ask.mode;

	if (step->action == ACTION_ASK)
		return WAIT_ANSWER;
	if (step->action == ACTION_APPROVE)
		return WAIT_APPROVAL;
	if (engine->is_permitted || engine->options->ask.assume_yes)
		return NULL;
	if (mode == MODE_SUPERVISED || (mode == MODE_HYBRID && step->risk == RISK_HIGH))
		return WAIT_PERMISSION;
	return NULL;
}

static bool is_escalation(const struct execution *execution)
{
	return wait_is_escalation(execution->wait_kind);
}

/* ---- The end of a wait ---- */

void waits_remove(struct execution *execution)
{
	struct engine *engine = execution->engine;

	for (size_t i = 0; i < engine->waits.n; i++) {
		if (engine->waits.v[i] != execution)
			continue;
		memmove(&engine->waits.v[i], &engine->waits.v[i + 1],
			(engine->waits.n - i - 1) * sizeof *engine->waits.v);
		engine->waits.n--;
		break;
	}
	execution->wait_kind = NULL;
	loop_stop_timer(engine->loop, &execution->retry);
	prompt_close(engine, execution);
	dialog_close(execution);
}

void waits_begin_turn(struct execution *execution)
{
	waits_remove(execution);
	execution->engine->n_queued++;
	sched_enqueue(execution->engine->sched, execution->node->index);
}

void waits_end(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;

	end->verdict = end->status == STEP_SKIPPED ? VERDICT_SKIP : VERDICT_RUN;
	if (!end->duration_ms)
		end->duration_ms = (clock_monotonic_ns() - execution->started_ns) / 1000000;
	if (execution->wait_kind)
		waits_remove(execution);
	engine->by_node.v[node->index] = NULL;
	execution_free(execution);
	judging_end(engine, node, end);
}

static void end_skipped(struct execution *execution)
{
	struct engine *engine = execution->engine;
	struct event hand = event_of(engine, EV_STEP_HAND, execution->node);
	struct event end = event_of(engine, EV_STEP_END, execution->node);

	by_hand_add(engine->session, execution->node->id, HAND_SKIP);
	hand.text = by_hand_name(HAND_SKIP);
	emit(engine, &hand);
	end.status = STEP_SKIPPED;
	end.exit_code = -1;
	end.text = "skipped by hand";
	session_result(engine->session, execution->node->index)->skipped_by_if = true;
	waits_end(execution, &end);
}

static void mask_secret(struct engine *engine, const char *value)
{
	secrets_add(engine->session, value);
	engine_gather_masks(engine);
}

/* What it ensures is checked in a turn of its own, for a gate may have a process. */
static void ensure(struct execution *execution, const struct event *end)
{
	execution->is_answered = true;
	execution->gating.end = *end;
	execution->gating.end.verdict = VERDICT_RUN;
	waits_begin_turn(execution);
}

static void end_answered(struct execution *execution, const struct answer *answer)
{
	struct session *session = execution->engine->session;
	const struct node *node = execution->node;
	struct event end = event_of(execution->engine, EV_STEP_END, node);

	session->is_volatile = true;
	session_result(session, node->index)->did_execute = true;
	answers_end(session, node, answer, node->step->question->is_secret, &end);
	if (end.status == STEP_PASSED && node->step->ensures.n)
		ensure(execution, &end);
	else
		waits_end(execution, &end);
}

/* ---- An answer ---- */

static void note_answer(struct execution *execution, const struct answer *answer, const char *token)
{
	struct engine *engine = execution->engine;
	const struct question *question = execution->node->step->question;
	bool is_secret = question && question->is_secret && strcmp(answer->word, "answer") == 0;
	struct event event = event_of(engine, EV_STEP_ANSWER, execution->node);

	if (is_secret)
		mask_secret(engine, answer->value);
	event.text = answer->word;
	event.by = answer->by;
	event.answer = is_secret ? NULL : answer->value;
	event.cookie = token ? arena_strdup(&engine->session->arena, token) : NULL;
	emit(engine, &event);
	emit_barrier(engine); /* it counts when it is on disk */
}

static void check_against(const struct execution *execution, struct step_wait *wait,
			  struct strbuf *choices)
{
	const struct asking *asking = &execution->judged.gathered.command.asking;

	*wait = (struct step_wait){ .kind = execution->wait_kind };
	if (is_escalation(execution)) {
		wait->choices = ESCALATION_CHOICES;
		return;
	}
	for (size_t i = 0; i < asking->n_choices; i++)
		strbuf_addf(choices, "%s%s", i ? "\n" : "", asking->choices[i]);
	wait->choices = asking->n_choices ? strbuf_str(choices) : NULL;
}

int waits_answer(struct execution *execution, const char *word, const char *value, const char *by,
		 const char *token, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf choices = STRBUF_INIT;
	struct arena *arena = &execution->engine->session->arena;
	bool is_permission = !wait_is_step(execution->wait_kind);
	struct answer answer = { .by = arena_strdup(arena, by),
				 .value = value ? arena_strdup(arena, value) : NULL };
	struct step_wait wait;

	check_against(execution, &wait, &choices);
	if (wait_check(&wait, execution->node->id, word, value, err) < 0)
		return -1;
	answer.word = arena_strdup(arena, wait_word(execution->wait_kind, word, value));
	if (answer.word != word && strcmp(answer.word, word) != 0)
		answer.value = NULL;
	note_answer(execution, &answer, token);
	if (execution->engine->is_fatal)
		return 0;
	if (strcmp(answer.word, "skip") == 0 || (is_permission && strcmp(word, "reject") == 0))
		end_skipped(execution);
	else if (is_escalation(execution))
		waits_end_escalation(execution, &answer);
	else if (is_permission)
		waits_begin_turn(execution);
	else
		end_answered(execution, &answer);
	return 0;
}

/* ---- Words from elsewhere ---- */

static struct execution *find_wait(struct engine *engine, const char *step)
{
	struct execution *found = NULL;

	for (size_t i = 0; i < engine->waits.n; i++) {
		const struct node *node = engine->waits.v[i]->node;

		if (step && strcmp(node->id, step) != 0 && strcmp(node->step->id, step) != 0)
			continue;
		if (found)
			return NULL; /* which of them? */
		found = engine->waits.v[i];
	}
	return found;
}

bool waits_hear(struct engine *engine, const struct inbox_word *word)
{
	struct execution *execution = find_wait(engine, word->step);
	struct err err = ERR_INIT;

	if (!execution)
		return false;
	if (waits_answer(execution, word->verb, word->text, word->by, word->token, &err) < 0)
		emit_note(engine, execution->node, "git wf %s, by %s: %s", word->verb, word->by,
			  err_msg(&err));
	err_release(&err);
	return true;
}

/* ---- The question ---- */

static const char *masked(struct engine *engine, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	capture_mask(&engine->masks, text, strlen(text), true, &out);
	return arena_strdup(&engine->session->arena, strbuf_str(&out));
}

/* What would be started, as one text. */
static const char *command_text(struct execution *execution)
{
	const struct command *command = &execution->judged.gathered.command;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (execution->node->step->action == ACTION_SHELL && execution->node->step->run.raw)
		return masked(execution->engine, execution->node->step->run.raw);
	for (size_t i = 0; i < command->argc; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", command->argv[i]);
	return masked(execution->engine, strbuf_str(&text));
}

static const char *choices_text(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf choices = STRBUF_INIT;
	struct step_wait wait;

	check_against(execution, &wait, &choices);
	return wait.choices ? masked(execution->engine, wait.choices) : NULL;
}

static void announce(struct execution *execution, uint64_t timeout_ms)
{
	struct engine *engine = execution->engine;
	const struct asking *asking = &execution->judged.gathered.command.asking;
	struct event event = event_of(engine, EV_STEP_WAIT, execution->node);

	event.text = execution->wait_kind;
	event.exit_code = 0;
	event.question = wait_is_step(execution->wait_kind) ? masked(engine, asking->question)
							    : command_text(execution);
	event.choices = choices_text(execution);
	if (asking->default_answer)
		event.default_answer = masked(engine, asking->default_answer);
	event.is_secret = execution->node->step->question &&
			  execution->node->step->question->is_secret;
	event.delay_ms = timeout_ms;
	emit(engine, &event);
	emit_flush(engine);
}

/* ---- Nobody answers in time ---- */

static void on_timeout(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct execution *execution = data;
	struct engine *engine = execution->engine;
	const char *answer = execution->judged.gathered.command.asking.default_answer;
	struct event end = event_of(engine, EV_STEP_END, execution->node);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (answer) {
		waits_answer(execution, "answer", answer, BY_TIMEOUT, NULL, NULL);
		return;
	}
	strbuf_addstr(&text, "nobody answered within ");
	duration_format(&text, execution->node->step->question->timeout_ms);
	end.status = STEP_FAILED;
	end.exit_code = -1;
	end.timed_out = true;
	end.text = arena_strdup(&engine->session->arena, strbuf_str(&text));
	waits_end(execution, &end);
}

/* Of a run that goes on what is left of it; at least one turn of the loop. */
static uint64_t time_to_answer_ms(const struct execution *execution)
{
	const struct question *question = execution->node->step->question;
	const struct engine *engine = execution->engine;
	int64_t until_ms;

	if (!question || !question->timeout_ms)
		return 0;
	until_ms = answers_until(engine->session, execution->node,
				 &execution->judged.gathered.fingerprint);
	if (!until_ms)
		return question->timeout_ms;
	until_ms -= clock_realtime_ms();
	return until_ms < 1				   ? 1
	       : (uint64_t)until_ms > question->timeout_ms ? question->timeout_ms
							   : (uint64_t)until_ms;
}

/* ---- The beginning of a wait ---- */

/* "GIT_WF_ANSWER_WHERE_TO" of step where-to[a]: what is no letter or digit becomes a '_'. */
static const char *variable_of(struct execution *execution)
{
	char *name = arena_printf(&execution->engine->session->arena, "GIT_WF_ANSWER_%s",
				  execution->node->id);

	for (char *c = name; *c; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if ((*c < 'A' || *c > 'Z') && (*c < '0' || *c > '9'))
			*c = '_';
	}
	return name;
}

/* Said before it was asked: by an option, by the environment. True: that has ended the wait. */
static bool is_answered_before(struct execution *execution)
{
	const struct engine *engine = execution->engine;
	const char *variable = variable_of(execution), *value = NULL, *by = variable;
	bool is_ask = strcmp(execution->wait_kind, WAIT_ANSWER) == 0, ended;
	struct err err = ERR_INIT;

	if (is_ask)
		value = getenv(variable);
	if (!value && engine->options->ask.assume_yes) {
		value = is_ask ? execution->judged.gathered.command.asking.default_answer : "";
		by = arena_printf(&engine->session->arena, "%s, with --yes", who(engine));
	}
	if (!value)
		return false;
	ended = waits_answer(execution, is_ask ? "answer" : "approve", value, by, NULL, &err) == 0;
	if (!ended)
		emit_note(execution->engine, execution->node, "%s: %s", by, err_msg(&err));
	err_release(&err);
	return ended;
}

/* Somebody said yes to this very start before the run went on. */
static bool has_permission(const struct engine *engine, const struct node *node,
			   const struct judged *judged)
{
	const struct answer *answer = judged->has_facts
					      ? answers_find(engine->session, node,
							     &judged->gathered.fingerprint)
					      : NULL;

	return answer && strcmp(answer->word, "approve") == 0;
}

static void begin_wait(struct execution *execution, const char *kind)
{
	struct engine *engine = execution->engine;
	uint64_t timeout_ms;

	execution->wait_kind = kind;
	execution->started_ns = clock_monotonic_ns();
	vec_push(&engine->waits, execution);
	timeout_ms = time_to_answer_ms(execution);
	announce(execution, timeout_ms);
	if (is_over(engine, execution->node)) {
		waits_begin_turn(execution); /* and is stopped there */
		return;
	}
	if (is_answered_before(execution))
		return;
	if (timeout_ms)
		loop_start_timer(engine->loop, &execution->retry, timeout_ms, on_timeout,
				 execution);
}

bool waits_take(struct engine *engine, const struct node *node, struct judged *judged,
		struct arena *arena)
{
	const char *kind = kind_of(engine, node->step);

	if (!kind || (!wait_is_step(kind) && has_permission(engine, node, judged)))
		return false;
	/* Nobody is asked before it is known that he has to be. */
	if (wait_is_step(kind) && node->step->requires.n)
		return false;
	begin_wait(execution_new(engine, node, judged, arena), kind);
	return true;
}

void waits_ask(struct execution *execution)
{
	begin_wait(execution, kind_of(execution->engine, execution->node->step));
}

void waits_take_answered(struct engine *engine, const struct node *node, struct judged *judged,
			 struct arena *arena, const struct event *end)
{
	struct execution *execution = execution_new(engine, node, judged, arena);

	execution->started_ns = clock_monotonic_ns();
	ensure(execution, end);
}
