/*
 * `script` and `action`: programs that are files, which makes the files inputs of the step.
 */
#include <string.h>

#include "parse_impl.h"

#define SCRIPT(member) offsetof(struct script, member)

static void read_with(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct script *script = into;

	parse_texts(reader, row, node, &script->with, &script->n_with);
	if (!script->n_with ? node->kind == YAML_SEQ && !node->n_items : !*script->with[0].raw)
		diag_error(reader->diags, node->span, "'with' is empty");
}

static void read_args(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct script *script = into;

	parse_texts(reader, row, node, &script->args, &script->n_args);
}

static void read_code(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	struct script *script = into;
	struct text code;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return;
	}
	code = (struct text){ .raw = parse_copy(reader, node), .span = yaml_text_span(node) };
	if (memchr(node->text, '\0', node->len))
		diag_error(reader->diags, node->span, "the text has a NUL byte");
	else if (!code.raw[strspn(code.raw, " \t\n")])
		diag_error(reader->diags, node->span, "'code' is empty");
	else if (parse_has_no_values(reader, &code, "a script"))
		script->code = code.raw;
}

static const struct field script_fields[] = {
	{ "with", 0, read_with },
	{ "file", SCRIPT(file), NULL },
	{ "code", 0, read_code },
	{ "args", 0, read_args },
};

const struct field_table parse_script_fields = { ARRAY_SIZE(script_fields), script_fields };

bool parse_has_no_values(struct reader *reader, const struct text *text, const char *what)
{
	for (const char *at = text->raw; (at = strstr(at, "${")); at += 2) {
		for (size_t i = 0; i < NS_COUNT; i++) {
			size_t len = strlen(expr_ns_names[i]);
			struct diag *diag;

			if (strncmp(at + 2, expr_ns_names[i], len) != 0 ||
			    (at[2 + len] != '.' && at[2 + len] != '['))
				continue;
			diag = diag_error(reader->diags, text->span,
					  "no values are put into the text of %s", what);
			diag_hint(reader->diags, diag,
				  "hand it over: env: {X: \"%.*s\"}, and read X there",
				  (int)strcspn(at, "}") + 1, at);
			return false;
		}
	}
	return true;
}

void parse_script(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *into)
{
	struct step_draft *draft = into;
	struct script *script = &draft->script;
	struct diag *diag;

	draft->script_at = node;
	if (node->kind != YAML_MAP) {
		diag = parse_wrong_type(reader, row, node);
		if (parse_is_scalar(node))
			diag_hint(reader->diags, diag, "write script: {with: python3, file: %.60s}",
				  node->text);
		return;
	}
	parse_fields(reader, AT_SCRIPT, node, script);
	if (!yaml_get(node, "with"))
		parse_missing(reader, node, AT_SCRIPT, "with");
	if (yaml_get(node, "file") && yaml_get(node, "code"))
		diag_error(reader->diags, yaml_get(node, "code")->span,
			   "a script has either 'file' or 'code'");
	else if (!yaml_get(node, "file") && !yaml_get(node, "code"))
		diag_error(reader->diags, node->span, "'script' needs 'file' or 'code'");
	parse_check_path(reader, &script->file, "file");
}

void parse_action(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		  void *into)
{
	struct step_draft *draft = into;

	draft->action_at = node;
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
}

/* ---- what both decide about the step ---- */

void parse_add_input(struct reader *reader, struct step *step, const struct text *path)
{
	const struct path_spec input = { *path, PATH_LITERAL };

	parse_add_path(reader, &step->inputs, &step->n_inputs, &input);
}

bool parse_is_action_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

	return *name && *name != '-' && *name != '.' && !name[strspn(name, letters)];
}

/* "dry-run" → "WF_WITH_DRY_RUN"; NULL: it is no name. */
static const char *variable_of(struct reader *reader, const char *name)
{
	char *variable = arena_printf(reader->arena, "WF_WITH_%s", name);

	for (char *c = variable + strlen("WF_WITH_"); *c; c++) {
		if (*c == '-')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return *name && parse_is_name(variable) ? variable : NULL;
}

const char **parse_with_variables(struct reader *reader, const struct with_value *with, size_t n)
{
	const char **variables = ARENA_ARRAY(reader->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		variables[i] = variable_of(reader, with[i].name);
		if (!variables[i])
			diag_hint(reader->diags,
				  diag_error(reader->diags, with[i].span, "'%.60s' is no name",
					     with[i].name),
				  "use letters, digits, '_' and '-': it becomes a variable's name");
		for (size_t k = 0; k < i && variables[i]; k++)
			if (variables[k] && strcmp(variables[k], variables[i]) == 0)
				diag_error(reader->diags, with[i].span,
					   "'%.60s' and '%.60s' are both $%s", with[i].name,
					   with[k].name, variables[i]);
	}
	return variables;
}

static void finish_action(struct reader *reader, struct step_draft *draft)
{
	struct action_call *call = ARENA_NEW(reader->arena, struct action_call);
	struct text path = { .span = draft->action_at->span };

	draft->step.call = call;
	call->name = "";
	call->span = draft->action_at->span;
	if (draft->with)
		parse_with(reader, draft->with, &call->with, &call->n_with);
	call->variables = parse_with_variables(reader, call->with, call->n_with);
	if (!parse_is_scalar(draft->action_at))
		return;
	call->name = parse_copy(reader, draft->action_at);
	if (!parse_is_action_name(call->name)) {
		diag_hint(reader->diags,
			  diag_error(reader->diags, call->span, "'%.60s' is no name of an action",
				     call->name),
			  "write the name of its file in " ACTIONS_DIR "/");
		return;
	}
	path.raw = arena_join(reader->arena, ACTIONS_DIR, "/", call->name);
	parse_add_input(reader, &draft->step, &path);
}

const struct step *parse_action_command(struct reader *reader, const struct yaml_node *name)
{
	const struct step_draft *defaults = &reader->defaults;
	struct step_draft draft = { .step = parse_bare_step(ACTION_CALL, name->span),
				    .action_at = name };
	struct step *step = &draft.step;
	size_t n_errors = reader->diags->n_errors;

	step->dir = defaults->step.dir;
	finish_action(reader, &draft);
	if (reader->diags->n_errors > n_errors)
		return NULL;
	return arena_memdup(reader->arena, step, sizeof *step);
}

void parse_program_finish(struct reader *reader, const struct yaml_node *map,
			  struct step_draft *draft)
{
	struct step *step = &draft->step;
	const struct yaml_node *node = draft->script_at ? draft->script_at : draft->action_at;

	parse_refuse_other_actions(reader, map, draft->script_at ? "script" : "action");
	step->action_span = node->span;
	if (yaml_get(map, "shell"))
		diag_error(reader->diags, yaml_get(map, "shell")->span,
			   "'shell' has no meaning beside '%s'",
			   draft->script_at ? "script" : "action");
	if (!draft->script_at) {
		step->action = ACTION_CALL;
		finish_action(reader, draft);
		return;
	}
	step->action = ACTION_SCRIPT;
	step->script = arena_memdup(reader->arena, &draft->script, sizeof draft->script);
	if (step->script->file.raw)
		parse_add_input(reader, step, &step->script->file);
	if (draft->with)
		diag_hint(reader->diags,
			  diag_error(reader->diags, draft->with->span,
				     "'with' needs 'uses', 'action' or 'agent'"),
			  "the interpreter stands in script: {with: …}");
}
