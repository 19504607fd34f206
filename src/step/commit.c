/*
 * `commit`: the program itself, in a process of its own.
 */
#include "command_impl.h"

static int render_trailers(const struct commit_action *commit, const struct expr_env *env,
			   struct arena *arena, struct command *command, struct err *err)
{
	for (size_t i = 0; i < commit->n_trailers; i++) {
		const char *value = command_render_text(&commit->trailers[i].value, env, arena,
							err);

		if (!value)
			return err_wrap(err, "'%s'", commit->trailers[i].name);
		command->argv[command->argc++] = arena_join(arena, commit->trailers[i].name, ": ",
							    value);
	}
	return 0;
}

int command_render_commit(const struct step *step, const struct expr_env *env, struct arena *arena,
			  struct command *command, struct err *err)
{
	const struct commit_action *commit = step->commit;
	const char *message = command_render_text(&commit->message, env, arena, err);

	command->action = "commit";
	if (!message)
		return err_wrap(err, "message");
	command->argv = ARENA_ARRAY(arena, const char *, commit->n_trailers + commit->n_paths + 6);
	command->argv[command->argc++] = COMMAND_ITSELF;
	command->argv[command->argc++] = "__commit";
	command->argv[command->argc++] = "--";
	command->argv[command->argc++] = message;
	command->argv[command->argc++] = arena_printf(arena, "%zu", commit->n_trailers);
	if (render_trailers(commit, env, arena, command, err) < 0)
		return -1;
	if (command_add_texts(commit->paths, commit->n_paths, env, arena, command, err) < 0)
		return err_wrap(err, "paths");
	return 0;
}
