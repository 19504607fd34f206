/*
 * What an attempt is told by its environment.
 */
#include <string.h>

#include "engine_impl.h"

#include "carry_impl.h"
#include "launch_impl.h"
#include "outcome_impl.h"
#include "secrets_impl.h"

const struct command *launch_command(const struct execution *execution)
{
	return side_is_at_work(execution) ? execution->side.command
					  : &execution->judged.gathered.command;
}

static void set_artifact(struct execution *execution, struct env *env, const char *prefix,
			 const char *name)
{
	env_set(env, command_artifact_variable(&execution->arena, prefix, name),
		artifact_path(execution->engine->session, &execution->arena, name));
}

static void set_artifacts(struct execution *execution, struct env *env)
{
	const struct node *node = execution->node;

	for (size_t i = 0; i < node->n_outputs; i++) {
		if (node->outputs[i].kind == PATH_ARTIFACT)
			set_artifact(execution, env, COMMAND_ARTIFACT_OUT, node->outputs[i].path);
	}
	for (size_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind == PATH_ARTIFACT)
			set_artifact(execution, env, COMMAND_ARTIFACT_IN, node->inputs[i].path);
	}
}

static void start_clear(struct engine *engine, const struct command *command, struct env *env)
{
	static const char *const kept[] = { "PATH",	   "HOME",	 "USER",       "TERM",
					    "TMPDIR",	   "LANG",	 "MAKEFLAGS",  "WF_RUN_ID",
					    "WF_WORKFLOW", "WF_ROOT",	 "WF_RUN_DIR", "WF_HOOK",
					    "WF_FILES",	   "WF_MSG_FILE" };

	env_init(env, (char *const[]){ NULL }, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		const char *value = env_get(&engine->env, kept[i]);

		if (value)
			env_set(env, kept[i], value);
	}
	for (size_t i = 0; i < command->pass.n; i++) {
		const char *value = env_get(&engine->env, command->pass.v[i]);

		if (value)
			env_set(env, command->pass.v[i], value);
	}
}

/* Its own variables may hold what is masked, besides those of the caller. */
static void mask_variables(struct execution *execution, const struct env *env)
{
	const struct step *step = execution->node->step;

	for (size_t i = 0; i < step->n_secrets; i++) {
		const char *value = env_get(env, step->secrets[i]);

		if (value && *value)
			secrets_add(execution->engine->session, value);
	}
	engine_gather_masks(execution->engine);
}

void engine_name_repository(const struct engine *engine, struct env *env)
{
	const struct repo *repo = &engine->session->repo;

	env_set(env, "GIT_DIR", repo->git_dir);
	if (strcmp(repo->git_dir, repo->common_dir) != 0)
		env_set(env, "GIT_COMMON_DIR", repo->common_dir);
	env_set(env, "GIT_WORK_TREE", repo->root);
	env_unset(env, "GIT_INDEX_FILE");
}

void launch_fill_env(struct execution *execution, struct env *env)
{
	struct engine *engine = execution->engine;
	const struct command *command = launch_command(execution);

	if (command->env_clear)
		start_clear(engine, command, env);
	else
		env_copy(env, &engine->env);
	for (size_t i = 0; i < command->env.n; i++)
		env_set(env, command->env.v[i].name, command->env.v[i].value);
	for (size_t i = 0; i < command->vars.n; i++)
		env_set(env, command->vars.names[i], command->vars.values[i]);
	env_set(env, "WF_STEP", execution->node->id);
	env_setf(env, "WF_ATTEMPT", "%u", execution->attempt);
	env_set(env, "WF_COOKIE", execution->cookie);
	env_set(env, "WF_OUTPUT", execution->output_path);
	env_set(env, "WF_SUMMARY", execution->summary_path);
	env_set(env, "WF_PROGRESS", execution->progress_path);
	if (strcmp(command->argv[0], COMMAND_ITSELF) == 0)
		engine_name_repository(engine, env);
	if (mending_is_at_work(execution))
		mending_set_env(execution, env);
	set_artifacts(execution, env);
	mask_variables(execution, env);
	if (command->env_is_carried)
		carry_env(execution, command, env);
}
