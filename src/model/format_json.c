/*
 * The form of a JSON document: one member a line; the innermost lists and objects in one line where
 * they fit.
 */
#include "base/jsonw.h"
#include "format_impl.h"

struct form_json {
	struct arena *arena;
	struct strbuf *out;
};

static bool is_list(const struct yaml_node *node)
{
	return node->kind == YAML_MAP || node->kind == YAML_SEQ;
}

static void add_string(struct strbuf *out, const struct yaml_node *scalar)
{
	struct jsonw w = { .out = out };

	jsonw_string_n(&w, scalar->text, scalar->len);
}

static void add_value(struct form_json *form, const struct yaml_node *node, unsigned place,
		      size_t indent);

static size_t count(const struct yaml_node *node)
{
	return node->kind == YAML_MAP ? node->n_pairs : node->n_items;
}

static void add_items(struct form_json *form, const struct yaml_node *node, unsigned place,
		      size_t indent, bool in_line)
{
	bool is_map = node->kind == YAML_MAP;
	const size_t *order = is_map ? form_order(form->arena, node, place) : NULL;

	strbuf_addch(form->out, is_map ? '{' : '[');
	for (size_t i = 0; i < count(node); i++) {
		if (i)
			strbuf_addstr(form->out, in_line ? ", " : ",");
		if (!in_line) {
			strbuf_addch(form->out, '\n');
			strbuf_pad(form->out, ' ', indent + FORMAT_STEP);
		}
		if (is_map) {
			const struct yaml_pair *pair = &node->pairs[order[i]];

			add_string(form->out, &pair->key);
			strbuf_addstr(form->out, ": ");
			add_value(form, &pair->value, form_place(place, pair->key.text),
				  indent + FORMAT_STEP);
		} else {
			add_value(form, &node->items[i], place, indent + FORMAT_STEP);
		}
	}
	if (!in_line) {
		strbuf_addch(form->out, '\n');
		strbuf_pad(form->out, ' ', indent);
	}
	strbuf_addch(form->out, is_map ? '}' : ']');
}

static bool is_innermost(const struct yaml_node *node)
{
	for (size_t i = 0; i < count(node); i++)
		if (is_list(node->kind == YAML_MAP ? &node->pairs[i].value : &node->items[i]))
			return false;
	return true;
}

static void add_value(struct form_json *form, const struct yaml_node *node, unsigned place,
		      size_t indent)
{
	size_t len = form->out->len, line = len;

	if (!is_list(node)) {
		if (node->kind == YAML_STRING)
			add_string(form->out, node);
		else
			strbuf_add(form->out, node->text, node->len);
		return;
	}
	while (line && form->out->buf[line - 1] != '\n')
		line--;
	if (is_innermost(node)) {
		add_items(form, node, place, indent, true);
		/* A comma may follow. */
		if (!count(node) ||
		    form_width(form->out->buf + line, form->out->len - line) < FORMAT_WIDTH)
			return;
		strbuf_setlen(form->out, len);
	}
	add_items(form, node, place, indent, false);
}

void form_json(struct arena *arena, const struct yaml_node *root, struct strbuf *out)
{
	struct form_json form = { arena, out };

	add_items(&form, root, AT_WORKFLOW, 0, false);
	strbuf_addch(out, '\n');
}
