/*
 * The run for people who read it in a browser: GitHub's Markdown, as its step summaries show it. Cells
 * are short; what failed follows with the end of its log.
 */
#include <string.h>

#include "base/timefmt.h"
#include "report/summary.h"
#include "report_impl.h"

#define LOG_BYTES    ((size_t)6 << 10)
#define FAILURES_MAX 20	 /* with their logs */
#define ROWS_MAX     200 /* a page has a limit of its own */
#define FOLD_FROM    10	 /* cached or skipped steps that become one row */

/* Nothing of a text of others becomes markup; it stays on one line. Within an element of HTML there is
 * no Markdown to be escaped. */
static void add_escaped(struct strbuf *out, const char *text, const char *special)
{
	CLEANUP(strbuf_release)
	struct strbuf clean = STRBUF_INIT;

	excerpt_clean(text, strlen(text), &clean);
	for (size_t i = 0; i < clean.len; i++) {
		char c = clean.buf[i];

		if (c == '\n' || c == '\t')
			strbuf_addch(out, ' ');
		else if (c == '<' || c == '>' || c == '&')
			strbuf_addstr(out, c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;");
		else
			strbuf_addf(out, strchr(special, c) ? "\\%c" : "%c", c);
	}
}

static void add_plain(struct strbuf *out, const char *text)
{
	add_escaped(out, text, "\\`*_{}[]()#+!|~$");
}

static const char *sign_of(const struct step_state *step)
{
	switch (step->status) {
	case STEP_PASSED: return "\xe2\x9c\x85";
	case STEP_FAILED: return "\xe2\x9d\x8c";
	case STEP_SKIPPED: return "\xe2\x8f\xad\xef\xb8\x8f";
	default: return "\xe2\x9a\xa0\xef\xb8\x8f";
	}
}

static bool is_quiet(const struct step_state *step)
{
	if (step->answer)
		return false;
	return step->status == STEP_SKIPPED ||
	       (step->status == STEP_PASSED && step->verdict != VERDICT_RUN);
}

static void add_result(struct strbuf *out, const struct step_state *step)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (step->status == STEP_FAILED)
		report_add_cause(step, &text);
	else if (step->status == STEP_PASSED && step->verdict != VERDICT_RUN)
		strbuf_addstr(&text, verdict_name(step->verdict));
	else
		strbuf_addstr(&text, step_status_name(step->status));
	if (step->status == STEP_PASSED && step->attempt > 1)
		strbuf_addf(&text, ", attempt %u/%u", step->attempt, step->attempts);
	if (step->status == STEP_SKIPPED && step->reason)
		strbuf_addf(&text, ": %s", step->reason);
	/* Who said so, and when: of what failed the cause tells who. */
	if (step->answer && step->status != STEP_FAILED) {
		strbuf_addf(&text, ", %s by %s at ", step->answer->word, step->answer->by);
		instant_format(&text, step->answer->at_ms);
	}
	add_plain(out, strbuf_str(&text));
}

static void add_row(struct strbuf *out, const struct step_state *step)
{
	strbuf_addf(out, "| %s | ", sign_of(step));
	add_plain(out, step->id);
	strbuf_addstr(out, " | ");
	add_result(out, step);
	strbuf_addstr(out, " | ");
	if (step->started_ms)
		duration_format(out, step->duration_ms);
	strbuf_addstr(out, " |\n");
}

static void add_more_row(struct strbuf *out, size_t n, const char *what)
{
	if (n)
		strbuf_addf(out, "| | *%zu steps %s* | | |\n", n, what);
}

static void add_table(const struct report *report, struct strbuf *out)
{
	size_t n_quiet = 0, n_rows = 0, n_more = 0;

	for (size_t i = 0; i < report->state.steps.n; i++) {
		const struct step_state *step = report->state.steps.v[i];

		n_quiet += !report_is_mute(report, step) && is_quiet(step);
	}
	strbuf_addstr(out, "| | step | result | time |\n| --- | --- | --- | ---: |\n");
	for (size_t i = 0; i < report->state.steps.n; i++) {
		const struct step_state *step = report->state.steps.v[i];

		if (report_is_mute(report, step) || (n_quiet >= FOLD_FROM && is_quiet(step)))
			continue;
		if (n_rows >= ROWS_MAX && step->status != STEP_FAILED) {
			n_more++;
			continue;
		}
		add_row(out, step);
		n_rows++;
	}
	add_more_row(out, n_more, "more");
	if (n_quiet >= FOLD_FROM)
		add_more_row(out, n_quiet, "cached or skipped");
}

/* A fence that is longer than any in the text. */
static void add_fence(struct strbuf *out, const char *text)
{
	size_t longest = 2, n = 0;

	for (const char *p = text; *p; p++) {
		n = *p == '`' ? n + 1 : 0;
		longest = n > longest ? n : longest;
	}
	strbuf_pad(out, '`', longest + 1);
}

