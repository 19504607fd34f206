/*
 * `window`: words for git-wf--window (step/helper.h).
 */
#include <string.h>

#include "command_impl.h"
#include "step/helper.h"

enum { TARGET_MAX = 100 }; /* bytes */

/* A name of tmux's may hold formats, "#(command)" among them, and ':' and '.' mean something in a target. */
static int check_target(const char *target, struct err *err)
{
	if (!*target || *target == '-' || strlen(target) > TARGET_MAX)
		return err_set(err, ERR_VALUE, "'%.100s' is no name of a window", target);
	for (const char *c = target; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127 || strchr("#:\"'\\", *c))
			return err_set(
				err, ERR_VALUE,
				"'%.100s' is no name of a window: it has a control character, "
				"a quote, a backslash, '#' or ':'",
				target);
	return 0;
}

int command_render_window(const struct step *step, const struct expr_env *env, struct arena *arena,
			  struct command *command, struct err *err)
{
	const struct window_action *window = step->window;
	struct command inner = { .dir = command->dir };
	const char *target = command_render_text(&window->target, env, arena, err);

	command->action = "window";
	if (!target || check_target(target, err) < 0)
		return err_wrap(err, "target");
	if (command_render_run(step, env, arena, &inner, err) < 0)
		return err_wrap(err, "run");
	command_start_helper(command, HELPER_WINDOW, 6 + inner.argc, arena);
	command->env_is_carried = true;
	command->vars = inner.vars;
	command->argv[command->argc++] = arena_join(arena, "target=", target, "");
	command->argv[command->argc++] = arena_printf(arena, "verify=%llu",
						      (unsigned long long)window->verify_ms);
	if (!window->waits)
		command->argv[command->argc++] = "no-wait";
	if (!window->restores)
		command->argv[command->argc++] = "no-restore";
	command->argv[command->argc++] = "--";
	for (size_t i = 0; i < inner.argc; i++)
		command->argv[command->argc++] = inner.argv[i];
	return 0;
}
