/*
 * `agent`: the prompt with its values. What is read when it is started, the inputs and the program
 * that it is handed to, is none of it (run/briefing.c).
 */
#include <string.h>

#include "base/strbuf.h"
#include "command_impl.h"

/* "- name: value", further lines of a value indented. */
static void add_value(struct strbuf *text, const char *name, const char *value)
{
	strbuf_addf(text, "- %s:", name);
	if (!strchr(value, '\n'))
		strbuf_addch(text, ' ');
	for (const char *line = value; *line;) {
		size_t len = strcspn(line, "\n");

		if (strchr(value, '\n'))
			strbuf_addstr(text, "\n    ");
		strbuf_add(text, line, len);
		line += len + (line[len] == '\n');
	}
	strbuf_addch(text, '\n');
}

static int render_allowed(const struct agent_call *agent, const struct expr_env *env,
			  struct arena *arena, struct command *command, struct err *err)
{
	command->allowed.v = ARENA_ARRAY(arena, const char *, agent->n_allowed + 1);
	for (size_t i = 0; i < agent->n_allowed; i++) {
		const struct path_spec *spec = &agent->allowed[i];
		const char *path = command_render_text(&spec->text, env, arena, err);

		path = path ? command_check_path(arena, path, err) : NULL;
		if (!path)
			return err_wrap(err, "allow_paths");
		command->allowed.v[command->allowed.n++] = spec->kind == PATH_EXCLUDE
								   ? arena_join(arena, "!", path,
										"")
								   : path;
	}
	return 0;
}

const char *command_render_prompt(const struct agent_call *agent, const struct expr_env *env,
				  struct arena *arena, struct command *command, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *prompt = agent->prompt.raw
				     ? command_render_text(&agent->prompt, env, arena, err)
				     : "";

	if (!prompt) {
		err_wrap(err, "the prompt '%s'", agent->path ? agent->path : agent->name);
		return NULL;
	}
	if (command_add_with(agent->with, agent->variables, agent->n_with, env, arena, command,
			     err) < 0)
		return NULL;
	strbuf_addstr(&text, prompt);
	if (text.len && text.buf[text.len - 1] != '\n')
		strbuf_addch(&text, '\n');
	if (agent->n_with)
		strbuf_addstr(&text, "\n# Values\n\n");
	for (size_t i = 0; i < agent->n_with; i++)
		add_value(&text, agent->with[i].name, command->with.v[i].value);
	return arena_strndup(arena, strbuf_str(&text), text.len);
}

int command_render_agent(const struct step *step, const struct expr_env *env, struct arena *arena,
			 struct command *command, struct err *err)
{
	const struct agent_call *agent = step->agent;

	command->action = "agent";
	command->argv = ARENA_ARRAY(arena, const char *, 2);
	command->argv[command->argc++] = agent->name;
	command->stdin_text = command_render_prompt(agent, env, arena, command, err);
	return command->stdin_text ? render_allowed(agent, env, arena, command, err) : -1;
}
