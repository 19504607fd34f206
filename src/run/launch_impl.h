/*
 * What launch.c shares with the files beside it.
 */
#ifndef RUN_LAUNCH_IMPL_H
#define RUN_LAUNCH_IMPL_H

#include "engine_impl.h"

/* ---- launch_env.c ---- */

/* The step's own, or that of what stands beside it. */
const struct command *launch_command(const struct execution *execution);
void launch_fill_env(struct execution *execution, struct env *env);

/* ---- launch_files.c ---- */

/* Its log, $WF_OUTPUT and the like; none of them is there. */
void launch_name_files(struct execution *execution);
/* Artifacts that it reads, folders of what it makes; nothing of an attempt before. */
int launch_prepare_files(struct execution *execution, struct err *err);

#endif
