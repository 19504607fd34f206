/*
 * Steps: the keys of one, what they decide about each other, and `defaults`.
 */
#include <string.h>
#include <strings.h>

#include "parse_impl.h"

enum { MAX_SLOTS = 4096 };

#define STEP(member) offsetof(struct step_draft, step.member)

static const char *const default_shell[] = { "sh", "-eu", "-c", NULL };

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

void parse_texts(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 struct text **texts, size_t *n_texts)
{
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	*texts = ARENA_ARRAY(reader->arena, struct text, n);
	*n_texts = 0;
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]) &&
		    parse_text(reader, &items[i], &(*texts)[*n_texts]) == 0)
			++*n_texts;
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

/* sh, dash, bash, ksh, zsh: the sh lexer knows how they read a script. */
static bool is_posix_shell(const char *const *shell)
{
	static const char *const names[] = { "sh", "dash", "bash", "ksh", "zsh" };
	const char *slash = strrchr(shell[0], '/'), *name = slash ? slash + 1 : shell[0];
	size_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0) {
			while (shell[last + 1])
				last++;
			return last > 0 && shell[last][0] == '-' && strchr(shell[last], 'c');
		}
	return false;
}

static void finish_shell(struct reader *reader, struct step_draft *draft)
{
	struct step *step = &draft->step;
	const struct yaml_node *node = draft->run;
	const char *raw = parse_copy(reader, node);

	step->action = ACTION_SHELL;
	if (!raw[strspn(raw, " \t\n")]) {
		diag_error(reader->diags, node->span, "'run' is empty");
		return;
	}
	step->shell_is_posix = is_posix_shell(step->shell);
	step->run.raw = raw;
	step->run.span = yaml_text_span(node);
	if (!step->shell_is_posix) {
		parse_has_no_values(reader, &step->run, "this shell");
		return;
	}
	/* Where no value is put in the lexer has nothing to say. */
	if (strstr(raw, "${") && shtext_parse(reader->arena, raw, node->len, step->run.span,
					      &step->run, reader->diags) < 0)
		return;
	step->has_default_shell = step->shell == default_shell;
}

static void finish_exec(struct reader *reader, struct step_draft *draft)
{
	draft->step.action = ACTION_EXEC;
	if (!draft->run->n_items)
		diag_error(reader->diags, draft->run->span, "'run' is empty");
	parse_texts(reader, schema_find(AT_STEP, "run"), draft->run, &draft->step.argv,
		    &draft->step.n_argv);
}

void parse_inner_run(struct reader *reader, const struct yaml_node *run, struct step_draft *draft)
{
	draft->run = run;
	if (!draft->step.shell)
		draft->step.shell = default_shell;
	if (run->kind == YAML_SEQ)
		finish_exec(reader, draft);
	else if (parse_is_scalar(run))
		finish_shell(reader, draft);
}

const struct step *parse_command(struct reader *reader, const struct yaml_node *run, const char *id)
{
	const struct step_draft *defaults = &reader->defaults;
	struct step_draft draft = { .run = run };
	struct step *step = &draft.step;
	size_t n_errors = reader->diags->n_errors;

	step->id = id;
	step->span = step->action_span = run->span;
	step->index = WF_NONE;
	step->slots = 1;
	step->pool.index = WF_NONE;
	step->shell = defaults->step.shell ? defaults->step.shell : default_shell;
	step->dir = defaults->step.dir;
	if (run->kind == YAML_SEQ)
		finish_exec(reader, &draft);
	else
		finish_shell(reader, &draft);
	if (reader->diags->n_errors > n_errors)
		return NULL;
	return arena_memdup(reader->arena, step, sizeof *step);
}

