/*
 * The last words about a run.
 */
#include "report/summary.h"

#include <string.h>

#include "base/shword.h"
#include "base/timefmt.h"
#include "event/stretch.h"
#include "event/wait.h"
#include "style_impl.h"

#define LOGS_MAX	   3
#define WAY_COLUMNS_MAX	   60
#define EFFICIENCY_FROM_MS 1000 /* a shorter run tells more of the machine than of the workflow */

const char *summary_short_run(const char *run)
{
	const char *dash = strrchr(run, '-');

	return dash && dash[1] ? dash + 1 : run;
}

void summary_nothing_to_do(struct strbuf *out, const char *workflow, uint32_t n_cached,
			   uint32_t n_skipped)
{
	uint32_t n = n_cached + n_skipped;

	strbuf_addf(out, "%s: nothing to do (", workflow ? workflow : "run");
	if (!n)
		strbuf_addstr(out, "no steps");
	else if (n_cached && n_skipped)
		strbuf_addf(out, "%u steps: %u cached, %u skipped", n, n_cached, n_skipped);
	else
		strbuf_addf(out, "%u step%s %s", n, n == 1 ? "," : "s, all",
			    n_cached ? "cached" : "skipped");
	strbuf_addstr(out, ")\n");
}

int summary_efficiency(const struct run_state *state, uint64_t wall_ms, uint32_t jobs)
{
	uint64_t work_ms = 0;
	size_t i;

	for (i = 0; i < state->steps.n; i++)
		if (state->steps.v[i]->started_ms && !state->steps.v[i]->is_group)
			work_ms += state->steps.v[i]->duration_ms;
	if (!jobs || !wall_ms || !work_ms)
		return -1;
	work_ms = (uint64_t)(100.0 * (double)work_ms / ((double)wall_ms * jobs) + 0.5);
	return work_ms < 100 ? (int)work_ms : 100;
}

static void add_line(struct strbuf *out, struct line *line)
{
	strbuf_add(out, strbuf_str(&line->text), line->text.len);
	strbuf_addch(out, '\n');
	line_release(line);
}

/* "4 steps run, 1 cached, 1 failed, 2 retries" */
static void add_counts(struct line *line, const struct run_state *s)
{
	const struct {
		uint32_t n;
		const char *word;
		enum role role;
	} counts[] = {
		{ s->n_cached, "cached", ROLE_PLAIN },
		{ s->n_restored, "restored", ROLE_PLAIN },
		{ s->n_failed, "failed", ROLE_BAD },
		{ s->n_skipped, "skipped", ROLE_PLAIN },
		{ s->n_cancelled, "cancelled", ROLE_WARN },
		{ s->n_unknown, "unknown", ROLE_WARN },
		{ s->n_retries, s->n_retries == 1 ? "retry" : "retries", ROLE_PLAIN },
	};
	size_t i;

	line_addf(line, ROLE_PLAIN, "%u step%s run", s->n_ran, s->n_ran == 1 ? "" : "s");
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		if (!counts[i].n)
			continue;
		line_add(line, ROLE_PLAIN, ", ");
		line_addf(line, counts[i].role, "%u %s", counts[i].n, counts[i].word);
	}
}

static void add_efficiency(const struct style *style, const struct run_state *state,
			   const struct summary_options *options, struct strbuf *out)
{
	struct line line;

	int percent = summary_efficiency(state, options->duration_ms, options->jobs);

	/* Fewer steps than jobs cannot fill them, however good the graph is. */
	if (percent < 0 || options->jobs < 2 || state->n_ran <= options->jobs)
		return;
	if (options->duration_ms < EFFICIENCY_FROM_MS && !options->is_verbose)
		return;
	line_init(&line, style, 0);
	line_addf(&line, ROLE_DIM, "Parallel efficiency %d%% (-j%u).", percent, options->jobs);
	add_line(out, &line);
}

/* ---- What next ---- */

enum {
	WAY_FAILED = 1,
	WAY_STOPPED = 2,
	WAY_EACH_FAILED = 4,
	WAY_WAITING = 8,
	WAY_BACK = 16,
	WAY_UNDO = 32,
	WAY_SKIP = 64,
	WAY_ABORT = 128
};

/* The commands that lead on; the run follows, and the step where there is a way for each failure. */
static const struct way {
	unsigned when;
	const char *command, *what;
} ways[] = {
	{ WAY_FAILED | WAY_EACH_FAILED, "git wf log", "the whole output" },
	{ WAY_FAILED, "git wf resume", "retry from here; what passed stays" },
	{ WAY_STOPPED, "git wf resume", "go on from here; what passed stays" },
	{ WAY_WAITING, "git wf resume", "then go on; what passed stays" },
	{ WAY_FAILED | WAY_SKIP, "git wf resume", "go on without what failed" },
	{ WAY_BACK, "git wf rollback", "put the tree back as it was before the run" },
	{ WAY_FAILED | WAY_ABORT, "git wf resume", "end it for good" },
};

