/*
 * Colours, glyphs, and what text of others becomes before it is shown.
 */
#include "style_impl.h"

#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"

#define LINE_INDENT	4
#define TAB_COLUMNS	8
#define VARIATION_EMOJI 0xfe0f /* makes the character before it wide on some terminals */

static const struct {
	const char *utf8, *ascii;
} glyphs[GLYPHS] = {
	[GLYPH_PASSED] = { "✓", "+" },	   [GLYPH_FAILED] = { "✗", "x" },
	[GLYPH_RUNNING] = { "→", ">" },	   [GLYPH_SKIPPED] = { "○", "-" },
	[GLYPH_CANCELLED] = { "■", "!" },  [GLYPH_UNKNOWN] = { "?", "?" },
	[GLYPH_RETRY] = { "↻", "~" },	   [GLYPH_DOT] = { "·", "|" },
	[GLYPH_ELLIPSIS] = { "…", "..." }, [GLYPH_BAR_DONE] = { "━", "#" },
	[GLYPH_BAR_LEFT] = { "─", "-" },
};

/* The sixteen colours of the terminal's own theme; never a background. */
static const char *const colors[] = {
	[ROLE_STRONG] = "\033[1m", [ROLE_DIM] = "\033[2m",   [ROLE_GOOD] = "\033[32m",
	[ROLE_BAD] = "\033[31m",   [ROLE_WARN] = "\033[33m", [ROLE_ACTIVE] = "\033[36m",
};

const char *style_glyph(const struct style *style, enum glyph glyph)
{
	return style->use_utf8 ? glyphs[glyph].utf8 : glyphs[glyph].ascii;
}

void style_begin(const struct style *style, enum role role, struct strbuf *out)
{
	if (style->use_color && role != ROLE_PLAIN)
		strbuf_addstr(out, colors[role]);
}

void style_end(const struct style *style, enum role role, struct strbuf *out)
{
	if (style->use_color && role != ROLE_PLAIN)
		strbuf_addstr(out, "\033[0m");
}

static int code_width(uint32_t code)
{
	return code == VARIATION_EMOJI ? 1 : utf8_width(code);
}

size_t style_first_width(const char *text, size_t len, size_t *width)
{
	uint32_t code;
	size_t size = utf8_decode(text, len, &code);

	*width = (size_t)code_width(code);
	return size;
}

/* Of visible text: no control characters. */
static size_t visible_width(const char *text, size_t len)
{
	size_t width = 0, size;
	uint32_t code;

	for (; len; text += size, len -= size) {
		size = utf8_decode(text, len, &code);
		width += (size_t)code_width(code);
	}
	return width;
}

static void add_ascii(struct strbuf *out, const char *text, size_t len)
{
	size_t size;
	uint32_t code;

	for (; len; text += size, len -= size) {
		size = utf8_decode(text, len, &code);
		if (code < 0x80)
			utf8_add_visible(out, text, size);
		else
			strbuf_addch(out, '?');
	}
}

void style_add_visible(const struct style *style, struct strbuf *out, const char *text, size_t len)
{
	size_t start = out->len;

	while (len) {
		const char *tab = memchr(text, '\t', len);
		size_t part = tab ? (size_t)(tab - text) : len;

		if (style->use_utf8)
			utf8_add_visible(out, text, part);
		else
			add_ascii(out, text, part);
		text += part;
		len -= part;
		if (!len)
			break;
		text++;
		len--;
		strbuf_pad(out, ' ',
			   TAB_COLUMNS - visible_width(out->buf ? out->buf + start : "",
						       out->len - start) %
						 TAB_COLUMNS);
	}
}

size_t style_width(const struct style *style, const char *text, size_t len)
{
	CLEANUP(strbuf_release)
	struct strbuf visible = STRBUF_INIT;

	style_add_visible(style, &visible, text, len);
	return visible_width(strbuf_str(&visible), visible.len);
}

/* ---- Lines ---- */

void line_init(struct line *line, const struct style *style, size_t columns)
{
	memset(line, 0, sizeof *line);
	line->style = style;
	line->columns = columns;
	line->indent = LINE_INDENT;
}

void line_release(struct line *line)
{
	strbuf_release(&line->text);
}

/* Bytes of the text that take at most `room` columns; combining characters stay with theirs. */
static size_t fitting(const char *text, size_t len, size_t room, size_t *width)
{
	size_t used = 0, size;
	uint32_t code;

	for (*width = 0; used < len; used += size) {
		size = utf8_decode(text + used, len - used, &code);
		if (*width + (size_t)code_width(code) > room)
			break;
		*width += (size_t)code_width(code);
	}
	return used;
}

static void add_cut(struct line *line, const char *text, size_t len, size_t room)
{
	const char *ellipsis = style_glyph(line->style, GLYPH_ELLIPSIS);
	size_t ellipsis_width = visible_width(ellipsis, strlen(ellipsis)), width;

	line->is_full = true;
	if (room < ellipsis_width)
		return;
	strbuf_add(&line->text, text, fitting(text, len, room - ellipsis_width, &width));
	strbuf_addstr(&line->text, ellipsis);
	line->width += width + ellipsis_width;
}

static void add_visible(struct line *line, enum role role, const char *text, size_t len)
{
	size_t room = line->columns ? line->columns - line->width : SIZE_MAX;
	size_t width = visible_width(text, len);

	if (line->is_full || !len)
		return;
	style_begin(line->style, role, &line->text);
	if (width <= room) {
		strbuf_add(&line->text, text, len);
		line->width += width;
	} else {
		add_cut(line, text, len, room);
	}
	style_end(line->style, role, &line->text);
}

void line_add_n(struct line *line, enum role role, const char *text, size_t len)
{
	CLEANUP(strbuf_release)
	struct strbuf visible = STRBUF_INIT;

	style_add_visible(line->style, &visible, text, len);
	add_visible(line, role, strbuf_str(&visible), visible.len);
}

void line_add(struct line *line, enum role role, const char *text)
{
	line_add_n(line, role, text, strlen(text));
}

void line_addf(struct line *line, enum role role, const char *fmt, ...)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	line_add_n(line, role, strbuf_str(&text), text.len);
}

void line_add_glyph(struct line *line, enum role role, enum glyph glyph)
{
	const char *text = style_glyph(line->style, glyph);

	add_visible(line, role, text, strlen(text));
}

void line_add_duration(struct line *line, enum role role, uint64_t duration_ms)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	duration_format(&text, duration_ms);
	line_add_n(line, role, strbuf_str(&text), text.len);
}

void line_pad_to(struct line *line, size_t column, size_t min)
{
	size_t count = line->width + min < column ? column - line->width : min;

	if (line->columns && count > line->columns - line->width)
		count = line->columns - line->width;
	if (line->is_full)
		return;
	strbuf_pad(&line->text, ' ', count);
	line->width += count;
}
