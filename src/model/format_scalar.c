/*
 * Scalars and what stands in brackets, in one line. Whether a text can do without quotes is asked of the
 * parser itself.
 */
#include <string.h>

#include "base/utf8.h"
#include "format_impl.h"

/* Words that other readers of YAML take for a boolean or nothing: quotes around them stay. */
static bool is_trap(const char *text)
{
	static const char *const words[] = { "y",   "n",    "yes",   "no",  "on",
					     "off", "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static const struct yaml_node *value_in(const struct yaml_node *root, bool in_flow)
{
	const struct yaml_node *value = root ? yaml_get(root, "k") : NULL;

	if (in_flow && value)
		return value->kind == YAML_SEQ && value->n_items == 1 ? &value->items[0] : NULL;
	return value;
}

static bool is_same_string(const struct yaml_node *a, const struct yaml_node *b)
{
	return a && a->kind == YAML_STRING && a->len == b->len &&
	       memcmp(a->text, b->text, a->len) == 0;
}

static bool is_printable(const struct yaml_node *scalar)
{
	for (size_t i = 0, len; i < scalar->len; i += len) {
		uint32_t code;

		len = utf8_decode(scalar->text + i, scalar->len - i, &code);
		if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
		    code == 0x2029 || code == 0xfeff)
			return false;
	}
	return true;
}

/* Would the text without quotes be the same string, as a value and as a key? */
static bool can_be_plain(const struct yaml_node *scalar, bool in_flow)
{
	struct strbuf text = STRBUF_INIT;
	struct arena arena = { 0 };
	struct diags diags = { 0 };
	bool can;

	if (scalar->len == 0 || !is_printable(scalar) || is_trap(scalar->text))
		return false;
	strbuf_addf(&text, in_flow ? "k: [%s]\n" : "k: %s\n", scalar->text);
	diags_begin(&diags, "", &text);
	can = is_same_string(value_in(yaml_parse(&arena, &diags, false), in_flow), scalar) &&
	      diags.list.n == 0;
	diags_release(&diags);
	arena_release(&arena);
	strbuf_release(&text);
	return can;
}

static void add_single(const struct yaml_node *scalar, struct strbuf *out)
{
	strbuf_addch(out, '\'');
	for (size_t i = 0; i < scalar->len; i++) {
		if (scalar->text[i] == '\'')
			strbuf_addch(out, '\'');
		strbuf_addch(out, scalar->text[i]);
	}
	strbuf_addch(out, '\'');
}

static void add_escape(uint32_t code, struct strbuf *out)
{
	switch (code) {
	case '\n': strbuf_addstr(out, "\\n"); break;
	case '\t': strbuf_addstr(out, "\\t"); break;
	case '"': strbuf_addstr(out, "\\\""); break;
	case '\\': strbuf_addstr(out, "\\\\"); break;
	default: strbuf_addf(out, "\\u%04x", (unsigned)code);
	}
}

static void add_double(const struct yaml_node *scalar, struct strbuf *out)
{
	strbuf_addch(out, '"');
	for (size_t i = 0, len; i < scalar->len; i += len) {
		uint32_t code;

		len = utf8_decode(scalar->text + i, scalar->len - i, &code);
		if (code < 0x20 || code == '"' || code == '\\' || (code >= 0x7f && code < 0xa0) ||
		    code == 0x2028 || code == 0x2029 || code == 0xfeff)
			add_escape(code, out);
		else
			strbuf_add(out, scalar->text + i, len);
	}
	strbuf_addch(out, '"');
}

void form_scalar(const struct yaml_node *scalar, bool in_flow, struct strbuf *out)
{
	if (scalar->kind != YAML_STRING ||
	    (!scalar->quoted && !memchr(scalar->text, '\n', scalar->len)))
		strbuf_add(out, scalar->text, scalar->len);
	else if (can_be_plain(scalar, in_flow))
		strbuf_add(out, scalar->text, scalar->len);
	else if (is_printable(scalar) && (memchr(scalar->text, '"', scalar->len) ||
					  memchr(scalar->text, '\\', scalar->len)))
		add_single(scalar, out);
	else
		add_double(scalar, out);
}

static void add_flow_map(struct arena *arena, const struct yaml_node *node, unsigned place,
			 struct strbuf *out)
{
	const size_t *order = form_order(arena, node, place);

	strbuf_addch(out, '{');
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_pair *pair = &node->pairs[order[i]];

		if (i)
			strbuf_addstr(out, ", ");
		form_scalar(&pair->key, true, out);
		strbuf_addstr(out, ": "); /* a blank also where nothing follows: ":}" is an error */
		form_flow(arena, &pair->value, form_place(place, pair->key.text), out);
	}
	strbuf_addch(out, '}');
}

void form_flow(struct arena *arena, const struct yaml_node *node, unsigned place,
	       struct strbuf *out)
{
	if (node->kind == YAML_MAP) {
		add_flow_map(arena, node, place, out);
	} else if (node->kind == YAML_SEQ) {
		strbuf_addch(out, '[');
		for (size_t i = 0; i < node->n_items; i++) {
			if (i)
				strbuf_addstr(out, ", ");
			form_flow(arena, &node->items[i], place, out);
		}
		strbuf_addch(out, ']');
	} else {
		form_scalar(node, true, out);
	}
}
