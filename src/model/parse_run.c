/*
 * `run`: a command, for a shell or as the words of a program.
 */
#include <string.h>

#include "parse_impl.h"

static const char *const default_shell[] = { "sh", "-eu", "-c", NULL };

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

void parse_run(struct reader *reader, const struct yaml_node *run, struct step_draft *draft)
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
	struct step_draft draft = { .step = parse_bare_step(ACTION_SHELL, run->span) };
	struct step *step = &draft.step;
	size_t n_errors = reader->diags->n_errors;

	step->id = id;
	step->shell = defaults->step.shell;
	step->dir = defaults->step.dir;
	parse_run(reader, run, &draft);
	if (reader->diags->n_errors > n_errors)
		return NULL;
	return arena_memdup(reader->arena, step, sizeof *step);
}
