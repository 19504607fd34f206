/*
 * Actions that are a mapping of their own, such as `commit`: what all of them decide about their step.
 */
#include <string.h>

#include "parse_impl.h"

void parse_own_begin(struct step_draft *draft, const struct yaml_node *node,
		     parse_finish_fn *finish)
{
	draft->own_at = node;
	draft->finish = finish;
}

void parse_own_see_run(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into UNUSED)
{
	const struct yaml_node *run;

	parse_keep_run(reader, row, node, &run);
}

bool parse_own_run(struct reader *reader, struct step_draft *draft)
{
	const struct yaml_node *run = draft->own_at->kind == YAML_MAP
					      ? yaml_get(draft->own_at, "run")
					      : NULL;

	if (run)
		parse_run(reader, run, draft);
	return run != NULL;
}

/* What `defaults` say is for commands. */
static void forget_defaults(struct step_draft *draft, const char *key)
{
	struct step *step = &draft->step;

	if (strcmp(key, "dir") == 0)
		step->dir = (struct text){ 0 };
	if (strcmp(key, "sandbox") == 0)
		step->sandbox = (struct sandbox){ 0 };
	if (strcmp(key, "retry") == 0)
		step->retry = NULL;
	if (strcmp(key, "timeout") == 0)
		step->timeout_ms = 0;
}

void parse_own_finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft,
		      const struct own_action *own)
{
	struct step *step = &draft->step;

	parse_refuse_other_actions(reader, map, own->key);
	for (const char *const *key = own->refused; *key; key++) {
		const struct yaml_node *value = yaml_get(map, *key);

		if (value)
			diag_error(reader->diags, value->span, "'%s' has no meaning beside '%s'",
				   *key, own->key);
		forget_defaults(draft, *key);
	}
	step->action = (uint8_t)own->action;
	step->action_span = draft->own_at->span;
	if (own->is_remembered)
		return;
	step->cache = TRI_FALSE;
	step->cache_failures = false;
	draft->has_cache = false;
}
