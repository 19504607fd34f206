/*
 * `script`: an interpreter with a file of the tree, or with text that it gets as a file.
 */
#include <string.h>

#include "command_impl.h"

int command_add_texts(const struct text *texts, size_t n, const struct expr_env *env,
		      struct arena *arena, struct command *command, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *word = command_render_text(&texts[i], env, arena, err);

		if (!word)
			return -1;
		command->argv[command->argc++] = word;
	}
	return 0;
}

/* At the root the path itself leads there; a first '-' or no slash would make it something else. */
void command_add_file(const char *path, struct arena *arena, struct command *command)
{
	bool is_plain = *path != '-' && strchr(path, '/');

	if (*command->dir) {
		command->placed = WORD_OF_TREE;
		command->placed_at = command->argc;
	} else if (!is_plain) {
		path = arena_join(arena, "./", path, "");
	}
	command->argv[command->argc++] = path;
}

int command_render_script(const struct step *step, const struct expr_env *env, struct arena *arena,
			  struct command *command, struct err *err)
{
	const struct script *script = step->script;
	const char *path;

	command->action = "script";
	command->argv = ARENA_ARRAY(arena, const char *, script->n_with + script->n_args + 2);
	if (command_add_texts(script->with, script->n_with, env, arena, command, err) < 0)
		return err_wrap(err, "with");
	if (script->code) {
		command->placed = WORD_IS_CODE;
		command->placed_at = command->argc;
		command->argv[command->argc++] = script->code;
	} else {
		path = command_render_text(&script->file, env, arena, err);
		path = path ? command_check_path(arena, path, err) : NULL;
		if (!path)
			return err_wrap(err, "file");
		command_add_file(path, arena, command);
	}
	if (command_add_texts(script->args, script->n_args, env, arena, command, err) < 0)
		return err_wrap(err, "args");
	return 0;
}
