/*
 * What can be done next with a run that did not pass: commands to copy, and what each of them does.
 */
#include "ways_impl.h"

#include <string.h>

#include "base/shword.h"
#include "event/wait.h"
#include "report/summary.h"

#define LOGS_MAX	3
#define WAY_COLUMNS_MAX 60

/* The commands that lead on; the run follows, and the step where there is a way for each failure. */
static const struct way {
	unsigned when;
	const char *command, *what;
} ways[] = {
	{ WAY_FAILED | WAY_EACH_FAILED, "git wf log", "the whole output" },
	{ WAY_FAILED | WAY_RESUME, "git wf resume", "retry from here; what passed stays" },
	{ WAY_STOPPED | WAY_RESUME, "git wf resume", "go on from here; what passed stays" },
	{ WAY_WAITING, "git wf resume", "then go on; what passed stays" },
	{ WAY_FAILED | WAY_SKIP, "git wf resume", "go on without what failed" },
	{ WAY_BACK, "git wf rollback", "put the tree back as it was before the run" },
	{ WAY_FAILED | WAY_ABORT, "git wf resume", "end it for good" },
};

static const struct way way_to_others = { WAY_FAILED, "git wf status", "how all steps ended" };

static const struct way way_to_redo = { WAY_RESUME, "git wf resume",
					"run again what may have run" },
			way_to_take_as_done = { WAY_RESUME, "git wf resume",
						"take it as finished" };

static const struct way way_to_undo = { WAY_UNDO, "git wf undo", "take the rollback back" };

static const struct way way_to_retry = { WAY_WAITING, "git wf answer", "try it again" },
			way_to_answer = { WAY_WAITING, "git wf answer", "answer the question" },
			way_to_approve = { WAY_WAITING, "git wf approve", "say yes" },
			way_to_reject = { WAY_WAITING, "git wf reject", "or no" },
			way_to_accept = { WAY_WAITING, "git wf approve", "take it as done" },
			way_to_skip = { WAY_WAITING, "git wf skip", "go on without it" },
			way_to_fail = { WAY_WAITING, "git wf reject", "let it fail" },
			way_to_resume = { WAY_WAITING, "git wf resume", "answer it at a terminal" };

enum { ASKED_MAX = 8, WAYS_MAX = LOGS_MAX + 4 + ARRAY_SIZE(ways) + 4 * ASKED_MAX };

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

static bool is_unknown(const struct step_state *step)
{
	return step->status == STEP_UNKNOWN && !step->is_group;
}

/* All that are meant in one command: "git wf resume 3f9c5a --skip a --skip b". */
static void show_way_for(struct shown *shown, const struct way *way, const struct run_state *state,
			 bool (*is_meant)(const struct step_state *step), const char *option)
{
	struct strbuf *command = &shown->commands[shown->n];
	size_t n = 0;

	for (size_t i = 0; i < state->steps.n; i++)
		n += is_meant(state->steps.v[i]);
	if (!n || n > LOGS_MAX)
		return;
	show_way(shown, way, summary_short_run(state->run), NULL);
	for (size_t i = 0; i < state->steps.n; i++) {
		if (!is_meant(state->steps.v[i]))
			continue;
		strbuf_addf(command, " %s ", option);
		shword_add(command, state->steps.v[i]->id);
	}
}

/* Without a word about those nothing goes on. */
static void show_ways_of_unknown(struct shown *shown, const struct run_state *state)
{
	if (state->n_unknown > LOGS_MAX)
		show_way(shown, &way_to_others, summary_short_run(state->run), NULL);
	show_way_for(shown, &way_to_redo, state, is_unknown, "--retry");
	show_way_for(shown, &way_to_take_as_done, state, is_unknown, "--done");
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
	struct style unbroken = *style; /* the command is to be copied */
	struct line line;

	unbroken.columns = 0;
	line_init(&line, &unbroken, 0);
	line_add(&line, ROLE_PLAIN, "  ");
	line_add(&line, ROLE_STRONG, command);
	if (is_narrow) {
		line_finish(&line, out);
		line_init(&line, style, 0);
		columns = 2;
	}
	line_pad_to(&line, 2 + columns, 0);
	line_add(&line, ROLE_PLAIN, "  ");
	line_add(&line, ROLE_DIM, what);
	line_finish(&line, out);
}

void ways_add(const struct style *style, const struct run_state *state, unsigned when,
	      struct strbuf *out)
{
	struct shown shown = { 0 };
	size_t i, columns;
	bool is_narrow;

	if (when & WAY_WAITING)
		show_ways_to_answer(&shown, state);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!(ways[i].when & when) ||
		    ((when & WAY_OF_GIT) && (ways[i].when & (WAY_RESUME | WAY_SKIP | WAY_ABORT))))
			continue;
		if (ways[i].when & WAY_EACH_FAILED)
			show_failed_ways(&shown, &ways[i], state);
		else if (ways[i].when & WAY_SKIP)
			show_way_for(&shown, &ways[i], state, may_be_skipped, "--skip");
		else if (ways[i].when & WAY_ABORT)
			show_way_to_abort(&shown, &ways[i], state);
		else if (ways[i].when & WAY_RESUME && state->n_unknown)
			show_ways_of_unknown(&shown, state);
		else
			show_way(&shown, &ways[i], summary_short_run(state->run), NULL);
	}
	if (when & WAY_UNDO)
		show_way(&shown, &way_to_undo, NULL, NULL);
	columns = measure_ways(style, &shown);
	is_narrow = is_too_narrow(&shown, columns, style->columns);
	for (i = 0; i < shown.n; i++) {
		add_way(style, strbuf_str(&shown.commands[i]), shown.what[i], columns, is_narrow,
			out);
		strbuf_release(&shown.commands[i]);
	}
}