static const struct way way_to_others = { WAY_FAILED, "git wf status", "how all steps ended" };

static const struct way way_to_undo = { WAY_UNDO, "git wf undo", "take the rollback back" };

static const struct way way_to_retry = { WAY_WAITING, "git wf answer", "try it again" },
			way_to_answer = { WAY_WAITING, "git wf answer", "answer the question" },
			way_to_approve = { WAY_WAITING, "git wf approve", "say yes" },
			way_to_reject = { WAY_WAITING, "git wf reject", "or no" },
			way_to_accept = { WAY_WAITING, "git wf approve", "take it as done" },
			way_to_skip = { WAY_WAITING, "git wf skip", "go on without it" },
			way_to_fail = { WAY_WAITING, "git wf reject", "let it fail" },
			way_to_resume = { WAY_WAITING, "git wf resume", "answer it at a terminal" };

enum { ASKED_MAX = 8, WAYS_MAX = LOGS_MAX + 2 + ARRAY_SIZE(ways) + 4 * ASKED_MAX };

struct shown { /* the ways that are shown, before they are lined up */
	struct strbuf commands[WAYS_MAX];
	const char *what[WAYS_MAX];
	size_t n;
};

static void show_way(struct shown *shown, const struct way *way, const char *run, const char *step)
{
	struct strbuf *command = &shown->commands[shown->n];

	shown->what[shown->n++] = way->what;
	strbuf_addstr(command, way->command);
	if (run)
		strbuf_addf(command, " %s", run);
	if (!step)
		return;
	strbuf_addch(command, ' ');
	shword_add(command, step);
}

static void show_failed_ways(struct shown *shown, const struct way *way,
			     const struct run_state *state)
{
	size_t i, n = 0;

	for (i = 0; i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];

		if (step->status != STEP_FAILED || step->is_group || !step->log)
			continue;
		if (n++ == LOGS_MAX) {
			show_way(shown, &way_to_others, summary_short_run(state->run), NULL);
			return;
		}
		show_way(shown, way, summary_short_run(state->run), step->id);
	}
}

/* One of the workflow's own, not what something calls, nor gates: "build.on_failure.tell" */
static bool may_be_skipped(const struct step_state *step)
{
	return step->status == STEP_FAILED && !step->is_group && !step->called_by &&
	       step->id[strcspn(step->id, "[.")] != '.';
}

/* All that failed in one command: what failed and is not skipped is tried again. */
static void show_way_to_skip(struct shown *shown, const struct way *way,
			     const struct run_state *state)
{
	size_t n = 0;

	for (size_t i = 0; i < state->steps.n; i++)
		n += may_be_skipped(state->steps.v[i]);
	if (!n || n > LOGS_MAX)
		return;
	show_way(shown, way, summary_short_run(state->run), NULL);
	for (size_t i = 0; i < state->steps.n; i++) {
		if (!may_be_skipped(state->steps.v[i]))
			continue;
		strbuf_addstr(&shown->commands[shown->n - 1], " --skip ");
		shword_add(&shown->commands[shown->n - 1], state->steps.v[i]->id);
	}
}

static void show_way_to_abort(struct shown *shown, const struct way *way,
			      const struct run_state *state)
{
	show_way(shown, way, summary_short_run(state->run), NULL);
	strbuf_addstr(&shown->commands[shown->n - 1], " --abort");
}

static void show_ways_to_answer(struct shown *shown, const struct run_state *state)
{
	const char *run = summary_short_run(state->run);
	size_t i, n = 0;

	for (i = 0; i < state->steps.n && n < ASKED_MAX; i++) {
		const struct step_state *step = state->steps.v[i];

		if (step->status != STEP_WAITING || !step->wait)
			continue;
		n++;
		if (step->wait->is_secret) {
			show_way(shown, &way_to_resume, run, NULL);
		} else if (wait_is_escalation(step->wait->kind)) {
			show_way(shown, &way_to_retry, run, step->id);
			strbuf_addstr(&shown->commands[shown->n - 1], " retry");
			show_way(shown, &way_to_accept, run, step->id);
			show_way(shown, &way_to_skip, run, step->id);
			show_way(shown, &way_to_fail, run, step->id);
		} else if (!strcmp(step->wait->kind, WAIT_ANSWER)) {
			show_way(shown, &way_to_answer, run, step->id);
			strbuf_addstr(&shown->commands[shown->n - 1], " TEXT");
		} else {
			show_way(shown, &way_to_approve, run, step->id);
			show_way(shown, &way_to_reject, run, step->id);
		}
	}
}