/* Keys that mean nothing without another one. */
static void check_draft(struct reader *reader, const struct step_draft *draft)
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
	if (draft->with && !draft->has_other_action && !draft->action_at && !draft->script_at &&
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

/* The part of a step that another key, or a default, has a say in. */
static void finish_step(struct reader *reader, const struct yaml_node *node,
			struct step_draft *draft)
{
	struct step *step = &draft->step;

	if (!draft->id)
		parse_missing(reader, node, AT_STEP, "id");
	if (!step->shell)
		step->shell = default_shell;
	if (draft->script_at || draft->action_at)
		parse_program_finish(reader, node, draft);
	else if (draft->finish)
		draft->finish(reader, node, draft);
	else if (draft->ask || draft->approve)
		parse_ask_finish(reader, node, draft);
	else if (parse_is_group(draft))
		parse_finish_group(reader, node, draft);
	else if (draft->run && draft->run->kind == YAML_SEQ)
		finish_exec(reader, draft);
	else if (draft->run && parse_is_scalar(draft->run))
		finish_shell(reader, draft);
	else if (!draft->run && !draft->has_other_action)
		parse_missing(reader, node, AT_STEP, "run");
	if (!parse_is_group(draft)) {
		check_draft(reader, draft);
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

/* An action, or an older spelling of one, that was reported as not supported yet. */
static bool has_other_action(const struct yaml_node *map)
{
	static const char *const actions[] = { "command", "cmd", "type", "url", "tasks", "task" };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (yaml_get(map, actions[i]))
			return true;
	return false;
}

/* Where a step stands: in which list, and what it begins with. */
struct place {
	const struct step_draft *base;
	uint32_t parent, before; /* index, or WF_NONE */
	bool is_finally;
	bool has_names; /* a name in the list is called… */
	uint8_t on;	/* …(enum call_on)… */
	bool calls;	/* …and so is each step that stands there */
};

static void read_list(struct reader *reader, const struct yaml_node *list, struct place place);

/* What a group says for each of its steps. */
static void read_children(struct reader *reader, const struct step_draft *group, uint32_t index,
			  bool is_finally)
{
	struct step_draft base = reader->defaults;
	struct place place = {
		.base = &base, .parent = index, .before = WF_NONE, .is_finally = is_finally
	};

	if (!group->steps || group->steps->kind != YAML_SEQ)
		return;
	base.step.dir = group->step.dir;
	base.step.shell = group->step.shell;
	base.step.pool = group->step.pool;
	base.step.live = group->step.live;
	read_list(reader, group->steps, place);
}

/* What a group requires, or ensures, is a step in it: before, or after, its others. */
static void add_gates(struct reader *reader, const struct step_draft *draft, uint32_t index,
		      const struct gates *gates, enum step_role role)
{
	struct workflow *wf = reader->wf;
	const struct step *around = &wf->steps[index];
	struct group *group = (struct group *)around->group;
	struct step *step = &wf->steps[wf->n_steps];

	if (!gates->n || !around->id)
		return;
	parse_init_gate_step(step, role, gates);
	step->id = arena_join(reader->arena, around->id,
			      role == ROLE_REQUIRES ? ".requires" : ".ensures", "");
	step->span = gates->v[0].span;
	step->index = (uint32_t)wf->n_steps++;
	step->parent = index;
	step->is_finally = around->is_finally;
	step->unit = around->unit;
	step->dir = draft->step.dir;
	group->children[group->n_children++] = step->index;
	vec_push(&reader->step_calls, (struct call_list){ 0 });
}

/* Those of `uses` come to their places later. */
static void add_inside(struct reader *reader, const struct step_draft *draft, uint32_t index)
{
	struct step *step = &reader->wf->steps[index];
	struct group *group = (struct group *)step->group;
	size_t n = draft->steps && draft->steps->kind == YAML_SEQ ? draft->steps->n_items : 0;

	group->children = ARENA_ARRAY(reader->arena, uint32_t, n + GATE_STEPS);
	read_children(reader, draft, index, step->is_finally);
	add_gates(reader, draft, index, &draft->step.requires, ROLE_REQUIRES);
	add_gates(reader, draft, index, &draft->step.ensures, ROLE_ENSURES);
	step->requires = step->ensures = (struct gates){ 0 };
}

static void add_step(struct reader *reader, const struct step_draft *draft,
		     const struct place *place)
{
	struct workflow *wf = reader->wf;
	struct step *step = &wf->steps[wf->n_steps];
	uint32_t index = (uint32_t)wf->n_steps++;

	*step = draft->step;
	vec_push(&reader->step_calls, draft->calls);
	step->is_finally = place->is_finally;
	step->index = index;
	step->parent = place->parent;
	step->before = place->before;
	step->unit = wf->units[0];
	if (step->id && place->parent != WF_NONE && wf->steps[place->parent].id)
		step->id = arena_printf(reader->arena, "%s/%s", wf->steps[place->parent].id,
					step->id);
	if (!step->group)
		return;
	step->pool = (struct name_ref){ .index = WF_NONE };
	add_inside(reader, draft, index);
}

static void read_step(struct reader *reader, const struct yaml_node *node,
		      const struct place *place)
{
	struct step_draft draft = *place->base;
	struct diag *diag;

	if (node->kind != YAML_MAP) {
		diag = diag_error(reader->diags, node->span, "a step must be a mapping, not %s",
				  yaml_kind_name(node));
		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write {id: NAME, run: COMMAND}");
		return;
	}
	parse_fields(reader, AT_STEP, node, &draft);
	draft.has_other_action = !draft.run && has_other_action(node);
	finish_step(reader, node, &draft);
	add_step(reader, &draft, place);
}

static void read_list(struct reader *reader, const struct yaml_node *list, struct place place)
{
	struct workflow *wf = reader->wf;
	struct group *group = place.parent == WF_NONE
				      ? NULL
				      : (struct group *)wf->steps[place.parent].group;

	for (size_t i = 0; i < list->n_items; i++) {
		uint32_t index = (uint32_t)wf->n_steps;

		if (list->items[i].kind == YAML_BAD)
			continue;
		if (place.has_names && parse_is_scalar(&list->items[i])) {
			parse_call_names(reader, &list->items[i], place.on);
			continue;
		}
		read_step(reader, &list->items[i], &place);
		if (wf->n_steps == index)
			continue;
		if (group)
			group->children[group->n_children++] = index;
		if (place.calls)
			parse_add_call(reader, &reader->calls,
				       (struct call_draft){ .on = place.on, .step = index });
		place.before = index;
	}
}

/* Those in groups too, and what may stand for the gates of each. */
static size_t count_all(const struct yaml_node *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n_items; i++) {
		const struct yaml_node *item = &list->items[i], *nested;

		n++;
		if (item->kind != YAML_MAP)
			continue;
		nested = yaml_get(item, "steps");
		if (nested && nested->kind == YAML_SEQ)
			n += count_all(nested);
		if (yaml_get(item, "requires") || yaml_get(item, "ensures"))
			n += GATE_STEPS;
	}
	return n;
}

static size_t count_steps(struct reader *reader, const struct yaml_node *list, const char *key)
{
	struct diag *diag;

	if (!list || list->kind == YAML_BAD)
		return 0;
	if (list->kind == YAML_SEQ)
		return count_all(list);
	diag = parse_wrong_type(reader, schema_find(AT_WORKFLOW, key), list);
	if (list->kind == YAML_MAP)
		diag_hint(reader->diags, diag, "begin each step with '- id: NAME'");
	return 0;
}

/* Names, or steps, that are run at the end: a list, or one name. */
static void read_at_end(struct reader *reader, const struct yaml_node *node, size_t n,
			enum call_on on)
{
	struct place place = { .base = &reader->defaults,
			       .parent = WF_NONE,
			       .before = WF_NONE,
			       .is_finally = true,
			       .has_names = true,
			       .on = (uint8_t)on,
			       .calls = on != CALL_ALWAYS };

	if (node && parse_is_scalar(node))
		parse_call_names(reader, node, on);
	else if (n)
		read_list(reader, node, place);
}

static size_t count_at_end(struct reader *reader, const struct yaml_node *node, const char *key)
{
	return node && parse_is_scalar(node) ? 0 : count_steps(reader, node, key);
}

void parse_steps(struct reader *reader)
{
	size_t n_graph = count_steps(reader, reader->steps, "steps");
	size_t n_finally = count_at_end(reader, reader->finally, "finally");
	size_t n_success = count_at_end(reader, reader->on_success, "on_success");
	size_t n_failure = count_at_end(reader, reader->on_failure, "on_failure");
	struct workflow *wf = reader->wf;
	struct place place = { .base = &reader->defaults, .parent = WF_NONE, .before = WF_NONE };

	wf->steps = ARENA_ARRAY(reader->arena, struct step,
				n_graph + n_finally + n_success + n_failure + GATE_STEPS);
	if (n_graph)
		read_list(reader, reader->steps, place);
	wf->n_graph_steps = wf->n_steps;
	read_at_end(reader, reader->finally, n_finally, CALL_ALWAYS);
	read_at_end(reader, reader->on_success, n_success, CALL_ON_SUCCESS);
	read_at_end(reader, reader->on_failure, n_failure, CALL_ON_FAILURE);
	if (reader->steps && reader->steps->kind == YAML_SEQ && !n_graph)
		diag_error(reader->diags, reader->steps->span, "'steps' is empty");
}
