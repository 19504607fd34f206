/*
 * Steps: the keys of one, what they decide about each other, and `defaults`.
 */
#include <string.h>

#include "parse_impl.h"

enum { MAX_SLOTS = 4096 };

#define STEP(member) offsetof(struct step_draft, step.member)

struct step parse_bare_step(enum action action, struct span at)
{
	return (struct step){ .span = at,
			      .action_span = at,
			      .index = WF_NONE,
			      .action = (uint8_t)action,
			      .slots = 1,
			      .pool.index = WF_NONE };
}

static void keep_id(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	struct diag *diag;

	draft->id = node;
	draft->step.span = node->span;
	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	draft->step.id = parse_copy(reader, node);
	if (workflow_id_is_valid(draft->step.id))
		return;
	diag = diag_error(reader->diags, node->span, "'%.60s' is no id", node->text);
	diag_hint(reader->diags, diag, "use letters, digits, '_' and '-'; '-' not in front");
}

static void keep_run(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->run = node;
	draft->step.action_span = node->span;
	if (node->kind != YAML_SEQ && !parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
}

static void read_needs(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	struct step *step = &draft->step;
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	step->needs = ARENA_ARRAY(reader->arena, struct name_ref, n);
	for (size_t i = 0; i < n; i++) {
		struct name_ref *ref = &step->needs[step->n_needs];

		if (!parse_item_ok(reader, row, &items[i]))
			continue;
		*ref = (struct name_ref){ parse_copy(reader, &items[i]), items[i].span, WF_NONE };
		step->n_needs++;
	}
}

static void read_inputs(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->step.has_inputs = true;
	parse_paths(reader, row, node, true, &draft->step.inputs, &draft->step.n_inputs);
}

static void read_outputs(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	parse_paths(reader, row, node, false, &draft->step.outputs, &draft->step.n_outputs);
}

static void read_tools(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	parse_texts(reader, row, node, &draft->step.tools, &draft->step.n_tools);
}

static void read_env(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->has_env = true;
	parse_env(reader, row, node, &draft->env);
}

static void read_pass_env(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->has_env = true;
	parse_pass_env(reader, row, node, &draft->env);
}

static void read_secrets(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	struct step *step = &draft->step;

	parse_strings(reader, row, node, &step->secrets, &step->n_secrets);
	for (size_t i = 0; i < step->n_secrets; i++)
		if (!parse_is_name(step->secrets[i]))
			diag_error(reader->diags, node->span,
				   "'%.60s' is no name for an environment variable",
				   step->secrets[i]);
}

static void read_dir(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	struct text *dir = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (parse_text(reader, node, dir) == 0)
		parse_check_dir(reader, dir);
}

/* The words before the script, which must end in an option that takes it. */
static void read_shell(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	const char **words = NULL;
	struct diag *diag;
	size_t n = 0;

	if (node->kind == YAML_SEQ)
		parse_strings(reader, row, node, &words, &n);
	else if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	if (node->kind == YAML_SEQ ? node->n_items >= 2 : !parse_is_scalar(node)) {
		if (words)
			draft->step.shell = words;
		return;
	}
	diag = diag_error(reader->diags, node->span,
			  "'shell' must be a list: the program and the option before the script");
	if (node->kind == YAML_SEQ && !n)
		return;
	diag_hint(reader->diags, diag, "write [%.40s, -c]", n ? words[0] : node->text);
}

static void read_pool(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct name_ref *pool = into;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	*pool = (struct name_ref){ parse_copy(reader, node), node->span, WF_NONE };
}

static void read_slots(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	parse_by_type(reader, row, node, &draft->step.slots);
	if (draft->step.slots > MAX_SLOTS)
		diag_error(reader->diags, node->span, "'slots' must be from 1 to %d", MAX_SLOTS);
}

static void read_max_parallel(struct reader *reader, const struct schema_row *row,
			      const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->max_parallel_at = node->span;
	parse_by_type(reader, row, node, &draft->foreach.max_parallel);
}

static void read_stop(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->stop_at = node->span;
	parse_by_type(reader, row, node, &draft->foreach.stop_on_failure);
}

static void read_per_file(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->per_file_at = node->span;
	parse_by_type(reader, row, node, &draft->foreach.per_file);
}

static void read_idempotent(struct reader *reader, const struct schema_row *row,
			    const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;
	bool idempotent = true;

	parse_by_type(reader, row, node, &idempotent);
	draft->step.is_once = !idempotent;
}

static void read_requires(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	parse_gates(reader, node, row->key, NULL, &draft->step.requires);
}

static void read_ensures(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	parse_gates(reader, node, row->key, NULL, &draft->step.ensures);
}

static void read_unwritten(struct reader *reader, const struct schema_row *row,
			   const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->unwritten_at = node->span;
	draft->step.unwritten_is_stdout = parse_choice(reader, row, node) == 1;
}

static void read_timeout(struct reader *reader, const struct schema_row *row,
			 const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	draft->timeout = node;
	parse_by_type(reader, row, node, &draft->step.timeout_ms);
}

static void keep_steps(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	(void)reader;
	(void)row;
	draft->steps = node;
	draft->step.action_span = node->span;
}

static void keep_with(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct step_draft *draft = into;

	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		draft->with = node;
}

static const struct field step_fields[] = {
	{ "id", 0, keep_id },
	{ "run", 0, keep_run },
	{ "script", 0, parse_script },
	{ "action", 0, parse_action },
	{ "steps", 0, keep_steps },
	{ "uses", 0, parse_uses },
	{ "with", 0, keep_with },
	{ "wait_for", 0, parse_wait_for },
	{ "order", 0, parse_group_order },
	{ "name", STEP(name), NULL },
	{ "description", STEP(description), NULL },
	{ "needs", 0, read_needs },
	{ "if", STEP(cond), NULL },
	{ "inputs", 0, read_inputs },
	{ "outputs", 0, read_outputs },
	{ "unwritten", 0, read_unwritten },
	{ "depfile", STEP(depfile), read_dir },
	{ "tools", 0, read_tools },
	{ "env", 0, read_env },
	{ "pass_env", 0, read_pass_env },
	{ "dir", STEP(dir), read_dir },
	{ "shell", 0, read_shell },
	{ "stdin", STEP(stdin_text), NULL },
	{ "cache", 0, parse_cache },
	{ "timeout", 0, read_timeout },
	{ "retry", STEP(retry), parse_retry },
	{ "foreach", 0, parse_foreach },
	{ "max_parallel", 0, read_max_parallel },
	{ "stop_on_failure", 0, read_stop },
	{ "per_file", 0, read_per_file },
	{ "pool", STEP(pool), read_pool },
	{ "slots", 0, read_slots },
	{ "exclusive", STEP(exclusive), NULL },
	{ "parallel", STEP(is_parallel), NULL },
	{ "idempotent", 0, read_idempotent },
	{ "console", STEP(console), NULL },
	{ "live", STEP(live), NULL },
	{ "on_failure", 0, parse_on_failure },
	{ "on_success", 0, parse_on_success },
	{ "secrets", 0, read_secrets },
	{ "ask", 0, parse_ask },
	{ "approve", 0, parse_approve },
	{ "commit", 0, parse_commit },
	{ "container", 0, parse_container },
	{ "agent", 0, parse_agent },
	{ "allow_paths", 0, parse_allow_paths },
	{ "max_lines", 0, parse_max_lines },
	{ "http", 0, parse_http },
	{ "database", 0, parse_database },
	{ "notify", 0, parse_notify },
	{ "open", 0, parse_open },
	{ "window", 0, parse_window },
	{ "limits", 0, parse_limits },
	{ "sandbox", 0, parse_sandbox },
	{ "risk", STEP(risk), parse_risk },
	{ "requires", 0, read_requires },
	{ "ensures", 0, read_ensures },
};

const struct field_table parse_step_fields = { ARRAY_SIZE(step_fields), step_fields };

static const struct field defaults_fields[] = {
	{ "timeout", STEP(timeout_ms), NULL },
	{ "retry", STEP(retry), parse_retry },
	{ "shell", 0, read_shell },
	{ "dir", STEP(dir), read_dir },
	{ "cache", 0, parse_cache },
	{ "on_failure", 0, parse_on_failure },
	{ "pool", STEP(pool), read_pool },
	{ "sandbox", 0, parse_sandbox },
};

const struct field_table parse_defaults_fields = { ARRAY_SIZE(defaults_fields), defaults_fields };

/* An action, or an older spelling of one, that was reported as not supported yet. */
static bool has_other_action(const struct yaml_node *map)
{
	static const char *const actions[] = { "command", "cmd", "type", "url", "tasks", "task" };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (yaml_get(map, actions[i]))
			return true;
	return false;
}

/* Keys that mean nothing without another one. */
static void check_draft(struct reader *reader, const struct step_draft *draft, bool has_other)
{
	const struct foreach *foreach = &draft->foreach;
	struct diag *diag;
	bool has_files = false;

	if (draft->has_cache && draft->step.cache == TRI_TRUE && !draft->step.has_inputs &&
	    !foreach->per_file) {
		diag = diag_error(reader->diags, draft->cache_at, "'cache' needs 'inputs'");
		diag_hint(reader->diags, diag,
			  "write inputs: [] if it depends on nothing but its command");
	}
	if (draft->with && !has_other && !draft->action_at && !draft->script_at &&
	    draft->step.action != ACTION_AGENT && !draft->question.agent)
		diag_error(reader->diags, draft->with->span,
			   "'with' needs 'uses', 'action' or 'agent'");
	if (!draft->has_foreach && draft->max_parallel_at.line)
		diag_error(reader->diags, draft->max_parallel_at,
			   "'max_parallel' of a step needs 'foreach' or 'steps'");
	for (size_t i = 0; i < foreach->n_vars; i++)
		has_files |= foreach->vars[i].kind != FOREACH_LIST;
	if (foreach->per_file && !has_files)
		diag_error(reader->diags, draft->per_file_at,
			   "'per_file' needs a 'foreach' with a glob or lines");
}

static void check_unwritten(struct reader *reader, const struct step_draft *draft)
{
	const struct step *step = &draft->step;
	bool has_artifact = false;

	if (!draft->unwritten_at.line)
		return;
	for (size_t i = 0; i < step->n_outputs; i++)
		has_artifact |= step->outputs[i].kind == PATH_ARTIFACT;
	if (!has_artifact)
		diag_error(reader->diags, draft->unwritten_at,
			   "'unwritten' needs an artifact in 'outputs'");
	else if (step->console && step->unwritten_is_stdout)
		diag_error(reader->diags, draft->unwritten_at,
			   "what a step with 'console' prints goes to the terminal alone: "
			   "'unwritten: stdout' has no meaning beside it");
}

/* With per_file each item has its files as inputs, as if they were listed. */
static void add_files_of_items(struct reader *reader, struct step_draft *draft)
{
	const struct foreach *foreach = &draft->foreach;
	struct step *step = &draft->step;
	struct path_spec *inputs = ARENA_ARRAY(reader->arena, struct path_spec,
					       step->n_inputs + foreach->n_vars);

	if (step->n_inputs)
		memcpy(inputs, step->inputs, step->n_inputs * sizeof *inputs);
	step->inputs = inputs;
	for (size_t i = 0; i < foreach->n_vars; i++) {
		const struct foreach_var *var = &foreach->vars[i];
		const char *raw = arena_join(reader->arena, "${each['", var->name, "']}");

		if (var->kind != FOREACH_LIST)
			text_parse(reader->arena, raw, strlen(raw), var->span,
				   &inputs[step->n_inputs++].text, reader->diags);
	}
}

void parse_finish_step(struct reader *reader, const struct yaml_node *node,
		       struct step_draft *draft)
{
	struct step *step = &draft->step;
	bool has_other = !draft->run && has_other_action(node);

	if (!draft->id)
		parse_missing(reader, node, AT_STEP, "id");
	if (draft->script_at || draft->action_at)
		parse_program_finish(reader, node, draft);
	else if (draft->finish)
		draft->finish(reader, node, draft);
	else if (draft->ask || draft->approve)
		parse_ask_finish(reader, node, draft);
	else if (parse_is_group(draft))
		parse_finish_group(reader, node, draft);
	else if (draft->run)
		parse_run(reader, draft->run, draft);
	else if (!has_other)
		parse_missing(reader, node, AT_STEP, "run");
	if (!parse_is_group(draft)) {
		check_draft(reader, draft, has_other);
		if (draft->foreach.per_file)
			add_files_of_items(reader, draft);
	}
	check_unwritten(reader, draft);
	parse_agent_alone(reader, draft);
	if (draft->stop_at.line && !draft->has_foreach)
		diag_error(reader->diags, draft->stop_at, "'stop_on_failure' needs 'foreach'");
	if (!draft->has_cache && step->cache == TRI_TRUE && !step->has_inputs)
		step->cache = TRI_UNSET;
	if (draft->has_env)
		step->env = arena_memdup(reader->arena, &draft->env, sizeof draft->env);
	if (draft->has_foreach)
		step->foreach = arena_memdup(reader->arena, &draft->foreach, sizeof draft->foreach);
}
