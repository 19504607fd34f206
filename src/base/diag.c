/*
 * Diagnostics: collected here, shown with the source line, a caret and a hint.
 */
#include "base/diag.h"

#include <string.h>

#include "base/utf8.h"

#define KEPT_PER_LEVEL 100
#define TAB_WIDTH      4

/* A longer line is shown in part, around the caret. */
#define LINE_CHARS_MAX	 160
#define CHARS_BEFORE_MAX 80
#define COLUMNS_MIN	 30 /* narrower than that nothing is gained */
#define GUTTER		 8  /* "    2 | " */
#define TEXT_INDENT	 6  /* of what follows the first line of a message */

static const struct {
	const char *name, *sgr;
} levels[] = {
	[DIAG_ERROR] = { "error", "1;31" },
	[DIAG_WARNING] = { "warning", "1;33" },
	[DIAG_ADVICE] = { "advice", "1;36" },
};

void diags_begin(struct diags *diags, const char *file, const struct strbuf *text)
{
	diags->file = file;
	diags->text = strbuf_str(text);
	diags->text_len = text->len;
}

void diags_release(struct diags *diags)
{
	if (!diags)
		return;
	vec_release(&diags->list);
	arena_release(&diags->arena);
	*diags = (struct diags){ 0 };
}

PRINTF_LIKE(2, 0)
static const char *format_text(struct diags *diags, const char *fmt, va_list ap)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_vaddf(&text, fmt, ap);
	return arena_strdup(&diags->arena, strbuf_str(&text));
}

static size_t count_level(const struct diags *diags, enum diag_level level)
{
	size_t i, count = 0;

	for (i = 0; i < diags->list.n; i++)
		count += diags->list.v[i].level == level;
	return count;
}

PRINTF_LIKE(4, 0)
static struct diag *add(struct diags *diags, enum diag_level level, struct span at, const char *fmt,
			va_list ap)
{
	struct diag diag = { .level = level, .span = at };

	if (level == DIAG_ERROR)
		diags->n_errors++;
	if (count_level(diags, level) >= KEPT_PER_LEVEL)
		return NULL;
	diag.msg = format_text(diags, fmt, ap);
	vec_push(&diags->list, diag);
	return vec_last(&diags->list);
}

struct diag *diag_error(struct diags *diags, struct span at, const char *fmt, ...)
{
	struct diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = add(diags, DIAG_ERROR, at, fmt, ap);
	va_end(ap);
	return diag;
}

struct diag *diag_warning(struct diags *diags, struct span at, const char *fmt, ...)
{
	struct diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = add(diags, DIAG_WARNING, at, fmt, ap);
	va_end(ap);
	return diag;
}

struct diag *diag_advice(struct diags *diags, struct span at, const char *fmt, ...)
{
	struct diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = add(diags, DIAG_ADVICE, at, fmt, ap);
	va_end(ap);
	return diag;
}

void diag_hint(struct diags *diags, struct diag *diag, const char *fmt, ...)
{
	va_list ap;

	if (!diag)
		return;
	va_start(ap, fmt);
	diag->hint = format_text(diags, fmt, ap);
	va_end(ap);
}

static bool is_before(const struct diag *a, const struct diag *b)
{
	if (a->span.line != b->span.line)
		return a->span.line < b->span.line;
	return a->span.col < b->span.col;
}

/* Insertion: stable, and the lists are short. */
static void sort_by_place(struct diags *diags)
{
	size_t i, j;

	for (i = 1; i < diags->list.n; i++) {
		struct diag moved = diags->list.v[i];

		for (j = i; j && is_before(&moved, &diags->list.v[j - 1]); j--)
			diags->list.v[j] = diags->list.v[j - 1];
		diags->list.v[j] = moved;
	}
}

void diag_place(const struct diags *diags, struct span at, struct strbuf *out)
{
	const char *file = diags->file ? diags->file : "(input)";

	utf8_add_visible(out, file, strlen(file));
	if (at.line)
		strbuf_addf(out, ":%u:%u", at.line, at.col ? at.col : 1u);
}

/* Line `number` of the document without its end; false if there is none. */
static bool find_line(const struct diags *diags, uint32_t number, const char **line, size_t *len)
{
	const char *p = diags->text, *end = p + diags->text_len, *eol;

	if (!p || !number)
		return false;
	while (--number) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			return false;
		p++;
	}
	eol = memchr(p, '\n', (size_t)(end - p));
	*len = (size_t)((eol ? eol : end) - p);
	if (*len && p[*len - 1] == '\r')
		--*len;
	*line = p;
	return true;
}

static size_t skip_chars(const char *s, size_t len, size_t count)
{
	size_t at = 0;
	uint32_t code;

	while (count-- && at < len)
		at += utf8_decode(s + at, len - at, &code);
	return at;
}

/* As utf8_add_visible(), but a tab is TAB_WIDTH wide. Returns the columns taken. */
static size_t add_source(struct strbuf *out, const char *s, size_t len)
{
	size_t width = 0;

	while (len) {
		const char *tab = memchr(s, '\t', len);
		size_t part = tab ? (size_t)(tab - s) : len;

		utf8_add_visible(out, s, part);
		width += utf8_text_width(s, part);
		s += part;
		len -= part;
		if (tab) {
			strbuf_pad(out, ' ', TAB_WIDTH);
			width += TAB_WIDTH;
			s++;
			len--;
		}
	}
	return width;
}

