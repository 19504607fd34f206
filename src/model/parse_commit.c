/*
 * `commit`: what the run has changed becomes a commit.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

#define COMMIT(member) offsetof(struct commit_action, member)

static bool is_trailer_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

	return *name && *name != '-' && !name[strspn(name, letters)];
}

static void read_trailers(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	static const struct name_rule rule = { is_trailer_name, "no name of a trailer",
					       "use letters, digits and '-', as in Reviewed-by" };
	struct commit_action *commit = into;

	parse_named_texts(reader, row, node, &rule, &commit->trailers, &commit->n_trailers);
}

static void read_paths(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct commit_action *commit = into;

	parse_texts(reader, row, node, &commit->paths, &commit->n_paths);
}

static const struct field commit_fields[] = {
	{ "message", COMMIT(message), NULL },
	{ "paths", 0, read_paths },
	{ "trailers", 0, read_trailers },
};

const struct field_table parse_commit_fields = { ARRAY_SIZE(commit_fields), commit_fields };

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "outputs", "depfile", "tools",  "dir",	  "shell",
					       "stdin",	  "cache",   "limits", "sandbox", "foreach",
					       "console", "inputs",  NULL };
	static const struct own_action own = { ACTION_COMMIT, "commit", refused, false };

	parse_own_finish(reader, map, draft, &own);
}

void parse_commit(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft)
{
	struct step_draft *draft = step_draft;

	struct commit_action *commit = ARENA_NEW(reader->arena, struct commit_action);

	draft->step.commit = commit;
	parse_own_begin(draft, node, finish);
	if (node->kind != YAML_MAP) {
		struct diag *diag = parse_wrong_type(reader, row, node);

		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write commit: {message: \"%.60s\"}",
				  node->text);
		return;
	}
	parse_fields(reader, AT_COMMIT, node, commit);
	if (!yaml_get(node, "message"))
		parse_missing(reader, node, AT_COMMIT, "message");
	else if (commit->message.raw && !commit->message.raw[strspn(commit->message.raw, " \t\n")])
		diag_error(reader->diags, commit->message.span, "'message' is empty");
}

void action_visit_commit(const struct step *step, const struct action_visitor *visitor)
{
	const struct commit_action *commit = step->commit;

	visitor->text(visitor->data, &commit->message);
	action_visit_texts(visitor, commit->paths, commit->n_paths);
	for (size_t i = 0; i < commit->n_trailers; i++)
		visitor->text(visitor->data, &commit->trailers[i].value);
}
