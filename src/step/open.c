/*
 * `open`: the program itself, in a process of its own, which knows the user's browser and editor.
 */
#include <string.h>

#include "command_impl.h"

static void add(struct command *command, const char *word)
{
	command->argv[command->argc++] = word;
}

static bool is_page(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static int add_target(const struct text *target, const struct expr_env *env, struct arena *arena,
		      struct command *command, struct err *err)
{
	const char *word = command_render_text(target, env, arena, err);

	if (!word)
		return -1;
	if (is_page(word)) {
		word = command_render_url(target, env, arena, err);
		add(command, "page");
	} else {
		if (word[strspn(word, "abcdefghijklmnopqrstuvwxyz+.-")] == ':')
			return err_set(err, ERR_VALUE, "'%.100s' is neither a page nor a path",
				       word);
		word = command_check_path(arena, word, err);
		add(command, "file");
	}
	add(command, word);
	return word ? 0 : -1;
}

int command_render_open(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	const struct open_action *open = step->open;

	command->action = "open";
	command->argv = ARENA_ARRAY(arena, const char *, open->n_changed + 6);
	add(command, COMMAND_ITSELF);
	add(command, "__open");
	add(command, "--");
	if (open->target.raw)
		return add_target(&open->target, env, arena, command, err);
	add(command, "changed");
	if (command_add_texts(open->changed, open->n_changed, env, arena, command, err) < 0)
		return err_wrap(err, "changed");
	return 0;
}
