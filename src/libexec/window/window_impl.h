/*
 * git-wf--window: what a step with `window` starts. It has a window opened in which this program runs again
 * (`inside`), and the two talk by a socket: what is to run goes there, its start and its end come back. Who
 * closes the window, and who kills the step, ends the other side too: each sees the end of the socket.
 */
#ifndef LIBEXEC_WINDOW_WINDOW_IMPL_H
#define LIBEXEC_WINDOW_WINDOW_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "sys/env.h"

/* What the inside says, one of these each. */
struct word {
	char kind; /* 'S' it has begun; 'F' it cannot be started: exit status 126 or 127; 'X' it has
		    * ended: exit status */
	int32_t value;
};

struct request {
	const char *target;
	uint64_t verify_ms;
	bool waits, restores;
	const char *const *command; /* NULL-terminated */
};

/* Who opens windows, and what must be known to tidy up. Strings live in the arena. */
struct opener {
	struct arena arena;
	struct env env;			     /* of tmux: nothing of the step's */
	const char *program;		     /* the user's own, or NULL: tmux */
	const char *session, *window, *pane; /* of tmux: ids */
	bool is_ours;			     /* the session is the run's own: nobody looks at it */
	/* What was in front: a window of tmux, or what the user's program said. */
	const char *before;
};

/* Takes the step's variables out of the environment: `step` gets them all, the opener's none. */
void opener_init(struct opener *opener, struct env *step);
void opener_release(struct opener *opener);
/* Opens a window that runs argv. */
int opener_open(struct opener *opener, const char *target, const char *const *argv,
		struct err *err);
/* What the window shows, to standard output. */
void opener_copy(struct opener *opener);
void opener_close(struct opener *opener);
/* What was in front before is in front again, unless somebody has gone elsewhere meanwhile. */
void opener_restore(struct opener *opener);
/* The window is gone: so is the session of the run's own, if it was the last; that is waited for shortly. */
void opener_settle(struct opener *opener);
/* "git-wf-run:build", to look at; or NULL. */
const char *opener_place(struct opener *opener, const char *target);

/* A socket at `path`, whose folder becomes the working directory: names of sockets are short. */
int meet_listen(const char *path, struct err *err);
int meet_connect(const char *path, struct err *err);
/* The next word; 1: the other side is gone; 2: `until_ms` (0: never) or a signal came. */
int meet_read(int fd, uint64_t until_ms, struct word *word, struct err *err);
int meet_accept(int listener, uint64_t until_ms, struct err *err); /* -1 with err: nobody came */
/* The directory, the words and the environment; is_bound: it ends with the one that asked. */
int meet_send(int fd, const char *dir, const char *const *argv, char *const *envp, bool is_bound,
	      struct err *err);

int inside_main(const char *path);

#endif
