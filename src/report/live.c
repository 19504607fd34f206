/*
 * The block of lines at the bottom of a terminal.
 *
 * A frame lies between the marks of a synchronized update (DEC mode 2026), which terminals that do not
 * know it ignore, so that nothing half drawn is ever shown.
 */
#include "live_impl.h"

#include <string.h>

#define SYNC_BEGIN  "\033[?2026h"
#define SYNC_END    "\033[?2026l"
#define ERASE_RIGHT "\033[K"
#define ERASE_BELOW "\033[J"

void live_release(struct live *live)
{
	strbuf_release(&live->drawn);
	vec_release(&live->widths);
	live->columns = 0;
}

void live_forget(struct live *live)
{
	strbuf_clear(&live->drawn);
	vec_clear(&live->widths);
}

/* A terminal that became narrower has broken lines in two (all that keep their history do). */
static size_t rows_now(const struct live *live, size_t columns)
{
	size_t rows = 0, i;

	for (i = 0; i < live->widths.n; i++)
		rows += live->widths.v[i] > columns && columns
				? (live->widths.v[i] + columns - 1) / columns
				: 1;
	return rows;
}

static void remember(struct live *live, const struct line *lines, size_t n, size_t columns)
{
	size_t i;

	vec_clear(&live->widths);
	for (i = 0; i < n; i++)
		vec_push(&live->widths, lines[i].width);
	live->columns = columns;
}

static bool is_same(const struct live *live, const struct strbuf *block, size_t n, size_t columns)
{
	return n == live->widths.n && columns == live->columns && block->len == live->drawn.len &&
	       !memcmp(strbuf_str(block), strbuf_str(&live->drawn), block->len);
}

void live_update(struct live *live, const struct strbuf *text, const struct line *lines, size_t n,
		 size_t columns, struct strbuf *out)
{
	struct strbuf block = STRBUF_INIT;
	size_t rows = rows_now(live, columns), i;

	for (i = 0; i < n; i++) {
		strbuf_add(&block, strbuf_str(&lines[i].text), lines[i].text.len);
		strbuf_addstr(&block, ERASE_RIGHT "\n");
	}
	if (!text->len && is_same(live, &block, n, columns)) {
		strbuf_release(&block);
		return;
	}
	strbuf_addstr(out, SYNC_BEGIN "\r");
	if (rows)
		strbuf_addf(out, "\033[%zuA", rows);
	if (text->len) {
		/* Long lines of it wrap: what stood there must be gone before. */
		strbuf_addstr(out, ERASE_BELOW);
		strbuf_add(out, text->buf, text->len);
	}
	strbuf_add(out, strbuf_str(&block), block.len);
	strbuf_addstr(out, ERASE_BELOW SYNC_END);
	remember(live, lines, n, columns);
	strbuf_release(&live->drawn);
	live->drawn = block;
}
