/*
 * What run, plan and explain are about: a workflow, values for its parameters, and the part of it that
 * is meant.
 *
 * Words on the command line that are no option of the command are parameters of the workflow, which
 * must be loaded to know them: "--issue TEXT", "--issue=TEXT", "-i TEXT", "--fast", "--no-fast". A
 * value that begins with '-' and is no number has to be written with '='.
 */
#ifndef CLI_TARGET_IMPL_H
#define CLI_TARGET_IMPL_H

#include <stdbool.h>

#include "cli/command.h"
#include "run/engine.h"
#include "run/recover.h"
#include "run/session.h"

struct target_options {
	struct option_values params; /* -p */
	struct option_values only, force;
	const char *from, *until;
	bool no_cache, strict, lenient;
	const char *gates; /* --custom-gates: a file, or NULL */
	uint32_t jobs;	   /* 0: as many as there are CPUs */
};

extern const struct option_table target_options;

void target_options_release(struct target_options *options);

/* The workflow's word: the first one. NULL with err. */
const char *target_word(const struct cli *cli, struct err *err);

/* session_open(), where no repository is no mistake of the user's words. */
int target_open(struct session *session, struct err *err);

/* What most commands are: their words parsed into `options` (min to max of them are no options), the
 * session opened, the answer given by `fn`. The exit code, or -1 with err. */
typedef int target_session_fn(struct cli *cli, struct session *session, const void *options,
			      struct err *err);
int target_session(struct cli *cli, void *options, size_t min, size_t max, target_session_fn *fn,
		   struct err *err);

struct target_request {
	const char *word;  /* the workflow's; NULL: the first of cli->words */
	size_t first_word; /* of cli->words behind it, where `word` is given */
	const struct target_options *options;
	struct option_values *steps; /* gets the words that name steps; NULL: there may be none */
	const struct option_values *selected; /* steps that are meant; NULL: all */
	bool lifts_order; /* --parallel: `order: listed` of the file holds nothing up */
	const struct run_origin *origin; /* its values hold where none are given now; or NULL */
};

/* From an open session to a plan. What is wrong with the file goes to standard error and gives -1 with
 * err unset. */
int target_load(struct cli *cli, struct session *session, const struct target_request *request,
		struct err *err);
/* ---- target_params.c ---- */

/* Values of parameters from cli->words; what is left is appended to `steps` (may be NULL: then words
 * that are no parameter are an error). */
int target_set_params(struct cli *cli, struct session *session, size_t first_word,
		      struct option_values *steps, struct err *err);
/* Those of -p. */
int target_set_pairs(struct session *session, const struct option_values *pairs, struct err *err);
/* Says which of the required ones have no value yet, and how they get one. */
int target_require_params(struct session *session, bool resumes, struct err *err);

/* ---- target.c ---- */

/* Shows what session->diags holds; -1 with err unset if there are errors among it. */
int target_show_diags(struct cli *cli, struct session *session);

/* The rest of what the engine and the preview want to know: options, else settings. Borrows from
 * options. */
int target_run_options(struct session *session, const struct target_options *options,
		       struct run_options *run, struct err *err);

#endif
