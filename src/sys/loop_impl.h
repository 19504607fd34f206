/*
 * The loop's inside, shared by its three sources.
 */
#ifndef SYS_LOOP_IMPL_H
#define SYS_LOOP_IMPL_H

#include <signal.h>

#include "base/vec.h"
#include "sys/loop.h"

struct loop_handler {
	loop_fd_fn *fn;
	void *data;
};

struct loop_watch {
	int signo;
	loop_signal_fn *fn;
	void *data;
	struct sigaction old;
};

struct loop_child {
	loop_child_fn *fn;
	void *data;
};

struct loop {
	/* Side by side, so that poll() can have the first one as it is. fd -1: removed during a
	 * dispatch. */
	VEC(struct pollfd) polled;
	VEC(struct loop_handler) handlers;
	VEC(size_t) slot_of_fd; /* index + 1 */
	size_t n_dead;
	bool is_dispatching, is_stopped;

	VEC(struct loop_timer *) timers; /* a heap, the earliest first */

	int signal_pipe[2];
	VEC(struct loop_watch) watches;
	struct sigaction old_sigchld, old_sigpipe;
	sigset_t moved;
	bool knows_moved;

	/* Children: the pids side by side, and a table from pid to index + 1. */
	VEC(pid_t) pids;
	VEC(struct loop_child) children;
	uint32_t *child_slots;
	size_t n_child_slots;
	struct loop_child orphans;
	unsigned n_failed_waits; /* one behind the other */
};

int loop_signals_init(struct loop *loop, struct err *err);
void loop_signals_release(struct loop *loop);
bool loop_has_ended_children(void);
int loop_reap_children(struct loop *loop, struct err *err);
void loop_fire_timers(struct loop *loop);

/* loop_child.c: takes the pid out; false if it is not watched. */
bool loop_take_child(struct loop *loop, pid_t pid, struct loop_child *child);

#endif
