/*
 * The sink that shows a run: keeps the state, gathers lines, and writes them with the live block in
 * one write, at most every PAINT_MS.
 */
#include "report/console.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "console_impl.h"
#include "event/wait.h"
#include "report/summary.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define PAINT_MS      80
#define TICK_MS	      100
#define HEARTBEAT_MS  30000
#define PENDING_MAX   ((size_t)64 << 10)
#define BLOCK_LINES   9
#define SUMMARIES_MAX ((size_t)64 << 10)

void console_options_detect(struct console_options *options, enum tty_color color)
{
	const char *github = getenv("GITHUB_ACTIONS"), *gitlab = getenv("GITLAB_CI");

	memset(options, 0, sizeof *options);
	options->out_fd = 1;
	options->err_fd = 2;
	options->verbosity = CONSOLE_NORMAL;
	options->is_live = tty_has_cursor(1);
	options->use_color = tty_use_color(1, color);
	options->use_utf8 = tty_is_utf8();
	options->use_github = github && !strcmp(github, "true");
	options->use_gitlab = gitlab && !strcmp(gitlab, "true");
}

int64_t console_now_ms(const struct console *c)
{
	if (c->options.now_ms)
		return c->options.now_ms(c->options.data);
	return (int64_t)clock_monotonic_ms();
}

const struct node *console_node(const struct console *c, const char *id)
{
	return c->options.plan && id ? strmap_get(&c->options.plan->by_id, id) : NULL;
}

uint32_t console_total(const struct console *c)
{
	const struct plan *plan = c->options.plan;
	uint32_t n = 0, known = c->state.n_done + c->state.n_running;
	size_t i;

	for (i = 0; plan && i < plan->nodes.n; i++)
		n += plan->nodes.v[i]->kind == NODE_STEP && plan->nodes.v[i]->is_selected &&
		     plan->nodes.v[i]->step->role == ROLE_STEP;
	if (!plan)
		n = c->state.n_expected;
	return n > known ? n : known;
}

/* ---- Writing ---- */

static void write_out(struct console *c, int fd, struct strbuf *text)
{
	struct err err = ERR_INIT;

	if (text->len && c->failure.kind == ERR_NONE &&
	    fs_write_all(fd, text->buf, text->len, &err) < 0) {
		err_wrap(&err, "%s",
			 fd == c->options.err_fd ? "standard error" : "standard output");
		c->failure = err;
	}
	strbuf_clear(text);
}

static void look_at_size(struct console *c)
{
	int columns = 80, rows = 24;

	if (c->options.size)
		c->options.size(c->options.data, &columns, &rows);
	else if (c->options.is_live)
		tty_size(c->options.out_fd, &columns, &rows);
	c->columns = columns > 0 ? (size_t)columns : 80;
	c->style.columns = c->options.is_live ? c->columns : 0;
	c->rows = rows > 0 ? (size_t)rows : 24;
}

static void paint_live(struct console *c, int64_t now_ms, bool with_block)
{
	CLEANUP(strbuf_release)
	struct strbuf frame = STRBUF_INIT;
	struct line lines[BLOCK_LINES];
	size_t max, n = 0, i;

	look_at_size(c);
	max = c->rows > BLOCK_LINES + 2 ? BLOCK_LINES : c->rows > 4 ? c->rows - 2 : 2;
	if (with_block)
		n = block_compose(c, now_ms, lines, max);
	if (n || c->pending.len || live_is_drawn(&c->live))
		live_update(&c->live, &c->pending, lines, n, c->columns, &frame);
	for (i = 0; i < n; i++)
		line_release(&lines[i]);
	strbuf_clear(&c->pending);
	write_out(c, c->options.out_fd, &frame);
}

/* Everything gathered, and the block as it should be now. */
static void paint(struct console *c, bool with_block)
{
	int64_t now_ms = console_now_ms(c);

	if (c->holder || c->is_prompting)
		return;
	if (c->pending.len)
		c->beat_ms = now_ms;
	c->painted_ms = now_ms;
	if (!c->options.is_live) {
		write_out(c, c->options.out_fd, &c->pending);
		write_out(c, c->options.err_fd, &c->notes);
		return;
	}
	/* Notes go another way to the same screen: no block may be there then. */
	paint_live(c, now_ms, with_block && !c->notes.len);
	if (!c->notes.len)
		return;
	write_out(c, c->options.err_fd, &c->notes);
	paint_live(c, now_ms, with_block);
}

/* ---- Events ---- */

static struct running **find_running(struct console *c, const char *id)
{
	size_t i;

