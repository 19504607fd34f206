/*
 * The last lines of what a step writes.
 */
#include "tail_impl.h"

#include <string.h>

/* More than this at once pushes out all that was there before. */
#define ENOUGH ((size_t)(TAIL_LINES + 1) * TAIL_LINE_MAX * 2)

void tail_release(struct tail *tail)
{
	size_t i;

	for (i = 0; i < TAIL_LINES; i++)
		strbuf_release(&tail->lines[i]);
	strbuf_release(&tail->current);
	memset(tail, 0, sizeof *tail);
}

void tail_clear(struct tail *tail)
{
	tail->first = tail->n = tail->n_dropped = 0;
	tail->has_return = false;
	strbuf_clear(&tail->current);
}

static void add_part(struct tail *tail, const char *data, size_t len)
{
	size_t room = TAIL_LINE_MAX > tail->current.len ? TAIL_LINE_MAX - tail->current.len : 0;

	if (!len)
		return;
	if (tail->has_return) {
		strbuf_clear(&tail->current);
		tail->has_return = false;
		room = TAIL_LINE_MAX;
	}
	strbuf_add(&tail->current, data, len < room ? len : room);
}

static void end_line(struct tail *tail)
{
	size_t slot = (tail->first + tail->n) % TAIL_LINES;
	struct strbuf old = tail->lines[slot];

	tail->lines[slot] = tail->current;
	tail->current = old;
	strbuf_clear(&tail->current);
	tail->has_return = false;
	if (tail->n < TAIL_LINES) {
		tail->n++;
		return;
	}
	tail->first = (tail->first + 1) % TAIL_LINES;
	tail->n_dropped++;
}

/* The last of `count` carriage returns is the only one that tells. */
static void add_line_part(struct tail *tail, const char *data, size_t len)
{
	const char *last = memrchr(data, '\r', len);
	size_t before = last ? (size_t)(last - data) : 0;

	if (!last) {
		add_part(tail, data, len);
		return;
	}
	if (before + 1 < len) {
		tail->has_return = true;
		add_part(tail, last + 1, len - before - 1);
		return;
	}
	/* It stands at the end: what is before it is shown until something follows. */
	while (before && data[before - 1] == '\r')
		before--;
	if (before)
		add_line_part(tail, data, before);
	tail->has_return = true;
}

void tail_add(struct tail *tail, const char *data, size_t len)
{
	const char *feed;

	if (len > ENOUGH) {
		tail_clear(tail);
		tail->n_dropped = 1;
		data += len - ENOUGH;
		len = ENOUGH;
	}
	while (len && (feed = memchr(data, '\n', len))) {
		add_line_part(tail, data, (size_t)(feed - data));
		end_line(tail);
		len -= (size_t)(feed + 1 - data);
		data = feed + 1;
	}
	if (len)
		add_line_part(tail, data, len);
}

size_t tail_count(const struct tail *tail)
{
	return tail->n + (tail->current.len > 0);
}

const struct strbuf *tail_line(const struct tail *tail, size_t i)
{
	return i < tail->n ? &tail->lines[(tail->first + i) % TAIL_LINES] : &tail->current;
}

static bool is_blank(const struct strbuf *line)
{
	size_t i;

	for (i = 0; i < line->len; i++)
		if (!strchr(" \t\r\f", line->buf[i]))
			return false;
	return true;
}

const struct strbuf *tail_last(const struct tail *tail)
{
	size_t i = tail_count(tail);

	while (i-- > 0)
		if (!is_blank(tail_line(tail, i)))
			return tail_line(tail, i);
	return NULL;
}
