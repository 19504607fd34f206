/*
 * What a tree of YAML does not say: comments, blank lines, where each node ends. libyaml drops
 * comments before anybody sees them and its emitter knows none, so the form is not written from
 * its events: the tree tells which characters are text of values, and every '#' outside of them begins
 * a comment.
 */
#include <string.h>

#include "base/compat.h"
#include "format_impl.h"

static void split_lines(struct form_source *source)
{
	const char *at = source->text;
	uint32_t n = 2;

	for (const char *c = at; c < source->end; c++)
		n += *c == '\n';
	source->lines = ARENA_ARRAY(source->arena, struct form_line, n + 1);
	while (at < source->end) {
		struct form_line *line = &source->lines[++source->n_lines];
		const char *eol = memchr(at, '\n', (size_t)(source->end - at));
		const char *stop = eol ? eol : source->end;

		line->text = at;
		line->len = (size_t)(stop - at);
		if (line->len && stop[-1] == '\r')
			line->len--;
		line->is_blank = strspn(at, " \t") >= line->len;
		at = eol ? eol + 1 : source->end;
	}
}

/* The line of a place in the text: the last one that begins at or before it. */
static uint32_t line_of(const struct form_source *source, const char *at)
{
	uint32_t low = 1, high = source->n_lines;

	while (low < high) {
		uint32_t mid = low + (high - low + 1) / 2;

		if (source->lines[mid].text <= at)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* Where a span begins; columns count characters. */
static const char *place_of(const struct form_source *source, struct span span)
{
	const struct form_line *line = &source->lines[span.line];
	const char *at = line->text, *end = at + line->len;

	for (unsigned col = 1; col < span.col && at < end; col++) {
		at++;
		while (at < end && ((unsigned char)*at & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static const char *line_end(const struct form_source *source, const char *at)
{
	const char *eol = memchr(at, '\n', (size_t)(source->end - at));

	return eol ? eol : source->end;
}

static bool begins_comment(const struct form_source *source, const char *at)
{
	return *at == '#' && (at == source->text || strchr(" \t\n", at[-1]));
}

/* Takes the comment that begins at `at`. Returns its end. */
static const char *take_comment(struct form_source *source, const char *at)
{
	struct form_line *line = &source->lines[line_of(source, at)];

	line->comment = at;
	line->is_own = strspn(line->text, " \t") == (size_t)(at - line->text);
	return line_end(source, at);
}

/* Looks for comments between the last value and `to`. */
static void look_until(struct form_source *source, const char *to)
{
	const char *at = source->seen;

	while (at < to)
		at = begins_comment(source, at) ? take_comment(source, at) : at + 1;
	if (to > source->seen)
		source->seen = to;
}

static const char *quoted_end(const struct form_source *source, const char *at)
{
	char quote = *at++;

	for (; at < source->end && *at != quote; at++)
		if (quote == '"' && *at == '\\')
			at++;
	if (quote == '\'' && at + 1 < source->end && at[1] == '\'')
		return quoted_end(source, at + 1);
	return at < source->end ? at + 1 : source->end;
}

/* The end of the text in a line: before " #" and blanks. */
static const char *plain_end(const struct form_source *source, const char *at)
{
	const char *end = line_end(source, at), *stop = at;

	for (; at < end && !(begins_comment(source, at) && at > stop); at++)
		if (!strchr(" \t\r", *at))
			stop = at + 1;
	return stop;
}

/* A plain scalar of several lines ends before the next node, a comment or the end. */
static const char *folded_end(const struct form_source *source, const struct yaml_node *scalar,
			      uint32_t next_line)
{
	uint32_t last = scalar->span.line;

	for (uint32_t i = last + 1; i < next_line && i <= source->n_lines; i++) {
		const struct form_line *line = &source->lines[i];

		if (line->is_blank)
			continue;
		if (line->text[strspn(line->text, " \t")] == '#' ||
		    strncmp(line->text, "...", 3) == 0)
			break;
		last = i;
	}
	return plain_end(source, source->lines[last].text);
}

static const char *header_end(struct form_source *source, const struct yaml_node *scalar,
			      const char *at, bool *keeps)
{
	const char *end = line_end(source, at);

	*keeps = false;
	for (at++; at < end && strchr("+-0123456789", *at); at++)
		*keeps |= *at == '+';
	source->seen = at;
	look_until(source, end);
	(void)scalar;
	return end;
}

/* Of '|' and '>': the lines that are blank or as deep as its text. */
static const char *block_end(struct form_source *source, const struct yaml_node *scalar,
			     const char *at, uint32_t next_line)
{
	uint32_t last = scalar->span.line;
	bool keeps, has_text = scalar->text[strspn(scalar->text, "\n")] != '\0';
	const char *end = header_end(source, scalar, at, &keeps);

	for (uint32_t i = last + 1; i < next_line && i <= source->n_lines; i++) {
		const struct form_line *line = &source->lines[i];

		if (!line->is_blank && (!has_text || strspn(line->text, " ") < scalar->indent))
			break;
		if (!line->is_blank || keeps || line->len > scalar->indent)
			last = i;
	}
	return last == scalar->span.line ? end : source->lines[last].text + source->lines[last].len;
}

static bool is_one_line(const struct form_source *source, const struct yaml_node *scalar,
			const char *at)
{
	return (size_t)(source->end - at) >= scalar->len &&
	       memcmp(at, scalar->text, scalar->len) == 0;
}

static const char *scalar_end(struct form_source *source, const struct yaml_node *scalar,
			      const char *at, uint32_t next_line)
{
	switch (scalar->quoted) {
	case '\'':
	case '"': return quoted_end(source, at);
	case '|':
	case '>': return block_end(source, scalar, at, next_line);
	}
	if (is_one_line(source, scalar, at))
		return at + scalar->len;
	return folded_end(source, scalar, next_line);
}

static void read_node(struct form_source *source, struct form_node *form,
		      const struct yaml_node *node, uint32_t next_line, bool in_flow);

/* The line of the first node behind item i. */
static uint32_t line_behind(const struct yaml_node *node, size_t i, uint32_t next_line)
{
	size_t n = node->kind == YAML_MAP ? node->n_pairs : node->n_items;

	if (i + 1 >= n)
		return next_line;
	return node->kind == YAML_MAP ? node->pairs[i + 1].key.span.line
				      : node->items[i + 1].span.line;
}

static void read_items(struct form_source *source, struct form_node *form, uint32_t next_line,
		       bool in_flow)
{
	const struct yaml_node *node = form->node;

	form->n = node->kind == YAML_MAP ? node->n_pairs : node->n_items;
	form->items = ARENA_ARRAY(source->arena, struct form_item, form->n + 1);
	for (size_t i = 0; i < form->n; i++) {
		struct form_item *item = &form->items[i];
		bool is_pair = node->kind == YAML_MAP;
		const struct yaml_node *value = is_pair ? &node->pairs[i].value : &node->items[i];
		struct form_node key;

		if (is_pair) {
			item->key = &node->pairs[i].key;
			read_node(source, &key, item->key, value->span.line, in_flow);
		}
		read_node(source, &item->value, value, line_behind(node, i, next_line), in_flow);
		item->first = is_pair ? key.first : item->value.first;
		if (i && form->items[i - 1].value.last < item->first)
			form->items[i - 1].ends_line = true;
	}
	if (form->n)
		form->items[form->n - 1].ends_line = true;
}

/* The bracket that closes a list or mapping, behind its last item. */
static const char *closing(struct form_source *source, const struct yaml_node *node)
{
	char bracket = node->kind == YAML_MAP ? '}' : ']';
	const char *at = source->seen;

	while (at < source->end && *at != bracket)
		at = begins_comment(source, at) ? take_comment(source, at) : at + 1;
	return at < source->end ? at + 1 : at;
}

static void read_node(struct form_source *source, struct form_node *form,
		      const struct yaml_node *node, uint32_t next_line, bool in_flow)
{
	const char *at = place_of(source, node->span);

	*form = (struct form_node){ .node = node, .first = node->span.line };
	/* A value that is not there stands where its key ends. */
	look_until(source, at);
	if (node->kind == YAML_MAP || node->kind == YAML_SEQ) {
		bool has_brackets = node->flow && (*at == '[' || *at == '{');

		source->seen = has_brackets ? at + 1 : at;
		read_items(source, form, next_line, in_flow || node->flow);
		if (has_brackets)
			source->seen = closing(source, node);
		else if (form->n)
			form->last = form->items[form->n - 1].value.last;
	} else if (node->len || node->quoted) {
		source->seen = scalar_end(source, node, at, next_line);
	}
	if (!form->last)
		form->last = source->seen > at ? line_of(source, source->seen - 1) : form->first;
}

static bool is_block(const struct yaml_node *node)
{
	return (node->kind == YAML_MAP || node->kind == YAML_SEQ) && !node->flow;
}

static size_t depth_of(const struct form_line *line)
{
	return strspn(line->text, " \t");
}

/* Comments below an item that are deeper than it belong to what stands under it. */
static uint32_t claim(const struct form_source *source, const struct form_node *list,
		      const struct form_item *item, uint32_t end)
{
	uint32_t last = item->value.last;
	size_t col = item->key ? item->key->span.col : list->node->span.col;

	if (!is_block(item->value.node))
		return last;
	for (uint32_t i = last + 1; i <= end; i++) {
		const struct form_line *line = &source->lines[i];

		if (line->is_blank)
			continue;
		if (!line->comment || !line->is_own || depth_of(line) < col)
			break;
		last = i;
	}
	return last;
}

/* Says which lines each item has, from `from` to `to` for all of the list. */
static void share_lines(const struct form_source *source, struct form_node *list, uint32_t from,
			uint32_t to)
{
	for (size_t i = 0; i < list->n; i++) {
		struct form_item *item = &list->items[i];
		uint32_t end = i + 1 < list->n ? list->items[i + 1].first - 1 : to;

		item->from = from;
		item->to = claim(source, list, item, end);
		share_lines(source, &item->value, item->first + 1, item->to);
		from = item->to + 1;
	}
}

/* Columns and lengths of a span end at 65535. */
static int check_lengths(const struct form_source *source, struct err *err)
{
	for (uint32_t i = 1; i <= source->n_lines; i++)
		if (source->lines[i].len >= UINT16_MAX)
			return err_set(err, ERR_INVALID, "line %u is too long to be formatted", i);
	return 0;
}

int form_source_read(struct form_source *source, struct arena *arena, const struct diags *diags,
		     const struct yaml_node *root, struct err *err)
{
	*source = (struct form_source){ .arena = arena };
	source->text = diags->text;
	source->end = diags->text + diags->text_len;
	if (diags->text_len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0)
		source->text += 3;
	source->seen = source->text;
	split_lines(source);
	if (check_lengths(source, err) < 0)
		return -1;
	read_node(source, &source->root, root, source->n_lines + 1, false);
	look_until(source, source->end);
	share_lines(source, &source->root, 1, source->n_lines);
	return 0;
}