	for (i = 0; id && i < c->running.n; i++)
		if (!strcmp(c->running.v[i]->state->id, id))
			return &c->running.v[i];
	return NULL;
}

static struct running *get_running(struct console *c, const char *id)
{
	struct running **found = find_running(c, id), *running;
	const struct node *node = console_node(c, id);

	if (found)
		return *found;
	running = xcalloc(1, sizeof *running);
	running->state = state_step(&c->state, id);
	running->step = node ? node->step : NULL;
	running->expected_ms = node ? node->duration_ms : 0;
	running->is_streamed = c->options.output == CONSOLE_STREAM ||
			       (c->options.output == CONSOLE_GROUP && node && node->step->live);
	vec_push(&c->running, running);
	return running;
}

static void free_running(struct running *running)
{
	tail_release(&running->tail);
	strbuf_release(&running->partial);
	free(running);
}

static void remove_running(struct console *c, struct running **at)
{
	size_t i = (size_t)(at - c->running.v);
	struct running *running = *at;

	memmove(at, at + 1, (c->running.n - i - 1) * sizeof *at);
	c->running.n--;
	free_running(running);
}

static void on_start(struct console *c, const struct event *event)
{
	struct running *running = get_running(c, event->step);

	c->has_begun = true;
	running->since_ms = console_now_ms(c);
	running->again_ms = 0;
	tail_clear(&running->tail);
	lines_started(c, running);
	if (!running->step || !running->step->console || c->holder)
		return;
	paint(c, false);
	c->holder = running;
}

static void on_try(struct console *c, const struct event *event)
{
	struct running *running = get_running(c, event->step);

	output_end(c, running);
	running->again_ms = console_now_ms(c) +
			    (int64_t)(event->delay_ms < INT32_MAX ? event->delay_ms : INT32_MAX);
	if (c->holder == running)
		c->holder = NULL;
	lines_retried(c, running, event->text, event->delay_ms);
}

static void on_step_end(struct console *c, const struct event *event)
{
	struct running **found = find_running(c, event->step);
	struct running *running = found ? *found : NULL;

	if (running)
		output_end(c, running);
	if (running && c->holder == running)
		c->holder = NULL;
	lines_ended(c, state_step(&c->state, event->step), event->text, running);
	if (running)
		remove_running(c, found);
}

/* Who decides about a failure has seen what was printed before it; it is not shown again at the end. */
static void on_wait(struct console *c, const struct event *event)
{
	struct running **found = find_running(c, event->step);

	if (found)
		output_end(c, *found);
	lines_waiting(c, state_step(&c->state, event->step));
	if (!found || !wait_is_escalation(event->text) ||
	    (c->options.verbosity == CONSOLE_QUIET && !c->options.is_asking))
		return;
	output_add_tail(c, *found);
	tail_clear(&(*found)->tail);
}

/* What stood in the block is gone before the question is there, and drawn anew below its answer. */
static void on_prompt(struct console *c, bool is_open)
{
	c->has_begun = true;
	if (is_open)
		paint(c, false);
	c->is_prompting = is_open;
	if (!is_open)
		paint(c, true);
}

static void on_summary(struct console *c, const struct event *event)
{
	const char *text = event->text ? event->text : "";
	size_t len = strlen(text);

	while (len && strchr("\r\n", text[len - 1]))
		len--;
	if (!len || c->summaries.len + len > SUMMARIES_MAX)
		return;
	if (c->summaries.len)
		strbuf_addstr(&c->summaries, "\n\n");
	strbuf_add(&c->summaries, text, len);
}

static bool had_nothing_to_do(const struct console *c)
{
	const struct run_state *s = &c->state;

	return s->status == RUN_PASSED && !s->n_ran && !s->n_restored && !c->summaries.len &&
	       s->n_done == s->n_cached + s->n_skipped;
}

static void add_summary(struct console *c, const struct event *event)
{
	const struct console_options *o = &c->options;
	const char *workflow = c->state.workflow;
	struct summary_options options = { .use_color = o->use_color,
					   .use_utf8 = o->use_utf8,
					   .is_verbose = o->verbosity == CONSOLE_VERBOSE,
					   .columns = o->is_live ? c->columns : 0,
					   .jobs = o->jobs,
					   .duration_ms = event->duration_ms,
					   .plan = o->plan,
					   .is_of_git = o->is_of_git,
					   .why = event->text,
					   .step_texts = c->summaries.len ? c->summaries.buf
									  : NULL };

	if (!workflow && o->plan)
		workflow = o->plan->wf->id;
	if (!options.duration_ms)
		options.duration_ms = (uint64_t)(console_now_ms(c) - c->began_ms);
	if (o->verbosity == CONSOLE_QUIET && c->state.status == RUN_PASSED)
		return;
	if (had_nothing_to_do(c)) {
		if (o->verbosity != CONSOLE_VERBOSE)
			fold_clear(c);
		summary_nothing_to_do(&c->pending, workflow, c->state.n_cached, c->state.n_skipped);
		return;
	}
	fold_write(c);
	summary_render(&c->state, &options, &c->pending);
}

