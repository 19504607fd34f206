/*
 * Of a step whose `env` and `pass_env` are for what its helper starts elsewhere (command.env_is_carried):
 * each travels as WF_ENV_NAME, and the helper keeps the PATH and the HOME that are its own.
 */
#ifndef RUN_CARRY_IMPL_H
#define RUN_CARRY_IMPL_H

#include "engine_impl.h"

void carry_env(struct execution *execution, const struct command *command, struct env *env);

#endif
