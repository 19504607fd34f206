/*
 * The lines of the run as a whole, and what all lines are made with.
 */
#include <signal.h>
#include <string.h>

#include "console_impl.h"
#include "lines_impl.h"
#include "report/summary.h"

#define RIGHT_EDGE_MAX 100 /* on a wide screen the eye must still find the line */
#define ID_COLUMNS_MAX 28
#define ID_COLUMNS_MIN 12

size_t lines_right_edge(const struct console *c)
{
	size_t columns = c->columns - 1;

	if (!c->options.is_live)
		return 0;
	return columns < RIGHT_EDGE_MAX ? columns : RIGHT_EDGE_MAX;
}

bool lines_add_right(const struct console *c, struct line *line, enum role role, const char *text)
{
	size_t width = style_width(&c->style, text, strlen(text)), edge = lines_right_edge(c);

	if (edge && line->width + 2 + width > edge)
		return false;
	line_pad_to(line, edge ? edge - width : 0, 2);
	line_add(line, role, text);
	return true;
}

void lines_begin(const struct console *c, struct line *line, enum role role, enum glyph glyph,
		 const char *id)
{
	line_init(line, &c->style, 0);
	line_add_glyph(line, role, glyph);
	line_add(line, ROLE_PLAIN, " ");
	line_add(line, ROLE_PLAIN, id);
	line_pad_to(line, 2 + c->id_columns, 0);
	line_add(line, ROLE_PLAIN, "  ");
}

const char *lines_signal_name(int signo)
{
	static const struct {
		int signo;
		const char *name;
	} names[] = {
		{ SIGHUP, "SIGHUP" },	{ SIGINT, "SIGINT" },	{ SIGQUIT, "SIGQUIT" },
		{ SIGILL, "SIGILL" },	{ SIGTRAP, "SIGTRAP" }, { SIGABRT, "SIGABRT" },
		{ SIGBUS, "SIGBUS" },	{ SIGFPE, "SIGFPE" },	{ SIGKILL, "SIGKILL" },
		{ SIGUSR1, "SIGUSR1" }, { SIGSEGV, "SIGSEGV" }, { SIGUSR2, "SIGUSR2" },
		{ SIGPIPE, "SIGPIPE" }, { SIGALRM, "SIGALRM" }, { SIGTERM, "SIGTERM" },
		{ SIGXCPU, "SIGXCPU" }, { SIGXFSZ, "SIGXFSZ" }, { SIGSYS, "SIGSYS" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].signo == signo)
			return names[i].name;
	return NULL;
}

/* ---- The headline ---- */

size_t lines_measure_ids(const struct console *c)
{
	const struct plan *plan = c->options.plan;
	size_t widest = plan ? 0 : ID_COLUMNS_MIN + 8, limit = ID_COLUMNS_MAX, i;

	for (i = 0; plan && i < plan->nodes.n && widest < limit; i++) {
		const struct node *node = plan->nodes.v[i];
		size_t width = node->kind == NODE_STEP && node->is_selected
				       ? style_width(&c->style, node->id, strlen(node->id))
				       : 0;

		widest = width > widest ? width : widest;
	}
	if (c->options.is_live && c->columns / 3 < limit)
		limit = c->columns / 3;
	widest = widest > ID_COLUMNS_MIN ? widest : ID_COLUMNS_MIN;
	return widest < limit ? widest : limit;
}

static void add_run_id(const struct console *c, struct line *line)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (!c->state.run)
		return;
	strbuf_addf(&text, "run %s", c->state.run);
	if (lines_add_right(c, line, ROLE_DIM, strbuf_str(&text)))
		return;
	strbuf_clear(&text);
	strbuf_addf(&text, "run %s", summary_short_run(c->state.run));
	lines_add_right(c, line, ROLE_DIM, strbuf_str(&text));
}

