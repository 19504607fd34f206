/*
 * The parts of `git wf hooks` besides `run`.
 */
#ifndef CLI_HOOKS_IMPL_H
#define CLI_HOOKS_IMPL_H

#include "cli/command.h"
#include "model/hook.h"
#include "run/session.h"
#include "run/staging.h"
#include "trigger/hook_home.h"

struct hooks_options {
	bool all_files, files, json;
	const char *from, *to;
	const char *output;
	bool no_cache;
	uint32_t jobs;
};

int hooks_install(struct cli *cli, struct hooks_options *options, struct err *err);
int hooks_uninstall(struct cli *cli, struct hooks_options *options, struct err *err);
int hooks_import(struct cli *cli, struct hooks_options *options, struct err *err);
int hooks_status(struct cli *cli, struct hooks_options *options, struct err *err);

/* ---- What the parts have in common ---- */

struct hooks_call {
	struct cli *cli;
	struct hooks_options *options;
	struct session session;
	struct hook_home home;
	const char *program;
	bool is_named[HOOK_KINDS];  /* on the command line */
	bool is_wanted[HOOK_KINDS]; /* by a workflow, or named */
	struct strbuf started_by[HOOK_KINDS];
	struct staging *staging; /* of a bare repository: its HEAD */
	struct frozen frozen;
	int root_fd; /* where the workflows are */
};

/* Looks at all of that, then calls `fn`. */
typedef int hooks_fn(struct hooks_call *call, struct err *err);
int hooks_with(struct cli *cli, struct hooks_options *options, hooks_fn *fn, struct err *err);

/* The hook of a word, or an error with the nearest. */
int hooks_find(const char *word, enum hook_kind *kind, struct err *err);

#endif
