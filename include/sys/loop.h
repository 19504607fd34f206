/*
 * One thread that waits for everything: file descriptors, timers, signals, children. Callbacks may
 * add and remove whatever they like, themselves included. Signals arrive by a self-pipe, the one
 * piece of process-wide state: only one loop at a time may exist in a process.
 *
 * While a loop exists it reaps EVERY child that ends during loop_run_once(). Who waits for a child
 * by himself must do so before he returns to the loop.
 *
 * loop_new() ignores SIGPIPE; loop_free() restores all dispositions.
 */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/compat.h"
#include "base/err.h"

struct loop;

struct loop *loop_new(struct err *err); /* NULL on error */
void loop_free(struct loop *loop);

/* Waits up to timeout_ms (-1: until something happens), then runs the callbacks that are due:
 * signals, fds, children, timers in this order. 0 or -1 (the poll itself failed). */
int loop_run_once(struct loop *loop, int timeout_ms, struct err *err);
/* loop_run_once() until a callback says loop_stop(). */
int loop_run(struct loop *loop, struct err *err);
void loop_stop(struct loop *loop);

/* ---- File descriptors: `events` and `revents` are those of poll() ---- */

typedef void loop_fd_fn(struct loop *loop, int fd, short revents, void *data);

/* POLLERR, POLLHUP and POLLNVAL are always reported. One entry an fd: adding again replaces.
 * Remove an fd BEFORE closing it. */
void loop_add_fd(struct loop *loop, int fd, short events, loop_fd_fn *fn, void *data);
void loop_set_events(struct loop *loop, int fd, short events); /* 0: pause, only errors */
void loop_remove_fd(struct loop *loop, int fd);		       /* unknown: nothing happens */

/* ---- Timers: the caller's memory, zeroed before first use ---- */

struct loop_timer;
typedef void loop_timer_fn(struct loop *loop, struct loop_timer *timer, void *data);

struct loop_timer {
	uint64_t deadline_ms; /* of clock_monotonic_ms() */
	size_t heap_index;    /* + 1; 0: not running */
	loop_timer_fn *fn;
	void *data;
};

/* Fires once, not before delay_ms; starting a running timer moves it. */
void loop_start_timer(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms,
		      loop_timer_fn *fn, void *data);
void loop_stop_timer(struct loop *loop, struct loop_timer *timer); /* not running: nothing */
static inline bool loop_timer_is_running(const struct loop_timer *timer)
{
	return timer->heap_index != 0;
}

/* ---- Signals ---- */

struct loop_signal {
	int signo;
	int code; /* si_code: SI_USER and SI_QUEUE come from a process, SI_KERNEL from a tty */
	pid_t sender_pid; /* 0: the kernel, so a key of the terminal */
	uint64_t at_ms;	  /* clock_monotonic_ms() when it arrived */
};

typedef void loop_signal_fn(struct loop *loop, const struct loop_signal *signal, void *data);

/* Not SIGCHLD. SIGHUP that was ignored at the start stays ignored (nohup). */
int loop_watch_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *data,
		      struct err *err);

/* For spawn_request: true until the next signal is watched, if nobody but the loop sets handlers. */
const sigset_t *loop_moved_signals(struct loop *loop);

/* Ends the process by the signal itself, so that the parent sees it. */
NORETURN void loop_die_of_signal(int signo);

/* ---- Children ---- */

/* `status` as of waitpid(). The pid is free for reuse when the callback runs: no kill(). */
typedef void loop_child_fn(struct loop *loop, pid_t pid, int status, const struct rusage *usage,
			   void *data);

void loop_watch_child(struct loop *loop, pid_t pid, loop_child_fn *fn, void *data);
void loop_forget_child(struct loop *loop, pid_t pid); /* its end goes to the callback below */
/* For children nobody watches: orphans that came to us as the subreaper. NULL: reaped silently. */
void loop_watch_orphans(struct loop *loop, loop_child_fn *fn, void *data);
size_t loop_child_count(const struct loop *loop); /* watched ones that still run */
/* The watched pids, for tree_find_escaped(). Valid until the next change. */
const pid_t *loop_child_pids(const struct loop *loop);

#endif
