/*
 * What steps write: streamed as whole lines, or kept and its end shown after a failure.
 */
#include <string.h>

#include "console_impl.h"

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
	if (node && node->step->span.line && c->options.plan->wf->file) {
		strbuf_addstr(&c->pending, "file=");
		add_escaped(&c->pending, c->options.plan->wf->file, "%\r\n:,");
		strbuf_addf(&c->pending, ",line=%u,", node->step->span.line);
	}
	strbuf_addstr(&c->pending, "title=");
	add_escaped(&c->pending, step->id, "%\r\n:,");
	strbuf_addstr(&c->pending, "::");
	add_escaped(&c->pending, *cause ? cause : "failed", "%\r\n");
	strbuf_addch(&c->pending, '\n');
}

static void add_group(struct console *c, const char *id)
{
	strbuf_addstr(&c->pending, "::group::end of the output of ");
	style_add_visible(&c->style, &c->pending, id, strlen(id));
	strbuf_addch(&c->pending, '\n');
}

void output_add_tail(struct console *c, const struct running *running)
{
	const struct tail *tail = &running->tail;
	size_t n = tail_count(tail), i = n > TAIL_LINES ? n - TAIL_LINES : 0;
	bool is_github = c->options.use_github && !c->options.is_live;

	if (running->is_streamed || !n)
		return;
	if (is_github)
		add_group(c, running->state->id);
	for (; i < n; i++) {
		const struct strbuf *line = tail_line(tail, i);

		strbuf_addstr(&c->pending, "    ");
		style_add_visible(&c->style, &c->pending, strbuf_str(line), line->len);
		strbuf_addch(&c->pending, '\n');
	}
	if (is_github)
		strbuf_addstr(&c->pending, "::endgroup::\n");
}
