/*
 * Between spawn.c, spawn_find.c, spawn_explain.c and the two ways to make a child: spawn_clone.c and spawn_posix.c.
 */
#ifndef SYS_SPAWN_IMPL_H
#define SYS_SPAWN_IMPL_H

#include <stdbool.h>

#include "sys/spawn.h"

#if defined(__linux__) && !defined(SPAWN_BY_POSIX) /* -DSPAWN_BY_POSIX: to try the other way */
#define SPAWN_BY_CLONE 1
#endif

#define SPAWN_PLAIN_SIGNALS 32 /* the numbers below; nobody here handles a real-time one */

/* Those that we, or a shell that started us in the background, may ignore. SIGHUP is left out: under
 * nohup it is to stay ignored. */
#define SPAWN_RESET_SIGNALS                                                                     \
	{                                                                                       \
		SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, \
			SIGTTIN, SIGTTOU, SIGXFSZ                                               \
	}

/* The file of argv[0]. 1: there is none, `file` is empty. */
int spawn_lookup(const struct spawn_request *request, struct strbuf *file);

/* Starts `file` with these arguments and all else as the request says. 0, or an errno, and *pid is
 * as it was. */
int spawn_child(const struct spawn_request *request, const char *file, const char *const *argv,
		pid_t *pid);

/* A text file, by its first bytes: what a shell would run line by line. */
bool spawn_is_script(const char *file, const char *dir);

/* Finds out why a start failed with `cause`. `file` is what was tried, NULL: nothing was found.
 * Always returns -1. */
int spawn_explain(const struct spawn_request *request, const char *file, int cause,
		  struct err *err);

#endif
