/*
 * A line that is wider than the terminal goes on in the next one, from where a word begins.
 */
#include <string.h>

#include "report/wrap.h"
#include "style_impl.h"

/* One line of the output, while it grows. */
struct wrapping {
	struct strbuf *out;
	size_t indent;
	size_t begin; /* where its words begin in the output: not before the second one it is broken */
	size_t blank; /* the last blank after that, or 0 */
	size_t width, width_to_blank;
};

static void begin_line(struct wrapping *w, size_t width)
{
	w->begin = w->out->len;
	w->blank = 0;
	w->width = width;
}

/* Bytes of a sequence that sets colours ("\033[1;31m"), which takes no column; 0: there is none. */
static size_t colour_len(const char *text)
{
	size_t len;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	len = 2 + strspn(text + 2, "0123456789;");
	return text[len] == 'm' ? len + 1 : 0;
}

/* What follows the last blank moves into a line of its own. */
static void break_line(struct wrapping *w)
{
	CLEANUP(strbuf_release)
	struct strbuf rest = STRBUF_INIT;
	size_t end = w->blank;

	strbuf_add(&rest, w->out->buf + w->blank + 1, w->out->len - w->blank - 1);
	while (end > w->begin && w->out->buf[end - 1] == ' ')
		end--;
	strbuf_setlen(w->out, end);
	strbuf_addch(w->out, '\n');
	strbuf_pad(w->out, ' ', w->indent);
	begin_line(w, w->indent + w->width - w->width_to_blank);
	strbuf_add(w->out, strbuf_str(&rest), rest.len);
}

static void add_character(struct wrapping *w, const char *text, size_t len, size_t width)
{
	if (*text == ' ' && w->out->len > w->begin) {
		w->blank = w->out->len;
		w->width_to_blank = w->width + 1;
	} else if (*text == ' ') {
		w->begin++;
	}
	strbuf_add(w->out, text, len);
	w->width += width;
}

static void wrap(const char *text, const char *end, size_t columns, size_t indent,
		 struct strbuf *out)
{
	struct wrapping w = { .out = out, .indent = indent };
	size_t len;

	for (begin_line(&w, 0); text < end; text += len) {
		size_t width = 0;

		len = colour_len(text);
		if (*text == '\n') {
			strbuf_addch(out, '\n');
			begin_line(&w, 0);
			len = 1;
		} else if (len) {
			strbuf_add(out, text, len);
		} else {
			len = style_first_width(text, (size_t)(end - text), &width);
			if (w.width + width > columns && w.blank && *text != ' ')
				break_line(&w);
			add_character(&w, text, len, width);
		}
	}
}

void wrap_text(const char *text, size_t len, size_t columns, size_t indent, struct strbuf *out)
{
	if (columns && len > columns)
		wrap(text, text + len, columns, indent, out);
	else
		strbuf_add(out, text, len);
}

void line_finish(struct line *line, struct strbuf *out)
{
	wrap_text(strbuf_str(&line->text), line->text.len, line->style->columns, line->indent, out);
	strbuf_addch(out, '\n');
	line_release(line);
}