/* What the commands do stands in one column; a long one must not push that off the screen. */
static size_t measure_ways(const struct style *style, const struct shown *shown)
{
	size_t widest = 0, i;

	for (i = 0; i < shown->n; i++) {
		const struct strbuf *command = &shown->commands[i];
		size_t width = style_width(style, command->buf, command->len);

		if (width > widest && width <= WAY_COLUMNS_MAX)
			widest = width;
	}
	return widest;
}

/* What each does has a line of its own where both do not fit. */
static bool is_too_narrow(const struct shown *shown, size_t columns, size_t terminal)
{
	for (size_t i = 0; terminal && i < shown->n; i++)
		if (columns + strlen(shown->what[i]) + 4 > terminal)
			return true;
	return false;
}

static void add_way(const struct style *style, const char *command, const char *what,
		    size_t columns, bool is_narrow, struct strbuf *out)
{
	struct line line;

	line_init(&line, style, 0);
	line_add(&line, ROLE_PLAIN, "  ");
	line_add(&line, ROLE_STRONG, command);
	if (is_narrow) {
		add_line(out, &line);
		line_init(&line, style, 0);
		columns = 2;
	}
	line_pad_to(&line, 2 + columns, 0);
	line_add(&line, ROLE_PLAIN, "  ");
	line_add(&line, ROLE_DIM, what);
	add_line(out, &line);
}

static void add_ways(const struct style *style, const struct run_state *state, unsigned when,
		     size_t terminal, struct strbuf *out)
{
	struct shown shown = { 0 };
	size_t i, columns;
	bool is_narrow;

	if (when & WAY_WAITING)
		show_ways_to_answer(&shown, state);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!(ways[i].when & when))
			continue;
		if (ways[i].when & WAY_EACH_FAILED)
			show_failed_ways(&shown, &ways[i], state);
		else if (ways[i].when & WAY_SKIP)
			show_way_to_skip(&shown, &ways[i], state);
		else if (ways[i].when & WAY_ABORT)
			show_way_to_abort(&shown, &ways[i], state);
		else
			show_way(&shown, &ways[i], summary_short_run(state->run), NULL);
	}
	if (when & WAY_UNDO)
		show_way(&shown, &way_to_undo, NULL, NULL);
	columns = measure_ways(style, &shown);
	is_narrow = is_too_narrow(&shown, columns, terminal);
	for (i = 0; i < shown.n; i++) {
		add_way(style, strbuf_str(&shown.commands[i]), shown.what[i], columns, is_narrow,
			out);
		strbuf_release(&shown.commands[i]);
	}
}

/* ---- The words themselves ---- */

static const char *strategy_of_failure(const struct run_state *state, const struct plan *plan)
{
	static const char *const words[] = { [ON_FAILURE_ABORT] = "abort",
					     [ON_FAILURE_CONTINUE] = "continue",
					     [ON_FAILURE_ROLLBACK] = "rollback",
					     [ON_FAILURE_FIX] = "fix_and_retry",
					     [ON_FAILURE_ESCALATE] = "escalate" };
	size_t i;

	for (i = 0; plan && i < state->steps.n; i++) {
		const struct step_state *step = state->steps.v[i];
		const struct node *node = step->status == STEP_FAILED
						  ? strmap_get(&plan->by_id, step->id)
						  : NULL;

		if (node)
			return words[node->step->on_failure];
	}
	return NULL;
}

static void add_step_texts(const struct style *style, const char *texts, struct strbuf *out)
{
	while (*texts) {
		size_t len = strcspn(texts, "\n"),
		       end = len && texts[len - 1] == '\r' ? len - 1 : len;

		style_add_visible(style, out, texts, end);
		strbuf_addch(out, '\n');
		texts += len + (texts[len] == '\n');
	}
	strbuf_addch(out, '\n');
}

static const struct {
	const char *word;
	enum role role;
} endings[RUN_STATUSES] = {
	[RUN_RUNNING] = { "Not ended", ROLE_WARN },
	[RUN_PASSED] = { "Passed", ROLE_GOOD },
	[RUN_FAILED] = { "Failed", ROLE_BAD },
	[RUN_CANCELLED] = { "Cancelled", ROLE_WARN },
	[RUN_INTERRUPTED] = { "Interrupted", ROLE_WARN },
	[RUN_PAUSED] = { "Paused", ROLE_WARN },
};

/* "Gates: 5 hold, 1 failed, 2 warned." */
static void add_gate_counts(const struct style *style, const struct run_state *state,
			    struct strbuf *out)
{
	struct gate_counts counts = state_count_gates(state);
	struct line line;

