/*
 * How a run stands, in words and in stable lines.
 */
#include <string.h>

#include "base/shword.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "event/wait.h"
#include "report/wrap.h"
#include "store/layout.h"
#include "views_impl.h"

#define TOLD_COLUMNS 30 /* "  ID  failed      0.12s  exit 3" without the id */
#define TOLD_INDENT  4	/* of what a narrow terminal has no room for in one line */

static enum view_color color_of_run(enum run_status status)
{
	switch (status) {
	case RUN_PASSED: return VIEW_GOOD;
	case RUN_FAILED: return VIEW_BAD;
	default: return VIEW_WARN;
	}
}

static enum view_color color_of_step(enum step_status status)
{
	switch (status) {
	case STEP_PASSED: return VIEW_GOOD;
	case STEP_FAILED:
	case STEP_UNKNOWN: return VIEW_BAD;
	case STEP_RUNNING:
	case STEP_WAITING:
	case STEP_CANCELLED: return VIEW_WARN;
	default: return VIEW_DIM;
	}
}

static uint64_t elapsed_ms(int64_t started_ms, int64_t ended_ms, int64_t now_ms)
{
	int64_t end = ended_ms ? ended_ms : now_ms;

	return started_ms && end > started_ms ? (uint64_t)(end - started_ms) : 0;
}

static bool has_ended(const struct run_state *state)
{
	return state->status != RUN_RUNNING;
}

/* "failed 5 minutes ago, after 22.6s", "running for 3.0s" */
static void add_when(const struct run_state *state, int64_t now_ms, struct strbuf *out)
{
	uint64_t duration = state_work_ms(state, now_ms);

	if (!has_ended(state)) {
		strbuf_addstr(out, "for ");
		duration_format(out, duration);
		return;
	}
	instant_format_ago(out, state->ended_ms ? state->ended_ms : state->started_ms, now_ms);
	if (!state->ended_ms)
		return;
	strbuf_addstr(out, ", after ");
	duration_format(out, duration);
}

/* ---- One run ---- */

static size_t id_columns(const struct run_state *state)
{
	size_t columns = 0;

	for (size_t i = 0; i < state->steps.n; i++) {
		size_t width = strlen(state->steps.v[i]->id);

		if (width > columns && width <= 40)
			columns = width;
	}
	return columns;
}

static void add_detail(const struct step_state *step, bool is_verbose, struct strbuf *out)
{
	if (step->timed_out)
		strbuf_addstr(out, "  timed out");
	else if (step->status == STEP_FAILED && step->signal)
		strbuf_addf(out, "  ended by signal %d", step->signal);
	else if (step->status == STEP_FAILED && step->exit_code > 0)
		strbuf_addf(out, "  exit %d", step->exit_code);
	if (step->attempt > 1)
		strbuf_addf(out, "  attempt %u/%u", step->attempt, step->attempts);
	if (step->status == STEP_RUNNING && step->progress)
		strbuf_addf(out, "  %u%% %s", step->percent, step->progress);
	if (step->status == STEP_WAITING && step->wait && !step->answer) {
		strbuf_addstr(out, "  ");
		utf8_add_visible(out, step->wait->question, strcspn(step->wait->question, "\n"));
	}
	if (step->answer) {
		strbuf_addf(out, "  %s by ", step->answer->word);
		utf8_add_visible(out, step->answer->by, strlen(step->answer->by));
	}
	if (step->reason &&
	    (is_verbose || step->status == STEP_SKIPPED || step->status == STEP_UNKNOWN ||
	     (step->status == STEP_FAILED && step->exit_code <= 0 && !step->signal))) {
		strbuf_addstr(out, "  ");
		utf8_add_visible(out, step->reason, strlen(step->reason));
	}
}

/* Nothing runs in a run that ended: who says "running" died with the engine. */
static const char *status_word(const struct run_state *state, const struct step_state *step)
{
	bool is_dead = has_ended(state) && !step_status_is_final(step->status);

	if (is_dead && step->wait)
		return step->answer ? "answered" : "waiting";
	return is_dead && step->started_ms ? "interrupted" : step_status_name(step->status);
}

/* A question of several lines: those below its first. */
static void add_rest_of_question(const char *text, struct strbuf *out)
{
	const char *at = text + strcspn(text, "\n");

	while (*at && at[strspn(at, "\n")]) {
		size_t len = strcspn(++at, "\n");

		if (len)
			strbuf_addstr(out, "    ");
		utf8_add_visible(out, at, len);
		strbuf_addch(out, '\n');
		at += len;
	}
}

