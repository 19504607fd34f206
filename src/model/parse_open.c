/*
 * `open`: a page, a file, or what has changed, for a person to look at.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

static void read_changed(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct open_action *open = into;

	parse_texts(reader, row, node, &open->changed, &open->n_changed);
	if (node->kind == YAML_SEQ && !node->n_items)
		diag_hint(reader->diags,
			  diag_error(reader->diags, node->span, "'changed' is empty"),
			  "write \"**\" for all files");
}

static const struct field open_fields[] = {
	{ "changed", 0, read_changed },
};

const struct field_table parse_open_fields = { ARRAY_SIZE(open_fields), open_fields };

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "outputs", "depfile", "tools",  "dir",	   "shell",
					       "stdin",	  "cache",   "limits", "sandbox",  "inputs",
					       "retry",	  "console", "live",   "per_file", NULL };
	static const struct own_action own = { ACTION_OPEN, "open", refused, false };

	parse_own_finish(reader, map, draft, &own);
	draft->step.console = true; /* an editor may want the terminal, and a browser may be one */
}

static void check_target(struct reader *reader, const struct text *target)
{
	const char *raw = target->raw;
	size_t scheme = strspn(raw, "abcdefghijklmnopqrstuvwxyz+.-");

	if (!raw[strspn(raw, " \t\n")])
		diag_error(reader->diags, target->span, "'open' is empty");
	else if (strncmp(raw, "${", 2) == 0 || strncmp(raw, "http://", 7) == 0 ||
		 strncmp(raw, "https://", 8) == 0)
		return;
	else if (scheme && raw[scheme] == ':')
		diag_hint(reader->diags,
			  diag_error(reader->diags, target->span, "'%.60s' is no page", raw),
			  "a URL begins with https:// or http://");
	else
		parse_check_dir(reader, target);
}

void parse_open(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct open_action *open = ARENA_NEW(reader->arena, struct open_action);

	draft->step.open = open;
	parse_own_begin(draft, node, finish);
	if (parse_is_scalar(node)) {
		if (parse_text(reader, node, &open->target) == 0)
			check_target(reader, &open->target);
	} else if (node->kind == YAML_MAP) {
		parse_fields(reader, AT_OPEN, node, open);
		if (!yaml_get(node, "changed"))
			parse_missing(reader, node, AT_OPEN, "changed");
	} else {
		parse_wrong_type(reader, row, node);
	}
}

void action_visit_open(const struct step *step, const struct action_visitor *visitor)
{
	visitor->text(visitor->data, &step->open->target);
	action_visit_texts(visitor, step->open->changed, step->open->n_changed);
}
