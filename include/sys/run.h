/*
 * A program that is started, waited for and listened to, all at once: for what answers soon.
 *
 * Synchronous: it returns when the program has ended and its output is drained. Never call it from within
 * a callback of a loop that watches children.
 */
#ifndef SYS_RUN_H
#define SYS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sys/spawn.h"

struct run_request {
	const char *const *argv; /* as of struct spawn_request */
	char *const *envp;
	const char *dir;   /* NULL: ours */
	const char *input; /* on its standard input; NULL: /dev/null */
	size_t input_len;
	const struct spawn_fd *extra_fds;
	size_t n_extra_fds;
	uint64_t timeout_ms; /* then it is ended: ERR_SYSTEM that says so; 0: none */
	/* A process group of its own, which a terminal's Ctrl-C does not reach, and which, when it is late, is
	 * told to end 2 s before it is killed. False: it is in ours, and killed alone. */
	bool own_group;
	size_t max_bytes; /* of what it prints; more is ERR_VALUE, and it is killed; 0: any number */
};

/* Appends what it prints to `out` (or NULL), the beginning of its standard error to `said` (or NULL: it is
 * ours). 0 with *status as of waitpid(); -1: it was not started, or not heard to its end. */
int run_program(const struct run_request *request, struct strbuf *out, struct strbuf *said,
		int *status, struct err *err);

/* How it ended, for a message: "exit 2: no such host", with the last line of `said`. */
void run_describe(int status, const struct strbuf *said, struct strbuf *out);

#endif
