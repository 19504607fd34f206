/*
 * The form of a YAML document. Values are written from the tree, what has several lines and comments
 * from the lines of the source, moved to their new column.
 */
#include <string.h>

#include "format_impl.h"

struct form_yaml {
	struct form_source *source;
	struct strbuf *out;
	bool is_inline; /* "- " was just written: what follows goes behind it */
};

static bool is_list(const struct yaml_node *node)
{
	return node->kind == YAML_MAP || node->kind == YAML_SEQ;
}

static void begin_line(struct form_yaml *form, size_t indent)
{
	if (!form->is_inline)
		strbuf_pad(form->out, ' ', indent);
	form->is_inline = false;
}

static void add_comment(struct form_yaml *form, struct form_line *line)
{
	size_t len = (size_t)(line->text + line->len - line->comment);

	while (len && strchr(" \t", line->comment[len - 1]))
		len--;
	strbuf_add(form->out, line->comment, len);
	line->is_told = true;
}

/* Comments of these lines in lines of their own. Blank lines between them, and behind them with
 * `keep_last`, stay one each; before the first only if `keep_first`. */
static void add_lines(struct form_yaml *form, uint32_t from, uint32_t to, size_t indent,
		      bool keep_first, bool keep_last)
{
	bool is_blank = false, has_any = keep_first;

	for (uint32_t i = from; i <= to; i++) {
		struct form_line *line = &form->source->lines[i];

		is_blank |= line->is_blank;
		if (!line->comment || line->is_told)
			continue;
		if (is_blank && has_any)
			strbuf_addch(form->out, '\n');
		strbuf_pad(form->out, ' ', indent);
		add_comment(form, line);
		strbuf_addch(form->out, '\n');
		is_blank = false;
		has_any = true;
	}
	if (is_blank && has_any && keep_last)
		strbuf_addch(form->out, '\n');
}

/* Ends a line with the comment that stands in line `i` of the source. */
static void end_line(struct form_yaml *form, uint32_t i)
{
	struct form_line *line = i ? &form->source->lines[i] : NULL;

	if (line && line->comment && !line->is_own && !line->is_told) {
		strbuf_addstr(form->out, "  ");
		add_comment(form, line);
	}
	strbuf_addch(form->out, '\n');
}

/* '|' and '>' with the lines below, of which `indent` columns are the document's. */
static void add_block(struct form_yaml *form, const struct form_node *value, size_t indent)
{
	const struct yaml_node *node = value->node;
	const struct form_line *header = &form->source->lines[value->first];
	const char *end = header->text + header->len, *at = end;

	/* The header is all that may stand in its line but a comment. */
	for (const char *c = header->text; c < (header->comment ? header->comment : end); c++)
		if (*c == (char)node->quoted)
			at = c;
	strbuf_addch(form->out, (char)node->quoted);
	if (node->text[strspn(node->text, "\n")] == ' ')
		strbuf_addf(form->out, "%d", FORMAT_STEP);
	for (const char *c = at; c < end && *c != ' ' && *c != '#'; c++)
		if (*c == '+' || *c == '-')
			strbuf_addch(form->out, *c);
	end_line(form, value->first);
	for (uint32_t i = value->first + 1; i <= value->last; i++) {
		const struct form_line *line = &form->source->lines[i];

		if (line->len > node->indent) {
			strbuf_pad(form->out, ' ', indent);
			strbuf_add(form->out, line->text + node->indent, line->len - node->indent);
		}
		strbuf_addch(form->out, '\n');
	}
}

/* A scalar of several lines that are folded: its first line stands behind the key. */
static void add_folded(struct form_yaml *form, const struct form_node *value, size_t indent)
{
	for (uint32_t i = value->first; i <= value->last; i++) {
		const struct form_line *line = &form->source->lines[i];
		const char *at = line->text, *end = at + line->len;

		if (i == value->first)
			for (unsigned col = 1; col < value->node->span.col; col++)
				do
					at++;
				while (at < end && ((unsigned char)*at & 0xc0) == 0x80);
		else
			at += strspn(at, " \t");
		if (i > value->first) {
			strbuf_addch(form->out, '\n');
			if (at < end)
				strbuf_pad(form->out, ' ', indent);
		}
		if (line->comment && i == value->last)
			for (end = line->comment; end > at && strchr(" \t", end[-1]);)
				end--;
		strbuf_add(form->out, at, at < end ? (size_t)(end - at) : 0);
	}
	end_line(form, value->last);
}

static size_t column(const struct strbuf *out)
{
	const char *line = out->len ? memrchr(out->buf, '\n', out->len) : NULL;

	line = line ? line + 1 : out->buf;
	return form_width(line, (size_t)(out->buf + out->len - line));
}

static bool has_comment_inside(const struct form_yaml *form, const struct form_node *value)
{
	for (uint32_t i = value->first; i < value->last; i++)
		if (form->source->lines[i].comment)
			return true;
	return form->source->lines[value->last].is_own;
}

