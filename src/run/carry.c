/*
 * The environment of what a helper starts elsewhere: in a container, or a window.
 */
#include "carry_impl.h"

#include "step/helper.h"

static void carry(struct execution *execution, struct env *env, const char *name, const char *value)
{
	const char *own = env_get(&execution->engine->env, name);

	if (value)
		env_set(env, arena_join(&execution->arena, HELPER_CARRIED, name, ""), value);
	if (own)
		env_set(env, name, own);
	else
		env_unset(env, name);
}

void carry_env(struct execution *execution, const struct command *command, struct env *env)
{
	const struct engine *engine = execution->engine;
	uint64_t grace = engine->options->grace_ms ? engine->options->grace_ms : GRACE_MS;

	for (size_t i = 0; i < command->pass.n; i++)
		carry(execution, env, command->pass.v[i],
		      env_get(&engine->env, command->pass.v[i]));
	for (size_t i = 0; i < command->env.n; i++)
		carry(execution, env, command->env.v[i].name, command->env.v[i].value);
	env_setf(env, HELPER_GRACE_MS, "%llu", (unsigned long long)grace);
	if (engine->options->window_command)
		env_set(env, HELPER_WINDOW_COMMAND, engine->options->window_command);
	if (engine->options->container_command)
		env_set(env, HELPER_CONTAINER_COMMAND, engine->options->container_command);
}
