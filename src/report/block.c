/*
 * What the live block says: a line for each step that runs, then how far the run is.
 */
#include <string.h>

#include "base/timefmt.h"
#include "console_impl.h"

#define BAR_COLUMNS	  31
#define BAR_COLUMNS_MIN	  8
#define ESTIMATE_EVERY_MS 1000
#define TIME_COLUMNS	  7

/* ---- The time left ---- */

static uint64_t left_of(const struct console *c, const struct node *node, int64_t now_ms,
			uint64_t expected_ms)
{
	const struct step_state *step = state_step(&c->state, node->id);
	uint64_t elapsed_ms = 0;
	size_t i;

	if (step && step_status_is_final(step->status))
		return 0;
	for (i = 0; step && i < c->running.n; i++)
		if (c->running.v[i]->state == step)
			elapsed_ms = (uint64_t)(now_ms - c->running.v[i]->since_ms);
	return expected_ms > elapsed_ms ? expected_ms - elapsed_ms : 0;
}

/* No run ends before its longest path nor before its work is shared out: the larger of both. False
 * where too little is known. */
static bool estimate_left(const struct console *c, int64_t now_ms, uint64_t *left_ms)
{
	const struct plan *plan = c->options.plan;
	uint64_t work_ms = 0, path_ms = 0;
	size_t n_known = 0, n_left = 0, i;

	for (i = 0; plan && i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];
		const struct step_state *step;
		uint64_t path;

		if (node->kind != NODE_STEP || !node->is_selected)
			continue;
		step = state_step(&c->state, node->id);
		if (step && step_status_is_final(step->status))
			continue;
		n_left++;
		n_known += node->duration_ms > 0;
		work_ms += left_of(c, node, now_ms, node->duration_ms);
		path = left_of(c, node, now_ms, node->critical_ms);
		path_ms = path > path_ms ? path : path_ms;
	}
	if (!n_left || n_known * 10 < n_left * 8)
		return false;
	work_ms /= c->options.jobs ? c->options.jobs : 1;
	*left_ms = work_ms > path_ms ? work_ms : path_ms;
	return true;
}

/* So coarse that it does not fidget. */
static void add_left(struct strbuf *out, int64_t left_ms)
{
	int64_t step_ms = left_ms > 600000  ? 60000
			  : left_ms > 90000 ? 30000
			  : left_ms > 10000 ? 5000
					    : 0;

	if (!step_ms) {
		strbuf_addstr(out, "a few seconds left");
		return;
	}
	strbuf_addstr(out, "about ");
	duration_format(out, (uint64_t)((left_ms + step_ms - 1) / step_ms * step_ms));
	strbuf_addstr(out, " left");
}

static void update_estimate(struct console *c, int64_t now_ms)
{
	uint64_t left_ms;

	if (c->estimated_ms && now_ms - c->estimated_ms < ESTIMATE_EVERY_MS)
		return;
	c->estimated_ms = now_ms;
	c->end_ms = 0;
	if (estimate_left(c, now_ms, &left_ms) && left_ms < INT32_MAX)
		c->end_ms = now_ms + (int64_t)left_ms;
}

void block_add_counts(struct console *c, int64_t now_ms, struct line *line)
{
	const char *dot = style_glyph(&c->style, GLYPH_DOT);
	CLEANUP(strbuf_release)
	struct strbuf left = STRBUF_INIT;

	line_addf(line, ROLE_PLAIN, "%u/%u", c->state.n_done, console_total(c));
	if (c->state.n_failed) {
		line_addf(line, ROLE_DIM, " %s ", dot);
		line_addf(line, ROLE_BAD, "%u failed", c->state.n_failed);
	}
	update_estimate(c, now_ms);
	if (c->state.cancel_signal || !c->end_ms || c->end_ms - now_ms < 1000)
		return;
	add_left(&left, c->end_ms - now_ms);
	line_addf(line, ROLE_DIM, " %s %s", dot, strbuf_str(&left));
}

/* ---- The lines ---- */

static void add_bar(const struct console *c, struct line *line, size_t columns)
{
	uint64_t total = console_total(c), done = c->state.n_done;
	size_t filled = total ? (size_t)(done * columns / total) : 0, i;

	for (i = 0; i < columns; i++) {
		bool is_done = i < filled;
		enum role role = !is_done ? ROLE_DIM : c->state.n_failed ? ROLE_WARN : ROLE_GOOD;

		if (!i || i == filled)
			style_begin(&c->style, role, &line->text);
		strbuf_addstr(&line->text,
			      style_glyph(&c->style, is_done ? GLYPH_BAR_DONE : GLYPH_BAR_LEFT));
		if (i + 1 == columns || i + 1 == filled)
			style_end(&c->style, role, &line->text);
	}
	line->width += columns;
}