/* How long it took, or where what it made came from. */
static void add_time(const struct run_view *view, const struct run_state *state,
		     const struct step_state *step, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf time = STRBUF_INIT;

	if (step->status == STEP_PASSED && step->verdict == VERDICT_CACHED)
		strbuf_addstr(&time, "cached");
	else if (step->status == STEP_PASSED && step->verdict == VERDICT_RESTORE)
		strbuf_addstr(&time, "restored");
	else if (step->started_ms && step_status_is_final(step->status))
		duration_format(&time, step->duration_ms);
	else if (step->started_ms && !has_ended(state))
		duration_format(&time, elapsed_ms(step->started_ms, 0, view->now_ms));
	strbuf_addf(out, " %8s", strbuf_str(&time));
}

/* `columns`: of the ids; 0: what is told of a step stands below it. */
static void add_step(const struct run_view *view, const struct run_state *state,
		     const struct step_state *step, size_t columns, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "  ");
	utf8_add_visible(&text, step->id, strlen(step->id));
	if (columns) {
		strbuf_pad(&text, ' ', text.len - 2 < columns ? columns + 2 - text.len : 0);
		strbuf_addstr(&text, "  ");
	} else {
		strbuf_addstr(&text, "\n    ");
	}
	view_add(&text, view->use_color, color_of_step(step->status), "%-9s",
		 status_word(state, step));
	add_time(view, state, step, &text);
	add_detail(step, view->is_verbose, &text);
	while (text.len && text.buf[text.len - 1] == ' ')
		strbuf_setlen(&text, text.len - 1);
	strbuf_addch(&text, '\n');
	if (step->status == STEP_WAITING && step->wait && !step->answer)
		add_rest_of_question(step->wait->question, &text);
	wrap_text(text.buf, text.len, view->terminal, TOLD_INDENT, out);
}

/* The commands that end a wait, as they can be typed. */
static void add_ways_to_answer(const struct run_state *state, struct strbuf *out)
{
	for (size_t i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];
		const char *run = layout_short_id(state->run);

		if (step->status != STEP_WAITING || !step->wait || step->answer)
			continue;
		if (step->wait->is_secret)
			strbuf_addf(out, "'%s' is a secret: answer it at a terminal\n", step->id);
		else if (wait_is_escalation(step->wait->kind))
			strbuf_addf(out,
				    "it has failed; answer with one of: git wf answer %s '%s' "
				    "retry|approve|skip|reject\n",
				    run, step->id);
		else if (strcmp(step->wait->kind, WAIT_ANSWER) == 0)
			strbuf_addf(out, "answer with: git wf answer %s '%s' TEXT\n", run,
				    step->id);
		else
			strbuf_addf(out,
				    "say yes with: git wf approve %s '%s', or no with: git wf "
				    "reject %s '%s'\n",
				    run, step->id, run, step->id);
	}
}

static void add_rollbacks(const struct run_state *state, int64_t now_ms, struct strbuf *out)
{
	for (size_t i = 0; i < state->rollbacks.n; i++) {
		const struct rollback_state *rollback = &state->rollbacks.v[i];

		strbuf_addstr(out, rollback->is_undo ? "rollback undone " : "rolled back ");
		instant_format_ago(out, rollback->at_ms, now_ms);
		if (!rollback->is_undo && rollback->number)
			strbuf_addf(out, " to snapshot %u", rollback->number);
		if (!rollback->is_done)
			strbuf_addstr(out, ", and cut off: 'git wf rollback' finishes it");
		else if (rollback->n_left)
			strbuf_addf(out, ", %u left as you have them", rollback->n_left);
		strbuf_addch(out, '\n');
	}
}

/* What ended because the run did, and what nobody knows about, did not get done. */
static void add_done(const struct run_state *state, const char *of, struct strbuf *out)
{
	uint32_t expected = state->n_expected > state->n_done ? state->n_expected : state->n_done;

	strbuf_addf(out, "%u%s%u", state->n_done - state->n_cancelled - state->n_unknown, of,
		    expected);
}

static void add_counts(const struct run_state *state, struct strbuf *out)
{
	const struct {
		uint32_t n;
		const char *name;
	} counts[] = { { state->n_failed, "failed" },
		       { state->n_skipped, "skipped" },
		       { state->n_cancelled, "cancelled" },
		       { state->n_unknown, "unknown" } };

	add_done(state, " of ", out);
	strbuf_addstr(out, " steps done");
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i].n)
			strbuf_addf(out, ", %u %s", counts[i].n, counts[i].name);
	if (state->resumes == 1)
		strbuf_addstr(out, ", resumed once");
	else if (state->resumes)
		strbuf_addf(out, ", resumed %u times", state->resumes);
}

