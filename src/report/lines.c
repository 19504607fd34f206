/*
 * The lines of steps: one for each that ended, and without a terminal one for each that starts.
 */
#include <string.h>

#include "console_impl.h"
#include "event/wait.h"
#include "lines_impl.h"

#define DURATION_COLUMNS 8

static void add_attempt(struct line *line, enum role role, const struct step_state *step)
{
	if (step->attempts > 1 || step->attempt > 1)
		line_addf(line, role, ", attempt %u/%u", step->attempt,
			  step->attempts > step->attempt ? step->attempts : step->attempt);
}

static void add_how(struct strbuf *out, const struct step_state *step)
{
	const char *name = lines_signal_name(step->signal);

	if (step->timed_out)
		strbuf_addstr(out, "timed out");
	else if (step->signal > 0 && name)
		strbuf_addf(out, "killed by %s", name);
	else if (step->signal > 0)
		strbuf_addf(out, "killed by signal %d", step->signal);
	else if (step->exit_code > 0)
		strbuf_addf(out, "exit %d", step->exit_code);
}

/* "exit 1, attempt 3/3: why", each part only where it tells something. */
static void add_cause(struct line *line, const struct step_state *step, const char *why)
{
	CLEANUP(strbuf_release)
	struct strbuf how = STRBUF_INIT;
	size_t at = line->width;

	add_how(&how, step);
	if (how.len)
		line_add(line, ROLE_BAD, strbuf_str(&how));
	/* Where the engine says the same in other words, its words go. */
	if (why && how.len && !strncmp(why, "exit ", 5))
		why = NULL;
	if (why && !strncmp(why, strbuf_str(&how), how.len) && how.len) {
		why += how.len;
		line_add(line, ROLE_BAD, why);
		why = NULL;
	}
	if (line->width > at)
		add_attempt(line, ROLE_BAD, step);
	if (why && *why) {
		line_add(line, ROLE_BAD, line->width > at ? ": " : "");
		line_add(line, ROLE_BAD, why);
	}
}

static void add_place(const struct console *c, struct line *line, const struct step_state *step)
{
	const struct node *node = console_node(c, step->id);
	CLEANUP(strbuf_release)
	struct strbuf place = STRBUF_INIT;

	if (!node || !node->step->span.line || !node->step->unit->wf->file)
		return;
	strbuf_addf(&place, "%s:%u", node->step->unit->wf->file, node->step->span.line);
	if (lines_add_right(c, line, ROLE_DIM, strbuf_str(&place)))
		return;
	strbuf_addch(&line->text, '\n');
	line->width = 0;
	line_add(line, ROLE_PLAIN, "    ");
	line_add(line, ROLE_DIM, strbuf_str(&place));
}

static void trim(struct line *line)
{
	while (line->text.len && line->text.buf[line->text.len - 1] == ' ')
		strbuf_setlen(&line->text, line->text.len - 1);
}

void lines_started(struct console *c, const struct running *running)
{
	const struct step_state *step = running->state;
	struct line line;

	fold_write(c);
	if (c->options.is_live || c->options.verbosity == CONSOLE_QUIET)
		return;
	lines_begin(c, &line, ROLE_ACTIVE, GLYPH_RUNNING, step->id);
	if (step->attempt > 1)
		line_addf(&line, ROLE_DIM, "attempt %u/%u", step->attempt, step->attempts);
	else if (c->options.verbosity == CONSOLE_VERBOSE && step->reason)
		line_add(&line, ROLE_DIM, step->reason);
	trim(&line);
	line_finish(&line, &c->pending);
}

static void add_took(struct line *line, uint64_t duration_ms)
{
	size_t at = line->width;

	line_add_duration(line, ROLE_PLAIN, duration_ms);
	line_pad_to(line, at + DURATION_COLUMNS - 2, 0);
	line_add(line, ROLE_PLAIN, "  ");
}

void lines_retried(struct console *c, const struct running *running, const char *why,
		   uint64_t delay_ms)
{
	const struct step_state *step = running->state;
	uint64_t took_ms = (uint64_t)(console_now_ms(c) - running->since_ms);
	struct line line;

	if (c->options.verbosity == CONSOLE_QUIET)
		return;
	fold_write(c);
	lines_begin(c, &line, ROLE_WARN, GLYPH_RETRY, step->id);
	add_took(&line, took_ms);
	add_cause(&line, step, why);
	line_add(&line, ROLE_DIM, delay_ms ? ", again in " : ", again");
	if (delay_ms)
		line_add_duration(&line, ROLE_DIM, delay_ms);
	line_finish(&line, &c->pending);
	if (c->options.verbosity == CONSOLE_VERBOSE)
		output_add_tail(c, running);
}

void lines_fix(struct console *c, const struct event *event)
{
	struct line line;

	if (c->options.verbosity == CONSOLE_QUIET)
		return;
	fold_write(c);
	lines_begin(c, &line, ROLE_WARN, GLYPH_RETRY, event->step);
	line_addf(&line, ROLE_PLAIN, "fix %u of %u", event->attempt, event->attempts);
	if (event->text)
		line_addf(&line, ROLE_DIM, " (%s)", event->text);
	line_finish(&line, &c->pending);
}

static void add_further_lines(struct console *c, const char *text)
{
	const char *at = text + strcspn(text, "\n");

	while (*at && at[strspn(at, "\n")]) {
		size_t len = strcspn(++at, "\n");

		if (len)
			strbuf_addstr(&c->pending, "    ");
		style_add_visible(&c->style, &c->pending, at, len);
		strbuf_addch(&c->pending, '\n');
		at += len;
	}
}

