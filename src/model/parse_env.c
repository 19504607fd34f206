/*
 * `env` and `pass_env` of a workflow or a step.
 */
#include <string.h>

#include "parse_impl.h"

/* Set by the engine itself: a value given here would be lost. */
static bool is_reserved(const char *name)
{
	return strncmp(name, "WF_", 3) == 0 || strncmp(name, "__wf_", 5) == 0 ||
	       strncmp(name, "GIT_WF_", 7) == 0;
}

static bool check_name(struct reader *reader, const struct yaml_node *key)
{
	struct diag *diag;

	if (!parse_is_name(key->text)) {
		diag = diag_error(reader->diags, key->span,
				  "'%.60s' is no name for an environment variable", key->text);
		diag_hint(reader->diags, diag, "use letters, digits and '_'");
		return false;
	}
	if (is_reserved(key->text)) {
		diag_error(reader->diags, key->span,
			   "the names WF_… and GIT_WF_… are git-wf's own");
		return false;
	}
	return true;
}

static void read_clear(struct reader *reader, const struct yaml_node *value, struct env_block *env)
{
	if (value->kind == YAML_BOOL)
		env->clear = value->text[0] == 't' || value->text[0] == 'T';
	else
		diag_error(reader->diags, value->span, "'clear' must be true or false, not %s",
			   yaml_kind_name(value));
}

static void read_variable(struct reader *reader, const struct yaml_pair *pair,
			  struct env_block *env)
{
	struct env_var *var = &env->vars[env->n_vars];
	struct diag *diag;

	if (!check_name(reader, &pair->key) || pair->value.kind == YAML_BAD)
		return;
	if (!parse_is_scalar(&pair->value)) {
		diag = diag_error(reader->diags, pair->value.span, "'%s' must be a string, not %s",
				  pair->key.text, yaml_kind_name(&pair->value));
		if (pair->value.kind == YAML_NULL)
			diag_hint(reader->diags, diag, "write \"\" for an empty value");
		return;
	}
	var->name = parse_copy(reader, &pair->key);
	parse_text(reader, &pair->value, &var->value);
	env->n_vars++;
}

void parse_env(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       void *env_block)
{
	struct env_block *env = env_block;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	env->vars = ARENA_ARRAY(reader->arena, struct env_var, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_pair *pair = &node->pairs[i];

		if (pair->key.kind == YAML_BAD)
			continue;
		if (strcmp(pair->key.text, "clear") == 0)
			read_clear(reader, &pair->value, env);
		else
			read_variable(reader, pair, env);
	}
}

void parse_pass_env(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *env_block)
{
	struct env_block *env = env_block;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	env->pass = ARENA_ARRAY(reader->arena, const char *, n);
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]) && check_name(reader, &items[i]))
			env->pass[env->n_pass++] = parse_copy(reader, &items[i]);
}