static void add_headline(const struct run_view *view, const struct run_state *state,
			 struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	view_add(&text, view->use_color, VIEW_BOLD, "%s", state->run ? state->run : "?");
	strbuf_addstr(&text, ": ");
	view_add(&text, view->use_color, color_of_run(state->status), "%s",
		 run_status_name(state->status));
	strbuf_addch(&text, ' ');
	add_when(state, view->now_ms, &text);
	strbuf_addstr(&text, "; ");
	add_counts(state, &text);
	strbuf_addch(&text, '\n');
	wrap_text(text.buf, text.len, view->terminal, TOLD_INDENT, out);
}

/* Where nobody knows whether a step has run, the run goes on only with a word about it. */
static void add_way_on(const struct run_state *state, struct strbuf *out)
{
	const char *run = layout_short_id(state->run);

	for (size_t i = 0; i < state->steps.n; i++) {
		if (state->steps.v[i]->status != STEP_UNKNOWN || state->steps.v[i]->is_group)
			continue;
		strbuf_addf(out, "go on with: git wf resume %s --retry ", run);
		shword_add(out, state->steps.v[i]->id);
		strbuf_addf(out, ", or --done if it did its work\n");
		return;
	}
	strbuf_addf(out, "go on with: git wf resume %s\n", run);
}

void run_view_text(const struct run_view *view, const struct run_state *state, struct strbuf *out)
{
	size_t columns = id_columns(state);

	/* What is told of a step gets a line of its own where it does not fit beside it. */
	if (view->terminal && columns + TOLD_COLUMNS > view->terminal)
		columns = 0;
	add_headline(view, state, out);
	for (size_t i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];

		if (!step->is_group)
			add_step(view, state, step, columns, out);
	}
	add_rollbacks(state, view->now_ms, out);
	if (state->run && !state->is_aborted)
		add_ways_to_answer(state, out);
	if (state->is_aborted)
		strbuf_addstr(out, "it has ended for good\n");
	if (state->status == RUN_PASSED || state->status == RUN_RUNNING || !state->run ||
	    state->is_aborted || (view->is_of_git && state->status != RUN_PAUSED))
		return;
	add_way_on(state, out);
}

/* ---- Many runs ---- */

void run_view_header(const struct run_view *view, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf row = STRBUF_INIT;

	strbuf_addf(&row, "%-20s %-6s %-11s %-9s %s\n", "WORKFLOW", "RUN", "STATUS", "STEPS",
		    "WHEN");
	wrap_text(row.buf, row.len, view->terminal, TOLD_INDENT, out);
}

void run_view_row(const struct run_view *view, const struct run_state *state, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf row = STRBUF_INIT, done = STRBUF_INIT;

	add_done(state, "/", &done);
	strbuf_addf(&row, "%-20s %-6s ", state->workflow ? state->workflow : "?",
		    state->run ? layout_short_id(state->run) : "?");
	view_add(&row, view->use_color, color_of_run(state->status), "%-11s",
		 run_status_name(state->status));
	strbuf_addf(&row, " %-9s ", strbuf_str(&done));
	add_when(state, view->now_ms, &row);
	strbuf_addch(&row, '\n');
	wrap_text(row.buf, row.len, view->terminal, TOLD_INDENT, out);
	strbuf_release(&done);
}

/* ---- For programs ---- */

static void add_field(struct strbuf *out, const char *text)
{
	strbuf_addch(out, '\t');
	utf8_add_visible(out, text ? text : "-", text ? strlen(text) : 1);
}

void run_view_porcelain(const struct run_state *state, struct strbuf *out)
{
	strbuf_addstr(out, "run");
	add_field(out, state->run);
	add_field(out, state->workflow);
	add_field(out, run_status_name(state->status));
	strbuf_addf(out, "\t%lld\t%lld\t%u\t%u\n", (long long)state->started_ms,
		    (long long)state->ended_ms, state->n_done, state->n_expected);
	for (size_t i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];
		bool is_done = step_status_is_final(step->status);

		if (step->is_group)
			continue;
		strbuf_addstr(out, "step");
		add_field(out, step->id);
		add_field(out, step_status_name(step->status));
		add_field(out, is_done ? verdict_name(step->verdict) : NULL);
		strbuf_addf(out, "\t%d\t%u\t%llu\n", step->exit_code, step->attempt,
			    (unsigned long long)step->duration_ms);
	}
}
