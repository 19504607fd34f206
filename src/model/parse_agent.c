/*
 * `agent`: a prompt for the user's agent, and what that may change.
 */
#include <string.h>

#include "action_impl.h"
#include "parse_impl.h"

void parse_allow_paths(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;
	struct agent_call *agent = &draft->agent;

	draft->allow_at = node;
	agent->has_allowed = true;
	parse_paths(reader, row, node, true, &agent->allowed, &agent->n_allowed);
	for (size_t i = 0; i < agent->n_allowed; i++)
		if (agent->allowed[i].kind == PATH_ARTIFACT)
			diag_error(reader->diags, agent->allowed[i].text.span,
				   "an artifact is no path of the tree: declare it in 'outputs'");
}

void parse_max_lines(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *step_draft)
{
	struct step_draft *draft = step_draft;

	draft->max_lines_at = node;
	parse_by_type(reader, row, node, &draft->agent.max_lines);
}

void parse_agent_alone(struct reader *reader, const struct step_draft *draft)
{
	const struct yaml_node *nodes[] = { draft->allow_at, draft->max_lines_at };
	static const char *const keys[] = { "allow_paths", "max_lines" };

	for (size_t i = 0; i < ARRAY_SIZE(nodes) && draft->step.action != ACTION_AGENT; i++)
		if (nodes[i])
			diag_error(reader->diags, nodes[i]->span, "'%s' needs 'agent'", keys[i]);
}

struct agent_draft {
	const struct yaml_node *name, *prompt;
};

static const struct field agent_fields[] = {
	{ "name", offsetof(struct agent_draft, name), parse_keep_scalar },
	{ "prompt", offsetof(struct agent_draft, prompt), parse_keep_scalar },
};

const struct field_table parse_agent_fields = { ARRAY_SIZE(agent_fields), agent_fields };

/* {name, prompt} */
static void finish_here(struct reader *reader, const struct yaml_node *map,
			struct agent_call *agent)
{
	struct agent_draft draft = { 0 };
	size_t n_errors = reader->diags->n_errors;

	parse_fields(reader, AT_AGENT, map, &draft);
	if (!draft.name && reader->diags->n_errors == n_errors)
		parse_missing(reader, map, AT_AGENT, "name");
	if (!draft.prompt && reader->diags->n_errors == n_errors)
		parse_missing(reader, map, AT_AGENT, "prompt");
	if (!draft.name || !draft.prompt)
		return;
	agent->name = parse_copy(reader, draft.name);
	if (!parse_is_action_name(agent->name))
		diag_error(reader->diags, draft.name->span, "'%.60s' is no name of an agent",
			   agent->name);
	parse_text(reader, draft.prompt, &agent->prompt);
}

bool parse_agent_name(struct reader *reader, const struct yaml_node *name, struct agent_call *agent)
{
	agent->span = name->span;
	agent->name = parse_copy(reader, name);
	if (!parse_is_action_name(agent->name)) {
		diag_hint(reader->diags,
			  diag_error(reader->diags, name->span, "'%.60s' is no name of an agent",
				     agent->name),
			  "write the name of its prompt in " AGENTS_DIR
			  "/, without " AGENTS_SUFFIX);
		return false;
	}
	agent->path = arena_printf(reader->arena, AGENTS_DIR "/%s" AGENTS_SUFFIX, agent->name);
	return true;
}

/* The prompt is an input of the step. */
static void finish(struct reader *reader, const struct yaml_node *name, struct step *step,
		   struct agent_call *agent)
{
	struct text path = { .span = name->span };

	agent->name = "";
	agent->span = name->span;
	step->agent = agent;
	step->action = ACTION_AGENT;
	step->action_span = name->span;
	/* What stands here has no file. */
	if (name->kind == YAML_MAP) {
		finish_here(reader, name, agent);
		return;
	}
	if (!parse_is_scalar(name))
		return;
	if (!parse_agent_name(reader, name, agent))
		return;
	path.raw = agent->path;
	parse_add_input(reader, step, &path);
}

const struct step *parse_agent_command(struct reader *reader, const struct yaml_node *name)
{
	struct step step = parse_bare_step(ACTION_AGENT, name->span);
	size_t n_errors = reader->diags->n_errors;

	step.dir = reader->defaults.step.dir;
	finish(reader, name, &step, ARENA_NEW(reader->arena, struct agent_call));
	if (reader->diags->n_errors > n_errors)
		return NULL;
	return arena_memdup(reader->arena, &step, sizeof step);
}

void parse_agent_with(struct reader *reader, const struct step_draft *draft,
		      struct agent_call *agent)
{
	if (draft->with)
		parse_with(reader, draft->with, &agent->with, &agent->n_with);
	agent->variables = parse_with_variables(reader, agent->with, agent->n_with);
}

static void finish_step(struct reader *reader, const struct yaml_node *map,
			struct step_draft *draft)
{
	static const char *const refused[] = {
		"shell", "stdin", "cache", "console", "depfile", NULL
	};
	static const struct own_action own = { ACTION_AGENT, "agent", refused, false };
	struct agent_call *agent = arena_memdup(reader->arena, &draft->agent, sizeof *agent);
	struct step *step = &draft->step;

	parse_own_finish(reader, map, draft, &own);
	parse_agent_with(reader, draft, agent);
	finish(reader, draft->own_at, step, agent);
	/* What it did is known only with nobody beside it. */
	step->exclusive |= step_is_restrained(step);
	if (!yaml_get(map, "retry"))
		step->retry = NULL;
}

void parse_agent(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 void *step_draft)
{
	struct step_draft *draft = step_draft;

	parse_own_begin(draft, node, finish_step);
	if (!parse_is_scalar(node) && node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
}

void action_visit_agent(const struct step *step, const struct action_visitor *visitor)
{
	const struct agent_call *agent = step->agent;

	visitor->text(visitor->data, &agent->prompt);
	for (size_t i = 0; i < agent->n_with; i++)
		action_visit_texts(visitor, agent->with[i].items, agent->with[i].n_items);
	for (size_t i = 0; i < agent->n_allowed; i++)
		visitor->text(visitor->data, &agent->allowed[i].text);
}

bool step_is_restrained(const struct step *step)
{
	return step->agent && (step->agent->has_allowed || step->agent->max_lines);
}