static void on_run_end(struct console *c, const struct event *event)
{
	c->has_ended = true;
	c->holder = NULL;
	c->is_prompting = false;
	add_summary(c, event);
	paint(c, false);
}

static void on_output(struct console *c, const struct event *event)
{
	struct running **found = find_running(c, event->step);

	if (found && event->data)
		output_add(c, *found, event->data, event->data_len);
}

static int on_event(void *data, const struct event *event, struct err *err)
{
	struct console *c = data;

	(void)err;
	state_apply(&c->state, event);
	if (!event->step && event->type >= EV_STEP_EXPAND && event->type <= EV_STEP_SUMMARY &&
	    event->type != EV_PROMPT)
		return 0;
	switch (event->type) {
	case EV_STEP_OUTPUT: on_output(c, event); break;
	case EV_STEP_START: on_start(c, event); break;
	case EV_STEP_TRY: on_try(c, event); break;
	case EV_STEP_FIX: lines_fix(c, event); break;
	case EV_STEP_END: on_step_end(c, event); break;
	case EV_STEP_WAIT: on_wait(c, event); break;
	case EV_PROMPT: on_prompt(c, event->is_once); break;
	case EV_STEP_SUMMARY: on_summary(c, event); break;
	case EV_GATE: lines_gate(c, event); break;
	case EV_NOTE: lines_note(c, event); break;
	case EV_RUN_CANCEL: lines_cancelled(c, event); break;
	case EV_RUN_END: on_run_end(c, event); break;
	default: break;
	}
	if (c->pending.len > PENDING_MAX)
		paint(c, true);
	return 0;
}

static int flush(void *data, struct err *err)
{
	struct console *c = data;

	(void)err;
	/* Until a step starts the run may yet find that it is not its turn. */
	if (c->has_begun && (c->pending.len || c->notes.len) &&
	    console_now_ms(c) - c->painted_ms >= PAINT_MS)
		paint(c, true);
	return 0;
}

static void on_tick(void *data, int64_t now_ms)
{
	struct console *c = data;

	now_ms = console_now_ms(c);
	if (!c->options.is_live && c->running.n && !c->pending.len &&
	    now_ms - c->beat_ms >= HEARTBEAT_MS)
		lines_heartbeat(c, now_ms);
	if (!c->has_ended)
		paint(c, true);
}

static void close_console(void *data)
{
	struct console *c = data;
	size_t i;

	c->holder = NULL;
	c->is_prompting = false;
	if (!c->has_ended)
		fold_write(c);
	paint(c, false);
	for (i = 0; i < c->running.n; i++)
		free_running(c->running.v[i]);
	vec_release(&c->running);
	live_release(&c->live);
	strbuf_release(&c->pending);
	strbuf_release(&c->notes);
	strbuf_release(&c->summaries);
	strbuf_release(&c->folded);
	strbuf_release(&c->fold_reason);
	state_release(&c->state);
	err_release(&c->failure);
	free(c);
}

/* A shell has written below the block meanwhile: it stays where it is, a new one is drawn. */
static void on_continue(void *data)
{
	live_forget(&((struct console *)data)->live);
}

struct sink console_sink(const struct console_options *options)
{
	struct console *c = xcalloc(1, sizeof *c);
	struct sink sink = { .data = c,
			     .on_event = on_event,
			     .flush = flush,
			     .on_tick = on_tick,
			     .tick_ms = TICK_MS,
			     .on_continue = on_continue,
			     .close = close_console };

	c->options = *options;
	c->style.use_color = options->use_color;
	c->style.use_utf8 = options->use_utf8;
	state_init(&c->state);
	look_at_size(c);
	c->began_ms = c->beat_ms = console_now_ms(c);
	c->painted_ms = c->began_ms - PAINT_MS;
	return sink;
}

void console_forget(const struct sink *sink)
{
	struct console *c = sink->data;

	c->has_ended = true;
	fold_clear(c);
	strbuf_clear(&c->pending);
	strbuf_clear(&c->notes);
}

int console_status(const struct sink *sink, struct err *err)
{
	const struct console *c = sink->data;

	if (c->failure.kind == ERR_NONE)
		return 0;
	err_copy(err, &c->failure);
	return -1;
}
