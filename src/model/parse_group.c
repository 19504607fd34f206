/*
 * Steps that are groups of others: `steps` and `uses`, with their own keys.
 */
#include <string.h>

#include "parse_impl.h"

bool parse_is_group(const struct step_draft *draft)
{
	return draft->steps || draft->group.uses.name;
}

void parse_uses(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *into)
{
	struct step_draft *draft = into;
	struct diag *diag;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	draft->step.action_span = node->span;
	draft->group.uses = (struct name_ref){ parse_copy(reader, node), node->span, WF_NONE };
	if (workflow_id_is_valid(draft->group.uses.name))
		return;
	diag = diag_error(reader->diags, node->span, "'%.60s' is no id of a workflow", node->text);
	diag_hint(reader->diags, diag,
		  "write the name of its file in .workflows/ without the ending");
}

void parse_wait_for(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	int choice = parse_choice(reader, row, node);

	if (choice >= 0)
		draft->group.wait_for = (uint8_t)choice;
}

void parse_group_order(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->group.order_listed = parse_choice(reader, row, node) == 1;
}

/* ---- with ---- */

static void read_value(struct reader *reader, const struct yaml_pair *pair,
		       struct with_value *value)
{
	const struct yaml_node *items = &pair->value;
	size_t n = 1;

	if (pair->value.kind == YAML_SEQ) {
		items = pair->value.items;
		n = pair->value.n_items;
	}
	value->name = parse_copy(reader, &pair->key);
	value->span = pair->key.span;
	value->value_span = pair->value.span;
	value->items = ARENA_ARRAY(reader->arena, struct text, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind == YAML_BAD)
			continue;
		if (!parse_is_scalar(&items[i]))
			diag_error(reader->diags, items[i].span,
				   "'%s' must be a single value or a list of them, not %s",
				   value->name, yaml_kind_name(&items[i]));
		else if (parse_text(reader, &items[i], &value->items[value->n_items]) == 0)
			value->n_items++;
	}
}

void parse_with(struct reader *reader, const struct yaml_node *map, struct with_value **values,
		size_t *n)
{
	*values = ARENA_ARRAY(reader->arena, struct with_value, map->n_pairs + 1);
	*n = 0;
	for (size_t i = 0; i < map->n_pairs; i++)
		if (map->pairs[i].key.kind != YAML_BAD)
			read_value(reader, &map->pairs[i], &(*values)[(*n)++]);
}

/* ---- what a group cannot have ---- */

static const struct {
	const char *key, *hint;
	bool uses_only;
} refused[] = {
	{ "inputs", "declare them in its steps", false },
	{ "outputs", "declare them in its steps", false },
	{ "depfile", "declare it in its steps", false },
	{ "tools", "declare them in its steps", false },
	{ "stdin", "write it in its steps", false },
	{ "cache", "write it in its steps: each is remembered for itself", false },
	{ "retry", "write it in its steps: each is tried again for itself", false },
	{ "per_file", "write it in its steps", false },
	{ "slots", "write it in its steps", false },
	{ "exclusive", "write it in its steps", false },
	{ "console", "write it in its steps", false },
	{ "idempotent", "write it in its steps", false },
	{ "limits", "write them in its steps", false },
	{ "sandbox", "write it in its steps, or in defaults", false },
	{ "dir", "the other workflow says where its steps run", true },
	{ "shell", "the other workflow says how its steps run", true },
	{ "pool", "the other workflow has pools of its own", true },
	{ "live", "the other workflow says it", true },
	{ "order", "the other workflow says it", true },
	{ "wait_for", "the other workflow is done when all its steps are", true },
};

static void refuse_keys(struct reader *reader, const struct yaml_node *node, bool is_uses)
{
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_node *key = &node->pairs[i].key;

		for (size_t k = 0; key->kind != YAML_BAD && k < ARRAY_SIZE(refused); k++) {
			struct diag *diag;

			if (strcmp(key->text, refused[k].key) != 0 ||
			    (refused[k].uses_only && !is_uses))
				continue;
			diag = diag_error(reader->diags, key->span,
					  "'%s' is not for a step with '%s'", key->text,
					  is_uses ? "uses" : "steps");
			diag_hint(reader->diags, diag, "%s", refused[k].hint);
		}
	}
}

static void check_steps(struct reader *reader, const struct step_draft *draft)
{
	const struct yaml_node *steps = draft->steps;

	if (draft->group.uses.name)
		diag_error(reader->diags, steps->span, "a step has either 'uses' or 'steps'");
	if (draft->with)
		diag_error(reader->diags, draft->with->span,
			   "'with' needs 'uses', 'action' or 'agent'");
	if (steps->kind == YAML_SEQ && !steps->n_items)
		diag_error(reader->diags, steps->span, "'steps' is empty");
	else if (steps->kind != YAML_SEQ)
		parse_wrong_type(reader, schema_find(AT_STEP, "steps"), steps);
}

void parse_finish_group(struct reader *reader, const struct yaml_node *node,
			struct step_draft *draft)
{
	struct step *step = &draft->step;

	step->action = ACTION_GROUP;
	refuse_keys(reader, node, draft->group.uses.name != NULL);
	if (draft->run)
		diag_error(reader->diags, draft->run->span, "a step has either 'run' or '%s'",
			   draft->steps ? "steps" : "uses");
	if (draft->steps)
		check_steps(reader, draft);
	else if (draft->with)
		parse_with(reader, draft->with, &draft->group.with, &draft->group.n_with);
	/* With `foreach` it says how many items are at work at once. */
	if (!draft->has_foreach)
		draft->group.max_parallel = draft->foreach.max_parallel;
	/* What `defaults` say of a step is said of each in the group, not of the group. */
	step->retry = NULL;
	step->cache = TRI_UNSET;
	if (!draft->timeout)
		step->timeout_ms = 0;
	step->group = arena_memdup(reader->arena, &draft->group, sizeof draft->group);
}