static void compose_total(struct console *c, int64_t now_ms, struct line *line, size_t room)
{
	struct line counts;
	size_t bar;

	line_init(line, &c->style, room);
	line_init(&counts, &c->style, room);
	block_add_counts(c, now_ms, &counts);
	bar = room > counts.width + 2 ? room - counts.width - 2 : 0;
	bar = bar < BAR_COLUMNS ? bar : BAR_COLUMNS;
	if (bar >= BAR_COLUMNS_MIN) {
		add_bar(c, line, bar);
		line_add(line, ROLE_PLAIN, "  ");
	}
	strbuf_add(&line->text, strbuf_str(&counts.text), counts.text.len);
	line->width += counts.width;
	line_release(&counts);
}

/* What the step says of itself: its progress, else the last line it wrote. */
static void add_news(const struct console *c, struct line *line, const struct running *running)
{
	const struct step_state *step = running->state;
	const struct strbuf *last;

	if (step->progress) {
		line_addf(line, ROLE_PLAIN, "%u%% ", step->percent);
		line_add(line, ROLE_DIM, step->progress);
		return;
	}
	last = running->is_streamed ? NULL : tail_last(&running->tail);
	if (step->attempt > 1)
		line_addf(line, ROLE_WARN, "attempt %u/%u%s", step->attempt, step->attempts,
			  last ? "  " : "");
	if (last && c->options.output != CONSOLE_SILENT)
		line_add_n(line, ROLE_DIM, last->buf, last->len);
}

static void add_elapsed(struct line *line, int64_t elapsed_ms)
{
	size_t at = line->width;

	/* Whole seconds: tenths that race catch the eye and tell nothing. */
	if (elapsed_ms < 60000)
		line_addf(line, ROLE_PLAIN, "%ds", (int)(elapsed_ms / 1000));
	else
		line_add_duration(line, ROLE_PLAIN, (uint64_t)elapsed_ms / 1000 * 1000);
	line_pad_to(line, at + TIME_COLUMNS - 2, 0);
	line_add(line, ROLE_PLAIN, "  ");
}

static void compose_step(const struct console *c, int64_t now_ms, struct line *line,
			 const struct running *running, size_t room)
{
	bool waits = running->again_ms > 0;
	int64_t wait_ms = running->again_ms - now_ms;

	line_init(line, &c->style, room);
	line_add_glyph(line, waits ? ROLE_WARN : ROLE_ACTIVE, waits ? GLYPH_RETRY : GLYPH_RUNNING);
	line_add(line, ROLE_PLAIN, " ");
	line->columns = c->id_columns + 2 < room ? c->id_columns + 2 : room;
	line_add(line, ROLE_PLAIN, running->state->id);
	line->columns = room;
	line->is_full = false;
	line_pad_to(line, 2 + c->id_columns, 0);
	line_add(line, ROLE_PLAIN, "  ");
	if (waits) {
		line_addf(line, ROLE_DIM, "again in %ds",
			  (int)(wait_ms > 0 ? (wait_ms + 999) / 1000 : 0));
		return;
	}
	add_elapsed(line, now_ms > running->since_ms ? now_ms - running->since_ms : 0);
	add_news(c, line, running);
}

size_t block_compose(struct console *c, int64_t now_ms, struct line *lines, size_t max)
{
	/* One column stays free, so that no terminal ever wraps. */
	size_t room = c->columns > 1 ? c->columns - 1 : 1, n = 0, shown;

	if (!c->running.n || c->has_ended || c->options.verbosity == CONSOLE_QUIET || max < 2)
		return 0;
	shown = c->running.n <= max - 1 ? c->running.n : max - 2;
	for (; n < shown; n++)
		compose_step(c, now_ms, &lines[n], c->running.v[n], room);
	if (shown < c->running.n) {
		line_init(&lines[n], &c->style, room);
		line_addf(&lines[n++], ROLE_DIM, "  and %zu more", c->running.n - shown);
	}
	compose_total(c, now_ms, &lines[n++], room);
	return n;
}