static void add_sgr(struct strbuf *out, bool color, const char *sgr)
{
	if (color)
		strbuf_addf(out, "\033[%sm", sgr);
}

/* Which characters of a line are shown: `skipped` ones before them, at most `shown`. */
struct part {
	size_t skipped, shown;
};

/* The part of a line that fits into the columns, with the mark in it. */
static struct part part_of_line(const struct diag *diag, size_t n_chars, size_t columns)
{
	size_t before = diag->span.col ? diag->span.col - 1u : 0;
	size_t mark = diag->span.len ? diag->span.len : 1, room;

	if (!columns)
		return before > CHARS_BEFORE_MAX && n_chars > LINE_CHARS_MAX
			       ? (struct part){ before - CHARS_BEFORE_MAX, LINE_CHARS_MAX }
			       : (struct part){ 0, LINE_CHARS_MAX };
	room = columns - GUTTER;
	if (n_chars <= room)
		return (struct part){ 0, room };
	room -= 6; /* "..." on both sides */
	if (mark > room / 2)
		mark = room / 2;
	return before + mark <= room ? (struct part){ 0, room }
				     : (struct part){ before - (room - mark) / 2, room };
}

static void render_source(const struct diags *diags, const struct diag *diag, bool color,
			  size_t terminal, struct strbuf *out)
{
	size_t before_chars = diag->span.col ? diag->span.col - 1u : 0, skipped = 0;
	size_t len, before, marked, shown, columns = 0, mark_columns;
	struct part part;
	const char *line;

	if (!find_line(diags, diag->span.line, &line, &len))
		return;
	part = part_of_line(diag, utf8_text_width(line, len), terminal);
	skipped = skip_chars(line, len, part.skipped);
	before_chars -= part.skipped;
	line += skipped;
	len -= skipped;
	shown = skip_chars(line, len, part.shown);
	before = skip_chars(line, shown, before_chars);
	marked = skip_chars(line + before, shown - before, diag->span.len ? diag->span.len : 1);

	strbuf_addf(out, "%5u | ", diag->span.line);
	if (skipped) {
		strbuf_addstr(out, "...");
		columns = 3;
	}
	columns += add_source(out, line, before);
	mark_columns = add_source(out, line + before, marked);
	add_source(out, line + before + marked, shown - before - marked);
	strbuf_addstr(out, shown < len ? "...\n      | " : "\n      | ");
	strbuf_pad(out, ' ', columns);
	add_sgr(out, color, levels[diag->level].sgr);
	strbuf_addch(out, '^');
	strbuf_pad(out, '~', mark_columns > 1 ? mark_columns - 1 : 0);
	add_sgr(out, color, "0");
	strbuf_addch(out, '\n');
}

/* Broken at blanks, so that no word is; `at`: in which column it begins. */
static void add_text(struct strbuf *out, const char *text, size_t at, size_t columns)
{
	while (*text) {
		size_t len = strcspn(text + (*text == ' '), " ") + (*text == ' ');
		size_t width = utf8_text_width(text, len);

		if (columns && at > TEXT_INDENT && at + width > columns) {
			strbuf_addch(out, '\n');
			strbuf_pad(out, ' ', TEXT_INDENT);
			at = TEXT_INDENT + width - (*text == ' ');
			utf8_add_visible(out, text + (*text == ' '), len - (*text == ' '));
		} else {
			at += width;
			utf8_add_visible(out, text, len);
		}
		text += len;
	}
	strbuf_addch(out, '\n');
}

static void render_one(const struct diags *diags, const struct diag *diag, bool color,
		       size_t columns, struct strbuf *out)
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t at;

	diag_place(diags, diag->span, &place);
	at = utf8_text_width(strbuf_str(&place), place.len) + strlen(levels[diag->level].name) + 4;
	add_sgr(out, color, "1");
	strbuf_addf(out, "%s: ", strbuf_str(&place));
	add_sgr(out, color, "0");
	add_sgr(out, color, levels[diag->level].sgr);
	strbuf_addf(out, "%s: ", levels[diag->level].name);
	add_sgr(out, color, "0");
	add_text(out, diag->msg, at, columns);
	render_source(diags, diag, color, columns, out);
	if (diag->hint) {
		strbuf_addstr(out, "      hint: ");
		add_text(out, diag->hint, 12, columns);
	}
}

void diags_render(struct diags *diags, enum diag_level max_level, bool color, size_t columns,
		  struct strbuf *out)
{
	size_t i;

	if (columns && columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	sort_by_place(diags);
	for (i = 0; i < diags->list.n; i++)
		if (diags->list.v[i].level <= max_level)
			render_one(diags, &diags->list.v[i], color, columns, out);
	if (diags->n_errors > KEPT_PER_LEVEL)
		strbuf_addf(out, "and %zu more errors\n", diags->n_errors - KEPT_PER_LEVEL);
}
