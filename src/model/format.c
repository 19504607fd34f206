/*
 * See format.h. Order of keys, and the proof that nothing was lost.
 */
#include "model/format.h"

#include <string.h>

#include "base/utf8.h"
#include "ext/json.h"
#include "format_impl.h"
#include "model/dialect.h"

size_t form_width(const char *text, size_t len)
{
	return utf8_text_width(text, len);
}

unsigned form_place(unsigned place, const char *key)
{
	const struct schema_row *row;

	if (place >= FORMAT_NAMES)
		return place - FORMAT_NAMES;
	row = place < AT_PLACES ? schema_find((enum schema_place)place, key) : NULL;
	if (!row)
		return FORMAT_FREE;
	if (row->type == TYPE_STEPS)
		return AT_STEP;
	/* No key leads to the top of a file: 0 says that there is nothing of ours below. */
	if (!row->inner)
		return FORMAT_FREE;
	return row->type == TYPE_MAP ? FORMAT_NAMES + row->inner : row->inner;
}

const size_t *form_order(struct arena *arena, const struct yaml_node *map, unsigned place)
{
	size_t n = 0, *order = ARENA_ARRAY(arena, size_t, map->n_pairs + 1);
	bool *is_done = ARENA_ARRAY(arena, bool, map->n_pairs + 1);

	for (size_t row = 0; place < AT_PLACES && row < schema_n_rows; row++) {
		if (schema_rows[row].place != place)
			continue;
		for (size_t i = 0; i < map->n_pairs; i++) {
			if (is_done[i] || strcmp(schema_rows[row].key, map->pairs[i].key.text) != 0)
				continue;
			is_done[i] = true;
			order[n++] = i;
		}
	}
	for (size_t i = 0; i < map->n_pairs; i++)
		if (!is_done[i])
			order[n++] = i;
	return order;
}

static bool is_same(const struct yaml_node *a, const struct yaml_node *b);

static bool is_same_map(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->n_pairs != b->n_pairs)
		return false;
	for (size_t i = 0; i < a->n_pairs; i++) {
		const struct yaml_node *other = yaml_get(b, a->pairs[i].key.text);

		if (!other || !is_same(&a->pairs[i].value, other))
			return false;
	}
	return true;
}

static bool is_same(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case YAML_MAP: return is_same_map(a, b);
	case YAML_SEQ:
		for (size_t i = 0; i < a->n_items && a->n_items == b->n_items; i++)
			if (!is_same(&a->items[i], &b->items[i]))
				return false;
		return a->n_items == b->n_items;
	default: return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	}
}

static int check_comments(const struct form_source *source, struct err *err)
{
	for (uint32_t i = 1; i <= source->n_lines; i++) {
		const struct form_line *line = &source->lines[i];

		if (line->comment && !line->is_told)
			return err_set(
				err, ERR_INVALID,
				"the comment in line %u stands where no place for it is known", i);
	}
	return 0;
}

/* What was written says what was read. */
static int check_tree(struct arena *arena, const struct yaml_node *root, bool is_json,
		      const struct strbuf *out, size_t from, struct err *err)
{
	struct diags diags = { .file = "" };
	const struct yaml_node *again;
	bool ok;

	diags.text = strbuf_str(out) + from;
	diags.text_len = out->len - from;
	again = yaml_parse(arena, &diags, is_json);
	ok = again && diags.n_errors == 0 && is_same(root, again);
	diags_release(&diags);
	if (!ok)
		return err_set(err, ERR_INVALID, "no form is known that says the same");
	return 0;
}

/* ---- the dialect ---- */

static const char *id_of(struct arena *arena, const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL, *name = slash ? slash + 1 : file;

	return name ? arena_strndup(arena, name, strcspn(name, ".")) : "";
}

static int form_text(struct arena *arena, struct diags *diags, bool is_json,
		     const struct dialect_world *world, struct strbuf *out, struct err *err);

/* A text that was made, or changed, says nothing about its quotes: each is asked for them. */
static void ask_for_quotes(struct yaml_node *node)
{
	if (node->kind == YAML_STRING && !node->quoted)
		node->quoted = '"';
	for (size_t i = 0; node->kind == YAML_SEQ && i < node->n_items; i++)
		ask_for_quotes(&node->items[i]);
	for (size_t i = 0; node->kind == YAML_MAP && i < node->n_pairs; i++) {
		/* `on` as a key is no trap. */
		if (strcmp(node->pairs[i].key.text, "on") != 0)
			ask_for_quotes(&node->pairs[i].key);
		ask_for_quotes(&node->pairs[i].value);
	}
}

/* The document in the canonical spelling, as if its author had written that; and the form of it. */
static int form_dialect(struct arena *arena, struct diags *diags, bool is_json,
			const struct yaml_node *root, const struct dialect_world *world,
			struct strbuf *out, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct diags canonical = { .file = diags->file };
	struct form_source source;
	size_t from = out->len;
	int rc;

	if (!is_json && form_source_read(&source, arena, diags, root, err) < 0)
		return -1;
	root = dialect_translate(arena, id_of(arena, diags->file), root, world, false, diags);
	if (diags->n_errors)
		return err_set(err, ERR_INVALID, "it has mistakes");
	if (is_json) {
		form_json(arena, root, out);
		return check_tree(arena, root, true, out, from, err);
	}
	ask_for_quotes((struct yaml_node *)root);
	form_tree(&source, root, &text);
	canonical.text = strbuf_str(&text);
	canonical.text_len = text.len;
	rc = form_text(arena, &canonical, false, world, out, err);
	diags_release(&canonical);
	return rc < 0 ? -1 : check_tree(arena, root, false, out, from, err);
}

static int form_text(struct arena *arena, struct diags *diags, bool is_json,
		     const struct dialect_world *world, struct strbuf *out, struct err *err)
{
	const struct yaml_node *root = yaml_parse(arena, diags, is_json);
	struct form_source source;
	size_t from = out->len;

	if (!root || diags->n_errors || root->kind != YAML_MAP)
		return err_set(err, ERR_INVALID, "it is no workflow");
	if (is_json && !json_parse(arena, diags->text, diags->text_len, err))
		return err_wrap(err, "it is no JSON but for YAML's rules");
	if (dialect_is_spoken(root))
		return form_dialect(arena, diags, is_json, root, world, out, err);
	if (is_json) {
		form_json(arena, root, out);
		return check_tree(arena, root, true, out, from, err);
	}
	if (form_source_read(&source, arena, diags, root, err) < 0)
		return -1;
	form_yaml(&source, out);
	if (check_comments(&source, err) < 0)
		return -1;
	return check_tree(arena, root, false, out, from, err);
}

int format_document(struct diags *diags, bool is_json, const struct dialect_world *world,
		    struct strbuf *out, struct err *err)
{
	struct arena arena = { 0 };
	int rc = form_text(&arena, diags, is_json, world, out, err);

	arena_release(&arena);
	return rc;
}