/* Writes it in brackets if it has no comments inside and fits the line. */
static bool add_flow(struct form_yaml *form, const struct form_node *value, unsigned place)
{
	size_t len = form->out->len;

	if (value->n && has_comment_inside(form, value))
		return false;
	if (value->n && !value->node->flow)
		return false;
	form_flow(form->source->arena, value->node, place, form->out);
	if (!value->n || column(form->out) <= FORMAT_WIDTH)
		return true;
	strbuf_setlen(form->out, len);
	return false;
}

static void add_list(struct form_yaml *form, const struct form_node *list, unsigned place,
		     size_t indent, uint32_t to);

/* The comment of the line in which a list begins, or, in brackets, ends. */
static uint32_t head_line(const struct form_yaml *form, const struct form_node *list,
			  uint32_t key_line)
{
	const struct form_line *line = &form->source->lines[key_line];

	if (line->comment && !line->is_own && list->items[0].first > key_line)
		return key_line;
	return list->node->flow ? list->last : 0;
}

static void add_scalar(struct form_yaml *form, const struct form_node *value, size_t indent)
{
	const struct yaml_node *node = value->node;

	if (node->quoted == '|' || node->quoted == '>') {
		add_block(form, value, indent + FORMAT_STEP);
	} else if (value->last > value->first) {
		add_folded(form, value, indent + FORMAT_STEP);
	} else {
		form_scalar(node, false, form->out);
		end_line(form, value->last);
	}
}

/* What has no line of its own in the form goes above it: comments between a key and its value. */
static void add_displaced(struct form_yaml *form, const struct form_item *item, size_t indent)
{
	if (!is_list(item->value.node) && item->value.first > item->first)
		add_lines(form, item->first, item->value.first - 1, indent, false, false);
}

/* The comments above what stands first behind a dash go above the dash. */
static void add_first_lines(struct form_yaml *form, const struct form_node *list, unsigned place,
			    size_t indent)
{
	const struct form_item *item;
	const size_t *order;

	if (!is_list(list->node) || !list->n || list->node->flow)
		return;
	order = form_order(form->source->arena, list->node, place);
	item = &list->items[order[0]];
	add_lines(form, item->from, item->first - 1, indent, false, false);
	add_displaced(form, item, indent);
	if (list->node->kind == YAML_SEQ)
		add_first_lines(form, &item->value, place, indent);
}

static void add_pair(struct form_yaml *form, const struct form_item *item, unsigned place,
		     size_t indent)
{
	const struct form_node *value = &item->value;
	unsigned inner = form_place(place, item->key->text);

	begin_line(form, indent);
	form_scalar(item->key, false, form->out);
	strbuf_addch(form->out, ':');
	if (!is_list(value->node)) {
		if (value->node->len || value->node->quoted)
			strbuf_addch(form->out, ' ');
		add_scalar(form, value, indent);
		return;
	}
	strbuf_addch(form->out, ' ');
	if (add_flow(form, value, inner)) {
		end_line(form, item->ends_line ? value->last : 0);
		return;
	}
	strbuf_setlen(form->out, form->out->len - 1);
	end_line(form, head_line(form, value, item->first));
	add_list(form, value, inner, indent + FORMAT_STEP, item->to);
}

static void add_entry(struct form_yaml *form, const struct form_item *item, unsigned place,
		      size_t indent)
{
	const struct form_node *value = &item->value;

	add_first_lines(form, value, place, indent);
	begin_line(form, indent);
	strbuf_addch(form->out, '-');
	if (!is_list(value->node)) {
		if (value->node->len || value->node->quoted)
			strbuf_addch(form->out, ' ');
		add_scalar(form, value, indent);
		return;
	}
	strbuf_addch(form->out, ' ');
	if (add_flow(form, value, place)) {
		end_line(form, item->ends_line ? value->last : 0);
		return;
	}
	form->is_inline = true;
	add_list(form, value, place, indent + FORMAT_STEP, item->to);
}

static void add_list(struct form_yaml *form, const struct form_node *list, unsigned place,
		     size_t indent, uint32_t to)
{
	bool is_map = list->node->kind == YAML_MAP;
	const size_t *order = is_map ? form_order(form->source->arena, list->node, place) : NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct form_item *item = &list->items[order ? order[i] : i];

		if (!form->is_inline) {
			add_lines(form, item->from, item->first - 1, indent, i > 0, i > 0);
			add_displaced(form, item, indent);
		}
		if (is_map)
			add_pair(form, item, place, indent);
		else
			add_entry(form, item, place, indent);
	}
	if (list->n)
		add_lines(form, list->items[list->n - 1].to + 1, to, indent, true, false);
}

/* What a file begins with and a blank line sets apart is about the file, not about its first key. */
static void add_header(struct form_yaml *form)
{
	struct form_node *root = &form->source->root;
	uint32_t last = 0;

	if (!root->n)
		return;
	for (uint32_t i = 1; i < root->items[0].first; i++)
		if (form->source->lines[i].is_blank && i > 1)
			last = i;
	if (!last)
		return;
	add_lines(form, 1, last, 0, false, true);
	root->items[0].from = last + 1;
}

void form_yaml(struct form_source *source, struct strbuf *out)
{
	struct form_yaml form = { .source = source, .out = out };

	add_header(&form);
	add_list(&form, &source->root, AT_WORKFLOW, 0, source->n_lines);
}
