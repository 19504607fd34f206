/*
 * The logs of a run: one file for each attempt of each step.
 */
#ifndef CLI_LOG_IMPL_H
#define CLI_LOG_IMPL_H

#include <sys/types.h>

#include "base/vec.h"
#include "cli/command.h"
#include "event/state.h"

/* "<n>-<step>.<attempt>.log" */
struct log_file {
	const char *name;
	unsigned long node, attempt;
	const char *step; /* as the file's name has it: what is no letter or digit is '_' */
	off_t shown;	  /* bytes */
};

struct log_view {
	struct cli *cli;
	int dir_fd;	  /* of the logs */
	const char *step; /* NULL: all */
	VEC(struct log_file) files;
	const char *last; /* the file whose text came last */
	char chunk[64 << 10];
};

/* Everything that was written since the last call, file by file, to standard output. */
int log_show_new(struct log_view *view, const struct run_state *state, struct err *err);

#endif
