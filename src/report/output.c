/*
 * What steps write: streamed as whole lines, or kept and its end shown after a failure.
 */
#include <string.h>

#include "console_impl.h"
#include "report/summary.h"
#include "sys/clock.h"

#define PARTIAL_MAX ((size_t)16 << 10) /* then a line is taken as ended */

/* What a terminal would show of the line in the end. */
static const char *after_return(const char *line, size_t *len)
{
	const char *last;

	while (*len && line[*len - 1] == '\r')
		--*len;
	last = *len ? memrchr(line, '\r', *len) : NULL;
	if (!last)
		return line;
	*len -= (size_t)(last + 1 - line);
	return last + 1;
}

static void write_line(struct console *c, struct running *running, const char *data, size_t len)
{
	/* Once prefixed, so to its end: a reader must not wonder whose line it is. */
	running->is_prefixed |= c->running.n > 1;
	data = after_return(data, &len);
	if (running->is_prefixed) {
		style_begin(&c->style, ROLE_ACTIVE, &c->pending);
		style_add_visible(&c->style, &c->pending, running->state->id,
				  strlen(running->state->id));
		style_end(&c->style, ROLE_ACTIVE, &c->pending);
		strbuf_addstr(&c->pending, " | ");
	}
	style_add_visible(&c->style, &c->pending, data, len);
	strbuf_addch(&c->pending, '\n');
}

static void shorten_partial(struct console *c, struct running *running)
{
	struct strbuf *partial = &running->partial;
	size_t len = partial->len;
	const char *rest = after_return(strbuf_str(partial), &len);

	if (partial->len < PARTIAL_MAX)
		return;
	if (rest != partial->buf) { /* a progress bar: its latest state is enough */
		memmove(partial->buf, rest, len);
		strbuf_setlen(partial, len);
	}
	if (partial->len < PARTIAL_MAX)
		return;
	write_line(c, running, partial->buf, partial->len);
	strbuf_clear(partial);
}

static void stream(struct console *c, struct running *running, const char *data, size_t len)
{
	struct strbuf *partial = &running->partial;
	const char *feed;

	while (len && (feed = memchr(data, '\n', len))) {
		size_t part = (size_t)(feed - data);

		if (partial->len) {
			strbuf_add(partial, data, part);
			write_line(c, running, partial->buf, partial->len);
			strbuf_clear(partial);
		} else {
			write_line(c, running, data, part);
		}
		data += part + 1;
		len -= part + 1;
	}
	if (!len)
		return;
	strbuf_add(partial, data, len);
	shorten_partial(c, running);
}

void output_add(struct console *c, struct running *running, const char *data, size_t len)
{
	if (c->options.output == CONSOLE_SILENT)
		return;
	if (c->options.is_live || !running->is_streamed)
		tail_add(&running->tail, data, len);
	if (running->is_streamed)
		stream(c, running, data, len);
}

void output_end(struct console *c, struct running *running)
{
	if (running->is_streamed && running->partial.len) {
		write_line(c, running, running->partial.buf, running->partial.len);
		strbuf_clear(&running->partial);
	}
}

/* A workflow command of GitHub Actions ends at a line feed, its properties at ',' and ':'. */
static void add_escaped(struct strbuf *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
		else
			strbuf_addch(out, *text);
	}
}

void output_add_annotation(struct console *c, const struct step_state *step, const char *cause)
{
	const struct node *node = console_node(c, step->id);

	if (!c->options.use_github || c->options.is_live)
		return;
	strbuf_addstr(&c->pending, "::error ");
	if (node && node->step->span.line && node->step->unit->wf->file) {
		strbuf_addstr(&c->pending, "file=");
		add_escaped(&c->pending, node->step->unit->wf->file, "%\r\n:,");
		strbuf_addf(&c->pending, ",line=%u,", node->step->span.line);
	}
	strbuf_addstr(&c->pending, "title=");
	add_escaped(&c->pending, step->id, "%\r\n:,");
	strbuf_addstr(&c->pending, "::");
	add_escaped(&c->pending, *cause ? cause : "failed", "%\r\n");
	strbuf_addch(&c->pending, '\n');
}

/* ---- The end of the output of a step that failed ---- */

enum fold_kind { NO_FOLD, GITHUB_GROUP, GITLAB_SECTION };

static enum fold_kind fold_kind(const struct console *c)
{
	if (c->options.is_live)
		return NO_FOLD;
	return c->options.use_github   ? GITHUB_GROUP
	       : c->options.use_gitlab ? GITLAB_SECTION
				       : NO_FOLD;
}

/* "\033[0Ksection_start:1795210321:wf_1\r\033[0K…": the name must be another one for each section of a
 * job; the number of failures so far is. */
static void add_section(struct console *c, const char *what)
{
	int64_t now_s = clock_realtime_ms() / 1000;

	strbuf_addf(&c->pending, "\033[0Ksection_%s:%lld:git_wf_%s_%u\r\033[0K", what,
		    (long long)now_s, c->state.run ? summary_short_run(c->state.run) : "run",
		    c->state.n_failed + c->state.n_retries);
}

static void begin_fold(struct console *c, enum fold_kind kind, const char *id)
{
	if (kind == NO_FOLD)
		return;
	if (kind == GITHUB_GROUP)
		strbuf_addstr(&c->pending, "::group::");
	else
		add_section(c, "start");
	strbuf_addstr(&c->pending, "end of the output of ");
	style_add_visible(&c->style, &c->pending, id, strlen(id));
	strbuf_addch(&c->pending, '\n');
}

static void end_fold(struct console *c, enum fold_kind kind)
{
	if (kind == GITHUB_GROUP)
		strbuf_addstr(&c->pending, "::endgroup::");
	else if (kind == GITLAB_SECTION)
		add_section(c, "end");
	strbuf_addstr(&c->pending, kind == NO_FOLD ? "" : "\n");
}

void output_add_tail(struct console *c, const struct running *running)
{
	const struct tail *tail = &running->tail;
	size_t n = tail_count(tail), i = n > TAIL_LINES ? n - TAIL_LINES : 0;
	enum fold_kind kind = fold_kind(c);

	if (running->is_streamed || !n)
		return;
	begin_fold(c, kind, running->state->id);
	for (; i < n; i++) {
		const struct strbuf *line = tail_line(tail, i);

		strbuf_addstr(&c->pending, "    ");
		style_add_visible(&c->style, &c->pending, strbuf_str(line), line->len);
		strbuf_addch(&c->pending, '\n');
	}
	end_fold(c, kind);
}
