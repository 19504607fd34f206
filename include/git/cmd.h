/*
 * The one way to start git: argv only, no hooks, no fsmonitor, no pager, no external diff, no prompt,
 * no background work, no optional locks and no fetching on reads; git's repository variables stripped
 * and set from `repo`, LC_ALL=C, a time limit. What the user says by `git -c` or GIT_CONFIG_COUNT still
 * holds, and so does the quarantine of a pre-receive hook of this very repository.
 *
 * Synchronous: it returns when git has ended and its output is drained. Never call it from within a
 * callback of a loop that watches children.
 */
#ifndef GIT_CMD_H
#define GIT_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"

struct git_cmd {
	const struct repo *repo; /* runs at its top; NULL: in the current directory's repository */
	const char *const *args; /* without "git", NULL-terminated */
	const struct strbuf *input;  /* or NULL: /dev/null */
	uint64_t timeout_ms;	     /* 0: 60 s */
	const char *const *env;	     /* more "NAME=value", NULL-terminated, or NULL */
	const char *const *settings; /* more "name=value" for -c, NULL-terminated, or NULL */
	int held_fd; /* of a lock that is to be held until it has ended, even without us; 0: none */
	bool writes; /* may fetch missing objects of a partial clone */
	struct strbuf *said; /* gets the beginning of its stderr, or NULL */
	bool runs_hooks;     /* the user's own hooks: the commit action alone */
};

/* Runs it to its end. `out` (or NULL) gets stdout. 0 with *exit_code; a git that a signal or the
 * time limit ended is -1. With exit_code NULL anything but exit 0 is -1 and err holds the first
 * "fatal:" or "error:" line of its stderr, else the last line. */
int git_run(const struct git_cmd *cmd, struct strbuf *out, int *exit_code, struct err *err);
/* The same for what says one thing: the first line of its stdout, in the arena. -1: or any other exit. */
int git_run_line(const struct git_cmd *cmd, struct arena *arena, const char **line,
		 struct err *err);

#endif
