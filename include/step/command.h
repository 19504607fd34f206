/*
 * A step with every value in place: what is started, and what its fingerprint is made of. One row a
 * kind of action in command.c; an action renders, it never spawns.
 */
#ifndef STEP_COMMAND_H
#define STEP_COMMAND_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/stepout.h"
#include "model/text.h"
#include "model/workflow.h"
#include "plan/facts.h"

struct asking { /* what a person is asked */
	const char *question;
	size_t n_choices;
	const char **choices;
	const char *default_answer; /* or NULL */
};

/* A word of argv that is a file of the tree, or the text of one: the step gets an absolute path in its
 * place, but what counts is what stands here. */
enum word_place {
	WORD_AS_IS,
	WORD_OF_TREE,	/* a path relative to the root */
	WORD_IS_CODE,	/* a text, to be handed on in a file */
	WORD_IS_HELPER, /* the name of one of our own helper programs */
};

struct command {
	/* "shell", "exec", "script", "action", "commit", "agent", "container", "http", "database", "open",
	 * "notify", "window", "ask", "approve": as fingerprints call it. */
	const char *action;
	const char **argv; /* NULL-terminated; of a question: its texts; of an agent: its name */
	size_t argc;
	uint8_t placed; /* enum word_place, of argv[placed_at] */
	size_t placed_at;
	struct text_vars vars;	/* values that travel in the environment: "__wf_1" */
	const char *dir;	/* relative to the root, "" for the root itself */
	const char *stdin_text; /* NULL: /dev/null; of an agent: its prompt, the first part of it */
	struct fact_pairs
		env; /* `env`, rendered: of the file, of groups, of the step; later wins */
	struct fact_pairs with; /* of an action: part of env already */
	struct fact_list pass;	/* names of `pass_env`, sorted, no doubles */
	bool env_clear;
	bool env_is_carried; /* env and pass are not for the process, but for what it starts elsewhere:
			      * each travels as WF_ENV_NAME */
	struct fact_list tools;	  /* as written: "cc" */
	const char *depfile;	  /* relative to the root, or NULL */
	struct fact_list allowed; /* of an agent: what it may change; "!x" not */
	struct asking asking;	  /* "ask", "approve" */
	/* Of "shell": what does the same without one, or NULL. It is no part of what the step is. */
	const struct text_direct *direct;
};

/* In argv: the program that the engine is. */
#define COMMAND_ITSELF "/proc/self/exe"

/* What names mean: `enter` gives those of the step itself and of the groups around it. The answer is
 * valid until the next call. */
struct command_scope {
	const struct workflow *wf;
	void *data;
	const struct expr_env *(*enter)(void *data, const struct step *where);
};

/* Everything lives in the arena. A value that cannot be used is ERR_VALUE. */
int command_render(const struct command_scope *scope, const struct step *step, struct arena *arena,
		   struct command *command, struct err *err);

/* The end of a step that exited with 0: what it came to by the rules of its action. Outputs live in
 * the arena. -1: it has failed, err says why. */
int command_finish(const struct step *step, const struct expr_env *env, struct arena *arena,
		   struct stepout *outputs, struct err *err);

/* How long the other side asks to wait before another try, by what the step wrote before it failed. 0:
 * it says nothing. */
uint64_t command_retry_after_ms(const struct step *step, const struct stepout *outputs);

/* The variable that names the file of an artifact: "WF_OUT_", "test-report" → "WF_OUT_TEST_REPORT". */
#define COMMAND_ARTIFACT_OUT "WF_OUT_"
#define COMMAND_ARTIFACT_IN  "WF_IN_"
const char *command_artifact_variable(struct arena *arena, const char *prefix,
				      const char *artifact);

/* A path of the worktree after substitution: relative, no "..", not into .git; normalized ("./a//b" →
 * "a/b"). NULL with err. */
const char *command_check_path(struct arena *arena, const char *path, struct err *err);

#endif