void lines_headline(struct console *c)
{
	const char *workflow = c->state.workflow;
	struct line line;

	if (c->has_headline)
		return;
	c->has_headline = true;
	c->id_columns = lines_measure_ids(c);
	if (c->options.verbosity == CONSOLE_QUIET)
		return;
	if (!workflow)
		workflow = c->options.plan ? c->options.plan->wf->id : "run";
	line_init(&line, &c->style, lines_right_edge(c));
	line_add(&line, ROLE_STRONG, workflow);
	if (c->options.params && *c->options.params) {
		/* The short form of the run's id always finds room beside parameters that are cut. */
		line.columns = line.columns > 30 ? line.columns - 14 : line.columns;
		line_add(&line, ROLE_PLAIN, "  ");
		line_add(&line, ROLE_PLAIN, c->options.params);
		line.columns = lines_right_edge(c);
		line.is_full = false;
	}
	add_run_id(c, &line);
	line_finish(&line, &c->pending);
}

/* ---- The run ---- */

void lines_cancelled(struct console *c, const struct event *event)
{
	const char *name = lines_signal_name(event->signal);
	struct line line;

	fold_write(c);
	line_init(&line, &c->style, 0);
	line_add_glyph(&line, ROLE_WARN, GLYPH_CANCELLED);
	line_add(&line, ROLE_WARN, " stopping");
	if (event->text)
		line_addf(&line, ROLE_PLAIN, ": %s", event->text);
	else if (name)
		line_addf(&line, ROLE_PLAIN, ": %s", name);
	if (event->signal == SIGINT && c->running.n)
		line_add(&line, ROLE_DIM, " (once more kills what still runs)");
	line_finish(&line, &c->pending);
}

/* What stands on several lines is shown on one. */
static void add_side(struct console *c, const char *word, const char *text)
{
	struct line line;

	if (!text)
		return;
	line_init(&line, &c->style, 0);
	line_addf(&line, ROLE_DIM, "    %-9s ", word);
	line_add(&line, ROLE_PLAIN, text);
	line_finish(&line, &c->pending);
}

void lines_note(struct console *c, const struct event *event)
{
	struct line line;

	line_init(&line, &c->style, 0);
	line_add(&line, ROLE_WARN, "note: ");
	if (event->step)
		line_addf(&line, ROLE_PLAIN, "%s: ", event->step);
	line_add(&line, ROLE_PLAIN, event->text ? event->text : "");
	line_finish(&line, &c->notes);
}

/* "✗ test  requires[1] commands: no jq; expected make jq" */
void lines_gate(struct console *c, const struct event *event)
{
	bool failed = event->status != STEP_PASSED;
	bool is_bad = failed && !event->is_warning;
	struct line line;

	if (!failed && c->options.verbosity != CONSOLE_VERBOSE)
		return;
	if (!is_bad && c->options.verbosity == CONSOLE_QUIET)
		return;
	fold_write(c);
	lines_begin(c, &line,
		    is_bad   ? ROLE_BAD
		    : failed ? ROLE_WARN
			     : ROLE_GOOD,
		    is_bad   ? GLYPH_FAILED
		    : failed ? GLYPH_CANCELLED
			     : GLYPH_PASSED,
		    event->step);
	line_add(&line, is_bad ? ROLE_BAD : failed ? ROLE_WARN : ROLE_DIM, event->gate);
	if (failed && !is_bad)
		line_add(&line, ROLE_WARN, " (warning)");
	if (event->text)
		line_addf(&line, ROLE_PLAIN, ": %s", event->text);
	line_finish(&line, &c->pending);
	if (!failed)
		return;
	add_side(c, "expected", event->expected);
	add_side(c, "found", event->found);
}

void lines_heartbeat(struct console *c, int64_t now_ms)
{
	struct line line;
	size_t i;

	if (c->options.verbosity == CONSOLE_QUIET)
		return;
	line_init(&line, &c->style, 0);
	line_add_glyph(&line, ROLE_DIM, GLYPH_ELLIPSIS);
	line_add(&line, ROLE_PLAIN, " ");
	block_add_counts(c, now_ms, &line);
	for (i = 0; i < c->running.n && i < 4; i++) {
		const struct running *running = c->running.v[i];

		line_add(&line, ROLE_PLAIN, i ? ", " : "  ");
		line_addf(&line, ROLE_PLAIN, "%s ", running->state->id);
		if (running->again_ms)
			line_add(&line, ROLE_DIM, "waits");
		else
			line_add_duration(&line, ROLE_DIM, (uint64_t)(now_ms - running->since_ms));
	}
	if (i < c->running.n)
		line_addf(&line, ROLE_DIM, " and %zu more", c->running.n - i);
	line_finish(&line, &c->pending);
}
