/*
 * The environment of children.
 */
#include "sys/env.h"

#include <stdarg.h>
#include <string.h>

#include "base/strbuf.h"

/* As `git rev-parse --local-env-vars` prints them (git 2.39). */
static const char *const git_local[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR",
	"GIT_CONFIG",
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_PARAMETERS",
	"GIT_DIR",
	"GIT_GRAFT_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX",
	"GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE",
	"GIT_WORK_TREE",
};

static bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool is_git_local_n(const char *name, size_t len)
{
	size_t i;

	if (!has_prefix(name, "GIT_"))
		return false;
	if (has_prefix(name, "GIT_CONFIG_KEY_") || has_prefix(name, "GIT_CONFIG_VALUE_"))
		return true;
	for (i = 0; i < ARRAY_SIZE(git_local); i++)
		if (strlen(git_local[i]) == len && !memcmp(git_local[i], name, len))
			return true;
	return false;
}

bool env_is_git_local(const char *name)
{
	return is_git_local_n(name, strlen(name));
}

void env_init(struct env *env, char *const *block, int flags)
{
	*env = (struct env){ 0 };
	for (; *block; block++) {
		const char *equals = strchr(*block, '=');

		/* What has no name cannot be set again or asked for: not handed on. */
		if (!equals || equals == *block || has_prefix(*block, "GIT_WF_"))
			continue;
		if (!(flags & ENV_KEEP_GIT) && is_git_local_n(*block, (size_t)(equals - *block)))
			continue;
		vec_push(&env->vars, *block);
	}
}

void env_copy(struct env *env, const struct env *base)
{
	*env = (struct env){ 0 };
	vec_reserve(&env->vars, base->vars.n + 17); /* a step's own, and the end */
	if (base->vars.n)
		memcpy(env->vars.v, base->vars.v, base->vars.n * sizeof *base->vars.v);
	env->vars.n = base->vars.n;
}

void env_release(struct env *env)
{
	if (!env)
		return;
	vec_release(&env->vars);
	arena_release(&env->arena);
}

/* Index of the variable, or the number of variables. */
static size_t find(const struct env *env, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < env->vars.n; i++)
		if (env->vars.v[i][0] == *name && !strncmp(env->vars.v[i], name, len) &&
		    env->vars.v[i][len] == '=')
			break;
	return i;
}

void env_set(struct env *env, const char *name, const char *value)
{
	size_t len = strlen(name), at = find(env, name, len);
	char *var;

	if (!len || strchr(name, '='))
		BUG("'%s' cannot be a variable's name", name);
	var = arena_join(&env->arena, name, "=", value);
	if (at < env->vars.n)
		env->vars.v[at] = var;
	else
		vec_push(&env->vars, var);
}

void env_setf(struct env *env, const char *name, const char *fmt, ...)
{
	struct strbuf value CLEANUP(strbuf_release) = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&value, fmt, ap);
	va_end(ap);
	env_set(env, name, strbuf_str(&value));
}

void env_unset(struct env *env, const char *name)
{
	size_t len = strlen(name), at;

	if (!len)
		return;
	/* A block from outside may have a name twice. */
	while ((at = find(env, name, len)) < env->vars.n) {
		memmove(&env->vars.v[at], &env->vars.v[at + 1],
			(env->vars.n - at - 1) * sizeof *env->vars.v);
		env->vars.n--;
	}
}

const char *env_get(const struct env *env, const char *name)
{
	size_t len = strlen(name), at = find(env, name, len);

	return at < env->vars.n ? env->vars.v[at] + len + 1 : NULL;
}

char *const *env_block(struct env *env)
{
	vec_push(&env->vars, NULL);
	env->vars.n--;
	return env->vars.v;
}
