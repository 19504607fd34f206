/*
 * `foreach`: names with a list, a glob or the lines of a value; several names make a matrix.
 */
#include <string.h>

#include "parse_impl.h"

struct foreach_draft { /* a name's mapping */
	struct foreach_var *var;
	unsigned n_keys;
};

static void read_glob(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct foreach_draft *draft = into;
	struct foreach_var *var = draft->var;

	draft->n_keys++;
	var->kind = FOREACH_GLOB;
	parse_paths(reader, row, node, true, &var->globs, &var->n_globs);
	for (size_t i = 0; i < var->n_globs; i++)
		if (var->globs[i].kind == PATH_ARTIFACT || var->globs[i].kind == PATH_DIR)
			diag_error(reader->diags, var->globs[i].text.span,
				   "'glob' takes patterns of files only");
}

static void read_lines(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct foreach_draft *draft = into;

	draft->n_keys++;
	draft->var->kind = FOREACH_LINES;
	parse_by_type(reader, row, node, &draft->var->lines);
}

static const struct field foreach_fields[] = {
	{ "glob", 0, read_glob },
	{ "lines", 0, read_lines },
};

const struct field_table parse_foreach_fields = { ARRAY_SIZE(foreach_fields), foreach_fields };

static void reject_doubles(struct reader *reader, const struct foreach_var *var)
{
	struct strmap seen = { 0 };

	for (size_t i = 0; i < var->n_items; i++) {
		const struct text *item = &var->items[i];

		if (text_has_refs(item))
			continue;
		if (strmap_put(&seen, item->raw, (void *)item))
			diag_error(reader->diags, item->span, "the item '%s' is listed twice",
				   item->raw);
	}
	strmap_release(&seen);
}

static void read_items(struct reader *reader, const struct yaml_node *node, struct foreach_var *var)
{
	var->kind = FOREACH_LIST;
	var->items = ARENA_ARRAY(reader->arena, struct text, node->n_items);
	for (size_t i = 0; i < node->n_items; i++) {
		const struct yaml_node *item = &node->items[i];

		if (item->kind == YAML_BAD)
			continue;
		if (!parse_is_scalar(item))
			diag_error(reader->diags, item->span,
				   "an item of '%s' must be a single value, not %s", var->name,
				   yaml_kind_name(item));
		else if (parse_text(reader, item, &var->items[var->n_items]) == 0)
			var->n_items++;
	}
	reject_doubles(reader, var);
}

/* What others write where the name of the item belongs. */
static void hint_unnamed(struct reader *reader, struct diag *diag, const char *key)
{
	if (!key)
		diag_hint(reader->diags, diag,
			  "name the item: {item: […]}, it is read as ${each.item}");
	else if (!strcmp(key, "glob"))
		diag_hint(reader->diags, diag,
			  "name the item: {file: {glob: …}}, it is read as ${each.file}");
	else if (!strcmp(key, "lines"))
		diag_hint(reader->diags, diag,
			  "name the item: {line: {lines: …}}, it is read as ${each.line}");
}

static void read_var(struct reader *reader, const struct yaml_pair *pair, struct foreach_var *var)
{
	struct foreach_draft draft = { .var = var };
	const struct yaml_node *value = &pair->value;
	struct diag *diag;

	var->name = parse_copy(reader, &pair->key);
	var->span = pair->key.span;
	if (!parse_is_name(var->name)) {
		diag = diag_error(reader->diags, var->span, "'%s' is no name for foreach",
				  var->name);
		diag_hint(reader->diags, diag,
			  "use letters, digits and '_': it is read as ${each.name}");
	}
	if (value->kind == YAML_SEQ) {
		read_items(reader, value, var);
	} else if (value->kind == YAML_MAP) {
		parse_fields(reader, AT_FOREACH, value, &draft);
		if (draft.n_keys != 1)
			diag_error(reader->diags, value->span,
				   "'%s' needs one of 'glob' and 'lines'", var->name);
	} else if (value->kind != YAML_BAD) {
		diag = diag_error(
			reader->diags, value->span,
			"'%s' must be a list, {glob: PATTERNS} or {lines: EXPRESSION}, not %s",
			var->name, yaml_kind_name(value));
		if (value->kind == YAML_STRING && strncmp(value->text, "${", 2) == 0)
			diag_hint(reader->diags, diag, "write {lines: %.*s}",
				  (int)strcspn(value->text + 2, "}"), value->text + 2);
		hint_unnamed(reader, diag, var->name);
	}
}

static void note_steps(void *data, const struct expr_ref *ref)
{
	bool *is_dynamic = data;

	if (ref->ns == NS_STEPS)
		*is_dynamic = true;
}

static bool is_dynamic(const struct foreach_var *var)
{
	bool result = false;

	if (var->lines)
		expr_each_ref(var->lines, note_steps, &result);
	for (size_t i = 0; i < var->n_items; i++)
		text_each_ref(&var->items[i], note_steps, &result);
	for (size_t i = 0; i < var->n_globs; i++)
		text_each_ref(&var->globs[i].text, note_steps, &result);
	return result;
}

void parse_foreach(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct foreach *foreach = &draft->foreach;

	draft->has_foreach = true;
	foreach->span = node->span;
	if (node->kind != YAML_MAP) {
		struct diag *diag = parse_wrong_type(reader, row, node);

		if (node->kind == YAML_SEQ)
			hint_unnamed(reader, diag, NULL);
		return;
	}
	if (!node->n_pairs)
		diag_error(reader->diags, node->span, "'foreach' needs at least one name");
	foreach->vars = ARENA_ARRAY(reader->arena, struct foreach_var, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++) {
		struct foreach_var *var = &foreach->vars[foreach->n_vars];

		if (node->pairs[i].key.kind == YAML_BAD)
			continue;
		foreach->n_vars++;
		read_var(reader, &node->pairs[i], var);
		foreach->is_dynamic |= is_dynamic(var);
	}
}
