/*
 * `action`: an executable of .workflows/actions. What `with` says is in its environment.
 */
#include "base/strbuf.h"
#include "command_impl.h"

static const char *render_value(const struct with_value *value, const struct expr_env *env,
				struct arena *arena, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < value->n_items; i++) {
		if (i)
			strbuf_addch(&text, '\n');
		if (text_render(&value->items[i], env, &text, err) < 0)
			return NULL;
	}
	return arena_strndup(arena, strbuf_str(&text), text.len);
}

int command_add_with(const struct with_value *with, const char *const *variables, size_t n,
		     const struct expr_env *env, struct arena *arena, struct command *command,
		     struct err *err)
{
	command->with.v = ARENA_ARRAY(arena, struct fact_pair, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *value = render_value(&with[i], env, arena, err);

		if (!value)
			return err_wrap(err, "'%s'", with[i].name);
		command->with.v[command->with.n++] = (struct fact_pair){ variables[i], value };
	}
	return 0;
}

int command_render_call(const struct step *step, const struct expr_env *env, struct arena *arena,
			struct command *command, struct err *err)
{
	const struct action_call *call = step->call;

	command->action = "action";
	command->argv = ARENA_ARRAY(arena, const char *, 2);
	command_add_file(arena_join(arena, ACTIONS_DIR, "/", call->name), arena, command);
	return command_add_with(call->with, call->variables, call->n_with, env, arena, command,
				err);
}