/* Where it is asked at this terminal the question itself is to be seen. */
void lines_waiting(struct console *c, const struct step_state *step)
{
	const char *question = step->wait->question;
	struct line line;

	c->has_begun = true;
	fold_write(c);
	if (c->options.is_asking || c->options.verbosity == CONSOLE_QUIET)
		return;
	lines_begin(c, &line, ROLE_WARN, GLYPH_UNKNOWN, step->id);
	line_add(&line, ROLE_WARN, wait_is_step(step->wait->kind) ? "waits: " : "may it run: ");
	line_add_n(&line, ROLE_PLAIN, question, strcspn(question, "\n"));
	line_finish(&line, &c->pending);
	if (wait_is_step(step->wait->kind))
		add_further_lines(c, question);
}

/* "by Ann", where a person had to say */
static void add_who(struct line *line, const struct step_state *step)
{
	const struct step_answer *answer = step->answer;

	if (!answer)
		return;
	if (strcmp(answer->word, "answer") == 0)
		line_addf(line, ROLE_PLAIN, "%.60s", answer->value ? answer->value : "(secret)");
	else
		line_add(line, ROLE_PLAIN, strcmp(answer->word, "approve") ? answer->word : "yes");
	line_addf(line, ROLE_DIM, ", by %s", answer->by);
}

/* ---- Ends ---- */

static void add_passed(struct console *c, const struct step_state *step)
{
	struct line line;

	fold_write(c);
	lines_begin(c, &line, ROLE_GOOD, GLYPH_PASSED, step->id);
	add_took(&line, step->duration_ms);
	if (step->attempt > 1)
		line_addf(&line, ROLE_WARN, "attempt %u/%u", step->attempt, step->attempts);
	else if (c->options.verbosity == CONSOLE_VERBOSE && step->reason && c->options.is_live)
		line_add(&line, ROLE_DIM, step->reason);
	add_who(&line, step);
	trim(&line);
	line_finish(&line, &c->pending);
}

static void annotate(struct console *c, const struct step_state *step, const char *why)
{
	const struct style plain = { .use_utf8 = c->style.use_utf8 };
	struct line cause;

	line_init(&cause, &plain, 0);
	add_cause(&cause, step, why);
	output_add_annotation(c, step, strbuf_str(&cause.text));
	line_release(&cause);
}

static void add_failed(struct console *c, const struct step_state *step, const char *why,
		       const struct running *running)
{
	struct line line;

	fold_write(c);
	lines_begin(c, &line, ROLE_BAD, GLYPH_FAILED, step->id);
	if (step->verdict == VERDICT_CACHED)
		line_add(&line, ROLE_DIM, "cached  ");
	else if (step->started_ms)
		add_took(&line, step->duration_ms);
	add_cause(&line, step, why);
	add_place(c, &line, step);
	line_finish(&line, &c->pending);
	if (running)
		output_add_tail(c, running);
	annotate(c, step, why);
}

static void add_other(struct console *c, const struct step_state *step, const char *why)
{
	bool is_unknown = step->status == STEP_UNKNOWN;
	struct line line;

	if (c->options.verbosity == CONSOLE_QUIET && !is_unknown)
		return;
	fold_write(c);
	lines_begin(c, &line, ROLE_WARN, is_unknown ? GLYPH_UNKNOWN : GLYPH_CANCELLED, step->id);
	if (step->started_ms)
		add_took(&line, step->duration_ms);
	line_add(&line, ROLE_WARN, step_status_name(step->status));
	if (why && strcmp(why, step_status_name(step->status)) != 0)
		line_addf(&line, ROLE_DIM, ": %s", why);
	line_finish(&line, &c->pending);
}

/* A foreach speaks through its items, unless it failed for want of them. */
static bool is_mute_group(const struct console *c, const struct step_state *step)
{
	const struct node *node = console_node(c, step->id);
	uint32_t i;

	if (!step->is_group && (!node || node->kind != NODE_FOREACH))
		return false;
	if (step->status != STEP_FAILED)
		return true;
	for (i = 0; node && i < node->n_items; i++) {
		const char *id = c->options.plan->nodes.v[node->first_item + i]->id;
		const struct step_state *item = state_step(&c->state, id);

		if (item && item->status == STEP_FAILED)
			return true;
	}
	return !node;
}

void lines_ended(struct console *c, const struct step_state *step, const char *why,
		 const struct running *running)
{
	bool is_quiet = c->options.verbosity == CONSOLE_QUIET;

	if (is_mute_group(c, step))
		return;
	if (step->status == STEP_FAILED)
		add_failed(c, step, why, running);
	else if (step->status == STEP_CANCELLED && !step->started_ms && !is_quiet)
		fold_add(c, step, FOLD_CANCELLED);
	else if (step->status == STEP_CANCELLED || step->status == STEP_UNKNOWN)
		add_other(c, step, why);
	else if (is_quiet)
		return;
	else if (step->status == STEP_SKIPPED)
		fold_add(c, step, FOLD_SKIPPED);
	else if (step->verdict == VERDICT_CACHED)
		fold_add(c, step, FOLD_CACHED);
	else if (step->verdict == VERDICT_RESTORE)
		fold_add(c, step, FOLD_RESTORED);
	else
		add_passed(c, step);
}
