/*
 * The parts of `git wf hooks` besides `run`.
 */
#ifndef CLI_HOOKS_IMPL_H
#define CLI_HOOKS_IMPL_H

#include "cli/command.h"
#include "model/hook.h"

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

/* The hook of a word, or an error with the nearest. */
int hooks_find(const char *word, enum hook_kind *kind, struct err *err);

#endif
