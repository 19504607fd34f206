/*
 * `window`: a command in a terminal window.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

#define WINDOW(member) offsetof(struct window_action, member)

enum { VERIFY_MS = 5000 };

static const struct field window_fields[] = {
	{ "target", WINDOW(target), NULL },
	{ "run", 0, parse_own_see_run },
	{ "wait", WINDOW(waits), NULL },
	{ "restore", WINDOW(restores), NULL },
	{ "verify_timeout", WINDOW(verify_ms), NULL },
};

const struct field_table parse_window_fields = { ARRAY_SIZE(window_fields), window_fields };

static void finish(struct reader *reader, const struct yaml_node *map, struct step_draft *draft)
{
	static const char *const refused[] = { "inputs", "depfile", "tools",   "stdin", "cache",
					       "limits", "sandbox", "console", NULL };
	static const struct own_action own = { ACTION_WINDOW, "window", refused, false };

	parse_own_run(reader, draft);
	parse_own_finish(reader, map, draft, &own);
	draft->step.has_default_shell = false;
	if (!yaml_get(map, "retry"))
		draft->step.retry = NULL;
}

void parse_window(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct window_action *window = ARENA_NEW(reader->arena, struct window_action);

	*window = (struct window_action){ .waits = true, .restores = true, .verify_ms = VERIFY_MS };
	parse_own_begin(draft, node, finish);
	draft->step.window = window;
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	parse_fields(reader, AT_WINDOW, node, window);
	if (!yaml_get(node, "target"))
		parse_missing(reader, node, AT_WINDOW, "target");
	if (!yaml_get(node, "run"))
		parse_missing(reader, node, AT_WINDOW, "run");
	if (window->target.raw && !*window->target.raw)
		diag_error(reader->diags, window->target.span, "'target' is empty");
}

void action_visit_window(const struct step *step, const struct action_visitor *visitor)
{
	visitor->text(visitor->data, &step->window->target);
}
