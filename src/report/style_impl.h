/*
 * How reports look: roles instead of colours, glyphs with an ASCII form, and lines that know their
 * width. All text of others goes through a line, which makes it harmless.
 */
#ifndef REPORT_STYLE_IMPL_H
#define REPORT_STYLE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/strbuf.h"

enum role { ROLE_PLAIN, ROLE_STRONG, ROLE_DIM, ROLE_GOOD, ROLE_BAD, ROLE_WARN, ROLE_ACTIVE };

enum glyph {
	GLYPH_PASSED,
	GLYPH_FAILED,
	GLYPH_RUNNING,
	GLYPH_SKIPPED,
	GLYPH_CANCELLED,
	GLYPH_UNKNOWN,
	GLYPH_RETRY,
	GLYPH_DOT,
	GLYPH_ELLIPSIS,
	GLYPH_BAR_DONE,
	GLYPH_BAR_LEFT,
	GLYPHS
};

struct style {
	bool use_color, use_utf8;
	size_t columns; /* of the terminal, where lines that are finished are broken; 0: nowhere */
};

const char *style_glyph(const struct style *style, enum glyph glyph);
void style_begin(const struct style *style, enum role role, struct strbuf *out);
void style_end(const struct style *style, enum role role, struct strbuf *out);

/* ---- One line of a report ---- */

struct line {
	const struct style *style;
	struct strbuf text; /* no line feed */
	size_t width;	    /* columns it takes */
	size_t columns;	    /* room; 0: no limit */
	size_t indent; /* of what goes on in further lines, where it is wider than the terminal */
	bool is_full;  /* was cut: the rest is not added any more */
};

void line_init(struct line *line, const struct style *style, size_t columns);
void line_release(struct line *line);
/* Appends as much as fits; what is cut ends in an ellipsis. */
void line_add(struct line *line, enum role role, const char *text);
void line_addf(struct line *line, enum role role, const char *fmt, ...) PRINTF_LIKE(3, 4);
void line_add_n(struct line *line, enum role role, const char *text, size_t len);
void line_add_glyph(struct line *line, enum role role, enum glyph glyph);
void line_add_duration(struct line *line, enum role role, uint64_t duration_ms);
/* Blanks up to the column, at least `min` of them. */
void line_pad_to(struct line *line, size_t column, size_t min);

/* Appends the line and a line feed; releases it. What does not fit the terminal goes on in further lines. */
void line_finish(struct line *line, struct strbuf *out);

/* Columns of a text as a line shows it. */
size_t style_width(const struct style *style, const char *text, size_t len);
/* Bytes of the first character of a visible text that is not empty, and its columns. */
size_t style_first_width(const char *text, size_t len, size_t *width);
/* The text as it can be shown: tabs expanded, controls as ^X, beyond ASCII only where UTF-8 is used. */
void style_add_visible(const struct style *style, struct strbuf *out, const char *text, size_t len);

#endif
