/*
 * What the kinds of action share: one function each, a row of command.c's table.
 */
#ifndef STEP_COMMAND_IMPL_H
#define STEP_COMMAND_IMPL_H

#include "step/command.h"

/* Fills in action, argv and what else is of its kind; command->dir is there. */
typedef int command_render_fn(const struct step *step, const struct expr_env *env,
			      struct arena *arena, struct command *command, struct err *err);

/* It ended with 0 and wrote `outputs`, which may be changed. -1: it has failed all the same. */
typedef int command_finish_fn(const struct step *step, const struct expr_env *env,
			      struct arena *arena, struct stepout *outputs, struct err *err);

command_render_fn command_render_script, command_render_call, command_render_commit;

/* The text with its values, in the arena or as written. NULL with err. */
const char *command_render_text(const struct text *text, const struct expr_env *env,
				struct arena *arena, struct err *err);
/* Appends to argv, which has room. */
int command_add_texts(const struct text *texts, size_t n, const struct expr_env *env,
		      struct arena *arena, struct command *command, struct err *err);
/* The same of a path of the tree that is executed. */
void command_add_file(const char *path, struct arena *arena, struct command *command);

#endif