static void add_failure(const struct step_state *step, const char *logs_dir, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf log = STRBUF_INIT;

	excerpt_read(logs_dir, step->log, LOG_BYTES, &log);
	while (log.len && log.buf[log.len - 1] == '\n')
		strbuf_setlen(&log, log.len - 1);
	if (!log.len)
		return;
	strbuf_addstr(out, "\n<details><summary>end of the output of <code>");
	add_escaped(out, step->id, "");
	strbuf_addstr(out, "</code></summary>\n\n");
	add_fence(out, strbuf_str(&log));
	strbuf_addf(out, "text\n%s\n", strbuf_str(&log));
	add_fence(out, strbuf_str(&log));
	strbuf_addstr(out, "\n\n</details>\n");
}

static void add_gate(struct strbuf *out, const struct gate_state *gate)
{
	strbuf_addf(out, "| %s | ",
		    !gate->failed      ? "\xe2\x9c\x85"
		    : gate->is_warning ? "\xe2\x9a\xa0\xef\xb8\x8f"
				       : "\xe2\x9d\x8c");
	add_plain(out, gate->step);
	strbuf_addstr(out, " | ");
	add_plain(out, gate->gate);
	strbuf_addstr(out, " | ");
	add_plain(out, gate->expected ? gate->expected : "");
	strbuf_addstr(out, " | ");
	if (gate->failed && gate->message)
		add_plain(out, gate->message);
	if (gate->failed && gate->message && gate->found)
		strbuf_addstr(out, ": ");
	if (gate->found)
		add_plain(out, gate->found);
	strbuf_addstr(out, " |\n");
}

static void add_gates(const struct report *report, struct strbuf *out)
{
	const struct run_state *state = &report->state;
	struct gate_counts counts = state_count_gates(state);
	size_t n_rows = 0;

	if (!state->gates.n)
		return;
	strbuf_addf(out, "\nGates: %u held, %u failed, %u warned\n", counts.n_held, counts.n_failed,
		    counts.n_warned);
	if (!counts.n_failed && !counts.n_warned)
		return;
	strbuf_addstr(out, "\n| | step | gate | expected | found |\n"
			   "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < state->gates.n && n_rows < ROWS_MAX; i++)
		if (state->gates.v[i].failed) {
			add_gate(out, &state->gates.v[i]);
			n_rows++;
		}
}

/* "Files: 2 created, 1 modified", then each of them. */
static void add_changes(const struct report *report, struct strbuf *out)
{
	static const char *const words[] = { "created", "modified", "deleted", "made" };
	const char *comma = "";

	if (!report->changes.n)
		return;
	strbuf_addstr(out, "\nFiles: ");
	for (size_t k = 0; k < ARRAY_SIZE(words); k++) {
		size_t n = 0;

		for (size_t i = 0; i < report->changes.n; i++)
			n += !strcmp(report->changes.v[i].how, words[k]);
		if (n)
			strbuf_addf(out, "%s%zu %s", comma, n, words[k]);
		comma = n ? ", " : comma;
	}
	strbuf_addstr(out, "\n\n");
	for (size_t i = 0; i < report->changes.n && i < ROWS_MAX; i++) {
		strbuf_addstr(out, "- ");
		add_plain(out, report->changes.v[i].path);
		strbuf_addf(out, " %s\n", report->changes.v[i].how);
	}
	if (report->changes.n > ROWS_MAX)
		strbuf_addf(out, "- and %zu more\n", report->changes.n - ROWS_MAX);
}

static void add_headline(const struct report *report, struct strbuf *out)
{
	const struct run_state *s = &report->state;
	const struct {
		uint32_t n;
		const char *word;
	} counts[] = {
		{ s->n_cached, "cached" },	 { s->n_restored, "restored" },
		{ s->n_failed, "failed" },	 { s->n_skipped, "skipped" },
		{ s->n_cancelled, "cancelled" }, { s->n_unknown, "unknown" },
		{ s->n_retries, "retried" },
	};

	strbuf_addstr(out, "### ");
	add_plain(out, s->workflow ? s->workflow : "run");
	strbuf_addf(out, " %s after ", run_status_name(s->status));
	duration_format(out, state_work_ms(s, s->active_ms));
	strbuf_addf(out, "\n\n%u run", s->n_ran);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (counts[i].n)
			strbuf_addf(out, ", %u %s", counts[i].n, counts[i].word);
	}
	if (s->run) {
		strbuf_addstr(out, " \xc2\xb7 ");
		add_plain(out, s->run);
	}
	if (s->expected_ms && state_work_ms(s, s->active_ms) > s->expected_ms) {
		strbuf_addstr(out, "\n\nIt took longer than the expected ");
		duration_format(out, s->expected_ms);
		strbuf_addch(out, '.');
	}
	strbuf_addstr(out, "\n\n");
}

void markdown_render(const struct report *report, const char *logs_dir, struct strbuf *out)
{
	unsigned n_shown = 0;

	add_headline(report, out);
	if (report->state.steps.n)
		add_table(report, out);
	add_gates(report, out);
	add_changes(report, out);
	for (size_t i = 0; i < report->state.steps.n && n_shown < FAILURES_MAX; i++) {
		const struct step_state *step = report->state.steps.v[i];

		if (step->status != STEP_FAILED || report_is_mute(report, step))
			continue;
		add_failure(step, logs_dir, out);
		n_shown++;
	}
	/* A summary is written as Markdown: that is what it is for. */
	for (size_t i = 0; i < report->texts.n; i++)
		strbuf_addf(out, "\n%s\n", report->texts.v[i].text);
}
