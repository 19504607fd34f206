/*
 * The environment of children: "NAME=value" strings, few enough to be searched one by one. A step's
 * is a copy of the run's base (pointers only) plus its own variables.
 */
#ifndef SYS_ENV_H
#define SYS_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/vec.h"

/* Zeroed is empty. */
struct env {
	VEC(char *) vars;
	struct arena arena; /* of the strings set here; inherited ones are borrowed */
};

enum env_flags {
	ENV_KEEP_GIT = 1, /* for hook steps, which need GIT_INDEX_FILE and so on */
};

/* From a block such as environ (borrowed: it must outlive), without GIT_WF_* and git's local
 * variables: those that tie a command to one repository (`git rev-parse --local-env-vars`). */
void env_init(struct env *env, char *const *block, int flags);
/* A copy that borrows the strings of `base`, which must outlive it and not change. */
void env_copy(struct env *env, const struct env *base);
void env_release(struct env *env);

void env_set(struct env *env, const char *name, const char *value); /* copies both */
void env_setf(struct env *env, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
void env_unset(struct env *env, const char *name);
const char *env_get(const struct env *env, const char *name); /* NULL: not set */

/* NULL-terminated, for exec; until the next change. */
char *const *env_block(struct env *env);

/* Is it one of git's local variables (GIT_CONFIG_KEY_0 and so on included)? */
bool env_is_git_local(const char *name);

#endif
