/*
 * The last words about a run.
 */
#include "report/summary.h"

#include <string.h>

#include "base/timefmt.h"
#include "event/stretch.h"
#include "style_impl.h"
#include "ways_impl.h"

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
	line_finish(&line, out);
}

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
	line_finish(&line, out);
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
	line_finish(&line, out);
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
	line_finish(&line, out);
	add_gate_counts(style, state, out);
	add_expected(style, options, out);
	add_efficiency(style, state, options, out);
}

/* "7 paths were rolled back" of this part of the run. */
static void add_rolled_back(const struct run_state *state, struct line *line)
{
	const struct rollback_state *last = state->rollbacks.n ? vec_last(&state->rollbacks) : NULL;

	if (!last || last->at_ms < state->part_ms || !last->is_done) {
		line_add(line, ROLE_PLAIN,
			 last && !last->is_done ? "The rollback was cut off"
						: "Nothing was rolled back");
		return;
	}
	line_addf(line, ROLE_PLAIN, "%u path%s rolled back", last->n_files - last->n_left,
		  last->n_files - last->n_left == 1 ? " was" : "s were");
	if (last->n_left)
		line_addf(line, ROLE_PLAIN, ", %u left as you have them", last->n_left);
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

/* "Nothing was rolled back (on_failure: abort). What next:" */
static void add_outcome(const struct style *style, const struct run_state *state,
			const char *strategy, bool has_ways, struct strbuf *out)
{
	const char *next = has_ways ? "What next:" : "";
	struct line line;

	line_init(&line, style, 0);
	if (state->status != RUN_PAUSED) {
		add_rolled_back(state, &line);
		if (strategy && tells_strategy(state, strategy))
			line_addf(&line, ROLE_PLAIN, " (on_failure: %s)", strategy);
		line_add(&line, ROLE_PLAIN, ".");
	}
	if (line.width && style->columns && line.width + 1 + strlen(next) > style->columns) {
		line_finish(&line, out);
		line_init(&line, style, 0);
	}
	line_add(&line, ROLE_PLAIN, line.width && has_ways ? " " : "");
	line_add(&line, ROLE_PLAIN, next);
	line_finish(&line, out);
}

void summary_render(const struct run_state *state, const struct summary_options *options,
		    struct strbuf *out)
{
	struct style style = { options->use_color, options->use_utf8, options->columns };
	bool failed = state->status == RUN_FAILED;
	unsigned when = failed						  ? WAY_FAILED
			: state->status == RUN_PAUSED && state->n_waiting ? WAY_WAITING
									  : WAY_STOPPED;
	const char *strategy = strategy_of_failure(state, options->plan);
	CLEANUP(strbuf_release)
	struct strbuf ways = STRBUF_INIT;

	strbuf_addch(out, '\n');
	if (options->step_texts)
		add_step_texts(&style, options->step_texts, out);
	add_ending(&style, state, options, out);
	if (state->status == RUN_PASSED || !state->run)
		return;
	if (has_way_back(state))
		when |= WAY_BACK;
	if (state->rollbacks.n && vec_last(&state->rollbacks)->at_ms >= state->part_ms)
		when |= WAY_UNDO;
	if (options->is_of_git)
		when |= WAY_OF_GIT;
	ways_add(&style, state, when, &ways);
	add_outcome(&style, state, failed ? strategy : NULL, ways.len > 0, out);
	strbuf_add(out, strbuf_str(&ways), ways.len);
}