	if (!state->gates.n)
		return;
	line_init(&line, style, 0);
	line_addf(&line, ROLE_DIM, "Gates: %u held", counts.n_held);
	if (counts.n_failed)
		line_addf(&line, ROLE_BAD, ", %u failed", counts.n_failed);
	if (counts.n_warned)
		line_addf(&line, ROLE_WARN, ", %u warned", counts.n_warned);
	line_add(&line, ROLE_DIM, ".");
	add_line(out, &line);
}

static void add_expected(const struct style *style, const struct summary_options *options,
			 struct strbuf *out)
{
	uint64_t expected_ms = options->plan ? options->plan->wf->expected_ms : 0;
	struct line line;

	if (!expected_ms || options->duration_ms <= expected_ms)
		return;
	line_init(&line, style, 0);
	line_add(&line, ROLE_WARN, "It took longer than the expected ");
	line_add_duration(&line, ROLE_WARN, expected_ms);
	line_add(&line, ROLE_WARN, ".");
	add_line(out, &line);
}

static void add_ending(const struct style *style, const struct run_state *state,
		       const struct summary_options *options, struct strbuf *out)
{
	struct line line;

	line_init(&line, style, 0);
	line_add(&line, endings[state->status].role, endings[state->status].word);
	line_add(&line, ROLE_PLAIN, " after ");
	line_add_duration(&line, ROLE_PLAIN, options->duration_ms);
	if (state->status == RUN_PAUSED && state->n_waiting)
		line_addf(&line, ROLE_PLAIN, ", %u step%s for a person", state->n_waiting,
			  state->n_waiting == 1 ? " waits" : "s wait");
	if (options->why)
		line_addf(&line, ROLE_PLAIN, " (%s)", options->why);
	line_add(&line, ROLE_PLAIN, ": ");
	add_counts(&line, state);
	line_add(&line, ROLE_PLAIN, ".");
	add_line(out, &line);
	add_gate_counts(style, state, out);
	add_expected(style, options, out);
	add_efficiency(style, state, options, out);
}

/* "7 paths were rolled back" of this part of the run. */
static void add_rolled_back(const struct run_state *state, struct strbuf *out)
{
	const struct rollback_state *last = state->rollbacks.n ? vec_last(&state->rollbacks) : NULL;

	if (!last || last->at_ms < state->part_ms || !last->is_done) {
		strbuf_addstr(out, last && !last->is_done ? "The rollback was cut off"
							  : "Nothing was rolled back");
		return;
	}
	strbuf_addf(out, "%u path%s rolled back", last->n_files - last->n_left,
		    last->n_files - last->n_left == 1 ? " was" : "s were");
	if (last->n_left)
		strbuf_addf(out, ", %u left as you have them", last->n_left);
}

/* An agent that went too far is put back whatever its step says of failures. */
static bool tells_strategy(const struct run_state *state, const char *strategy)
{
	const struct rollback_state *last = state->rollbacks.n ? vec_last(&state->rollbacks) : NULL;

	return !last || last->at_ms < state->part_ms || !strcmp(strategy, "rollback");
}

static bool has_way_back(const struct run_state *state)
{
	struct stretches stretches = { 0 };
	bool has;

	stretch_list(state, &stretches);
	has = stretches.list.n > 0;
	vec_release(&stretches.list);
	return has;
}

void summary_render(const struct run_state *state, const struct summary_options *options,
		    struct strbuf *out)
{
	struct style style = { options->use_color, options->use_utf8 };
	bool failed = state->status == RUN_FAILED;
	unsigned when = failed						  ? WAY_FAILED
			: state->status == RUN_PAUSED && state->n_waiting ? WAY_WAITING
									  : WAY_STOPPED;
	const char *strategy = strategy_of_failure(state, options->plan);

	strbuf_addch(out, '\n');
	if (options->step_texts)
		add_step_texts(&style, options->step_texts, out);
	add_ending(&style, state, options, out);
	if (state->status == RUN_PASSED || !state->run)
		return;
	if (state->status != RUN_PAUSED) {
		add_rolled_back(state, out);
		if (failed && strategy && tells_strategy(state, strategy))
			strbuf_addf(out, " (on_failure: %s)", strategy);
		strbuf_addstr(out, ". ");
	}
	strbuf_addstr(out, "What next:\n");
	if (has_way_back(state))
		when |= WAY_BACK;
	if (state->rollbacks.n && vec_last(&state->rollbacks)->at_ms >= state->part_ms)
		when |= WAY_UNDO;
	add_ways(&style, state, when, options->columns, out);
}
