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

command_render_fn command_render_script, command_render_call, command_render_commit,
	command_render_container, command_render_agent, command_render_http,
	command_render_database, command_render_notify, command_render_open, command_render_window;
command_finish_fn command_finish_http;

/* The words of `run`, text or list, whatever the action around it is. */
int command_render_run(const struct step *step, const struct expr_env *env, struct arena *arena,
		       struct command *command, struct err *err);
/* argv with room for `n` words, of which the first is the name of a helper program. */
void command_start_helper(struct command *command, const char *helper, size_t n,
			  struct arena *arena);

/* A URL of http: its values percent-encoded, no password in it. NULL with err. */
const char *command_render_url(const struct text *url, const struct expr_env *env,
			       struct arena *arena, struct err *err);

/* The text with its values, in the arena or as written. NULL with err. */
const char *command_render_text(const struct text *text, const struct expr_env *env,
				struct arena *arena, struct err *err);
/* Appends to argv, which has room. */
int command_add_texts(const struct text *texts, size_t n, const struct expr_env *env,
		      struct arena *arena, struct command *command, struct err *err);
/* The prompt with its values, and what `with` says below it. NULL with err. */
const char *command_render_prompt(const struct agent_call *agent, const struct expr_env *env,
				  struct arena *arena, struct command *command, struct err *err);
/* What `with` says, which becomes part of the environment. */
int command_add_with(const struct with_value *with, const char *const *variables, size_t n,
		     const struct expr_env *env, struct arena *arena, struct command *command,
		     struct err *err);
/* The same of a path of the tree that is executed. */
void command_add_file(const char *path, struct arena *arena, struct command *command);

#endif
