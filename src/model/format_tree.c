/*
 * YAML from a tree alone, for documents whose tree is not that of their text: those in the dialect. What
 * comes out is formed again like any other file. Comments go above what stands below them in the source,
 * the rest of them to the end.
 */
#include <string.h>

#include "format_impl.h"

struct form_tree {
	struct form_source *source; /* of the author's text, for its comments */
	struct strbuf *out;
};

static void add_comment(struct form_tree *form, struct form_line *line, size_t indent)
{
	strbuf_pad(form->out, ' ', indent);
	strbuf_add(form->out, line->comment, (size_t)(line->text + line->len - line->comment));
	strbuf_addch(form->out, '\n');
	line->is_told = true;
}

/* Those right above a line of the source, and the one behind it. */
static void add_comments(struct form_tree *form, uint32_t at, size_t indent)
{
	struct form_line *lines = form->source->lines;
	uint32_t from = at;

	if (!at || at > form->source->n_lines)
		return;
	while (from > 1 && (lines[from - 1].is_blank || lines[from - 1].is_own))
		from--;
	for (; from <= at; from++)
		if (lines[from].comment && !lines[from].is_told)
			add_comment(form, &lines[from], indent);
}

static bool is_list(const struct yaml_node *node)
{
	return node->kind == YAML_MAP || node->kind == YAML_SEQ;
}

static size_t count(const struct yaml_node *node)
{
	return node->kind == YAML_MAP ? node->n_pairs : node->n_items;
}

/* Can the text stand below a '|' as it is? */
static bool is_block_text(const struct yaml_node *node)
{
	const char *text = node->text;

	if (node->kind != YAML_STRING || !strchr(text, '\n') || strchr(" \n\t", *text))
		return false;
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') ||
		    (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

/* In brackets a text of several lines would be one with escapes. */
static bool has_lines(const struct yaml_node *node)
{
	for (size_t i = 0; node->kind == YAML_SEQ && i < node->n_items; i++)
		if (has_lines(&node->items[i]))
			return true;
	for (size_t i = 0; node->kind == YAML_MAP && i < node->n_pairs; i++)
		if (has_lines(&node->pairs[i].value))
			return true;
	return is_block_text(node);
}

static void add_block(struct form_tree *form, const struct yaml_node *node, size_t indent)
{
	const char *text = node->text, *end = text + node->len, *stop = end;

	while (stop > text && stop[-1] == '\n')
		stop--;
	strbuf_addstr(form->out, stop == end ? "|-\n" : stop + 1 == end ? "|\n" : "|+\n");
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = eol ? eol : end;

		if (line_end > text)
			strbuf_pad(form->out, ' ', indent);
		strbuf_add(form->out, text, (size_t)(line_end - text));
		strbuf_addch(form->out, '\n');
		text = eol ? eol + 1 : end;
	}
}

static void add_items(struct form_tree *form, const struct yaml_node *node, unsigned place,
		      size_t indent, bool is_inline);

/* What stands behind "key:" or "-". */
static void add_value(struct form_tree *form, const struct yaml_node *node, unsigned place,
		      size_t indent, bool is_item)
{
	if (is_list(node) && (!count(node) || (node->flow && !has_lines(node)))) {
		strbuf_addch(form->out, ' ');
		form_flow(form->source->arena, node, place, form->out);
	} else if (is_list(node)) {
		strbuf_addch(form->out, is_item ? ' ' : '\n');
		add_items(form, node, place, indent, is_item);
		return;
	} else if (is_block_text(node)) {
		strbuf_addch(form->out, ' ');
		add_block(form, node, indent);
		return;
	} else if (node->len) {
		strbuf_addch(form->out, ' ');
		form_scalar(node, false, form->out);
	}
	strbuf_addch(form->out, '\n');
}

static void add_items(struct form_tree *form, const struct yaml_node *node, unsigned place,
		      size_t indent, bool is_inline)
{
	for (size_t i = 0; i < count(node); i++) {
		const struct yaml_node *value = node->kind == YAML_MAP ? &node->pairs[i].value
								       : &node->items[i];
		const struct yaml_node *key = node->kind == YAML_MAP ? &node->pairs[i].key : value;

		if (!is_inline || i) {
			add_comments(form, key->span.line, indent);
			strbuf_pad(form->out, ' ', indent);
		}
		if (node->kind == YAML_MAP) {
			form_scalar(key, false, form->out);
			strbuf_addch(form->out, ':');
			add_value(form, value, form_place(place, key->text), indent + FORMAT_STEP,
				  false);
		} else {
			strbuf_addch(form->out, '-');
			add_value(form, value, place, indent + FORMAT_STEP, true);
		}
	}
}

void form_tree(struct form_source *source, const struct yaml_node *root, struct strbuf *out)
{
	struct form_tree form = { .source = source, .out = out };
	struct form_line *lines = source->lines;

	/* What the file begins with is about all of it. */
	for (uint32_t i = 1; i <= source->n_lines && (lines[i].is_blank || lines[i].is_own); i++)
		if (lines[i].is_own)
			add_comment(&form, &lines[i], 0);
	if (out->len)
		strbuf_addch(out, '\n');
	add_items(&form, root, AT_WORKFLOW, 0, false);
	for (uint32_t i = 1; i <= source->n_lines; i++)
		if (source->lines[i].comment && !source->lines[i].is_told)
			add_comment(&form, &source->lines[i], 0);
}
