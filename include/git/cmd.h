/*
 * The one way to start git: argv only, no hooks, no fsmonitor, no pager, no external diff, no
 * optional locks on reads, git's repository variables stripped and set from `repo`, LC_ALL=C, a time
 * limit.
 */
#ifndef GIT_CMD_H
#define GIT_CMD_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"

struct git_cmd {
	const struct repo *repo; /* NULL: the current directory's */
	const char *const *args; /* without "git", NULL-terminated */
	const char *input;	 /* or NULL */
	size_t input_len;
	uint64_t timeout_ms; /* 0: 60 s */
	const char *const *env; /* more "NAME=value", NULL-terminated, or NULL */
};

/* Runs it to its end. `out` gets stdout. 0 with *exit_code (stderr's last line goes into err only
 * where the exit code is not 0 and exit_code is NULL: then -1). */
int git_run(const struct git_cmd *cmd, struct strbuf *out, int *exit_code, struct err *err);

#endif
