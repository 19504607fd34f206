/*
 * How a run stands, in words and in stable lines.
 */
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "event/wait.h"
#include "store/layout.h"
#include "views_impl.h"

#define TOLD_COLUMNS 30 /* "  ID  failed      0.12s  exit 3" without the id */

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

static void add_step(const struct run_state *state, const struct step_state *step, size_t columns,
		     int64_t now_ms, bool is_verbose, bool use_color, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf time = STRBUF_INIT;
	size_t before = out->len + 2;

	strbuf_addstr(out, "  ");
	utf8_add_visible(out, step->id, strlen(step->id));
	if (columns) {
		strbuf_pad(out, ' ',
			   out->len - before < columns ? columns - (out->len - before) : 0);
		strbuf_addstr(out, "  ");
	} else {
		strbuf_addstr(out, "\n    ");
	}
	view_add(out, use_color, color_of_step(step->status), "%-9s", status_word(state, step));
	if (step->status == STEP_PASSED && step->verdict == VERDICT_CACHED)
		strbuf_addstr(&time, "cached");
	else if (step->status == STEP_PASSED && step->verdict == VERDICT_RESTORE)
		strbuf_addstr(&time, "restored");
	else if (step->started_ms && (step_status_is_final(step->status) || !has_ended(state)))
		duration_format(&time, step_status_is_final(step->status)
					       ? step->duration_ms
					       : elapsed_ms(step->started_ms, 0, now_ms));
	strbuf_addf(out, " %8s", strbuf_str(&time));
	add_detail(step, is_verbose, out);
	strbuf_addch(out, '\n');
	if (step->status == STEP_WAITING && step->wait && !step->answer)
		add_rest_of_question(step->wait->question, out);
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

void run_view_text(const struct run_state *state, int64_t now_ms, bool is_verbose, bool use_color,
		   size_t terminal, struct strbuf *out)
{
	size_t columns = id_columns(state);

	/* What is told of a step gets a line of its own where it does not fit beside it. */
	if (terminal && columns + TOLD_COLUMNS > terminal)
		columns = 0;
	view_add(out, use_color, VIEW_BOLD, "%s", state->run ? state->run : "?");
	strbuf_addstr(out, ": ");
	view_add(out, use_color, color_of_run(state->status), "%s", run_status_name(state->status));
	strbuf_addch(out, ' ');
	add_when(state, now_ms, out);
	strbuf_addf(out, "; %u of %u steps done", state->n_done,
		    state->n_expected > state->n_done ? state->n_expected : state->n_done);
	if (state->n_failed)
		strbuf_addf(out, ", %u failed", state->n_failed);
	if (state->resumes == 1)
		strbuf_addstr(out, ", resumed once");
	else if (state->resumes)
		strbuf_addf(out, ", resumed %u times", state->resumes);
	strbuf_addch(out, '\n');
	for (size_t i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];

		if (!step->is_group)
			add_step(state, step, columns, now_ms, is_verbose, use_color, out);
	}
	add_rollbacks(state, now_ms, out);
	if (state->run && !state->is_aborted)
		add_ways_to_answer(state, out);
	if (state->is_aborted)
		strbuf_addstr(out, "it has ended for good\n");
	if (state->status == RUN_PASSED || state->status == RUN_RUNNING || !state->run ||
	    state->is_aborted)
		return;
	strbuf_addf(out, "go on with: git wf resume %s\n", layout_short_id(state->run));
}

/* ---- Many runs ---- */

void run_view_row(const struct run_state *state, int64_t now_ms, bool use_color, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf done = STRBUF_INIT;

	if (!state) {
		strbuf_addf(out, "%-20s %-6s %-11s %-9s %s\n", "WORKFLOW", "RUN", "STATUS", "STEPS",
			    "WHEN");
		return;
	}
	strbuf_addf(&done, "%u/%u", state->n_done,
		    state->n_expected > state->n_done ? state->n_expected : state->n_done);
	strbuf_addf(out, "%-20s %-6s ", state->workflow ? state->workflow : "?",
		    state->run ? layout_short_id(state->run) : "?");
	view_add(out, use_color, color_of_run(state->status), "%-11s",
		 run_status_name(state->status));
	strbuf_addf(out, " %-9s ", strbuf_str(&done));
	add_when(state, now_ms, out);
	strbuf_addch(out, '\n');
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
