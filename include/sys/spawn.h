/*
 * Starting programs without a fork. The child begins with an empty signal mask, default
 * dispositions (only an ignored SIGHUP stays ignored: nohup), and no file descriptor but those
 * named in the request, given that all others are CLOEXEC.
 */
#ifndef SYS_SPAWN_H
#define SYS_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"

struct spawn_fd {
	int from; /* ours; may be CLOEXEC */
	int to;	  /* its number in the child, 3 or more */
};

/* What the last lookup found, for whoever starts the same program again and again. */
struct spawn_found {
	struct strbuf program, path, file; /* all empty: nothing yet */
};

struct spawn_request {
	const char *const *argv;   /* argv[0] without a slash is looked up in PATH of envp */
	struct spawn_found *found; /* taken for granted, and kept up to date; NULL: none */
	char *const *envp;
	const char *dir;		    /* to run in; NULL: ours */
	int stdin_fd, stdout_fd, stderr_fd; /* -1: /dev/null */
	const struct spawn_fd *extra_fds;
	size_t n_extra_fds;
	const sigset_t *moved; /* of spawn_moved_signals(), and still true; NULL: it is looked up */
	bool new_group;	       /* the leader of a process group of its own, whose id is its pid */
	int foreground_tty_fd; /* >= 0: that group gets this terminal; take it back with tty.h */
};

#define SPAWN_REQUEST_INIT                                                                \
	{                                                                                 \
		.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1, .foreground_tty_fd = -1 \
	}

/*
 * Errors say what is wrong with what: the directory, the program, its permission, its interpreter.
 * err->errnum is ENOENT for a program that is not there (a shell's 127; kind ERR_NOT_FOUND), EACCES
 * or ENOEXEC for one that cannot run (126). A text file without "#!" runs by /bin/sh, as
 * from a shell.
 * The caller owns the child: loop_watch_child() or waitpid().
 */
int spawn_start(const struct spawn_request *request, pid_t *pid, struct err *err);

/* Signals whose dispositions the child has to set back. */
void spawn_moved_signals(sigset_t *moved);

/* To its end, for whoever has no loop: `status` as of waitpid(). */
int spawn_wait(pid_t pid, int *status, struct err *err);
/* As a shell says it: 128 + n of what died of signal n. */
int spawn_exit_code(int status);

/* Where `program` is in the list `path` ("a:b:c"; NULL: the default one), seen from `dir` (NULL:
 * ours). 0 with the file name in `found`, or 1: nowhere. */
int spawn_find_program(const char *program, const char *path, const char *dir,
		       struct strbuf *found);

/* To be called when another program may be the first in PATH by now. */
void spawn_found_forget(struct spawn_found *found);
void spawn_found_release(struct spawn_found *found);

/* Both ends CLOEXEC. */
int spawn_pipe(int fds[2], struct err *err);

#endif
