/*
 * Signals come by a pipe to ourselves, with their sender and time; SIGCHLD leads to the reaping.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop_impl.h"
#include "sys/clock.h"
#include "sys/spawn.h"

#define FAILED_WAITS_MAX 3

/* All that a signal handler can reach: hence one loop a process. */
static volatile sig_atomic_t signal_fd = -1;
static volatile sig_atomic_t has_ended_children;

/* One write() of less than PIPE_BUF, so records never mix. A full pipe has 1,000 unread ones: one
 * more says nothing new. */
static void on_signal(int signo, siginfo_t *info, void *context)
{
	int saved = errno;
	bool is_from_process = info && (info->si_code == SI_USER || info->si_code == SI_QUEUE
#ifdef SI_TKILL
					|| info->si_code == SI_TKILL
#endif
				       );
	struct loop_signal record;
	ssize_t ignored;

	(void)context;
	memset(&record, 0, sizeof record);
	record.signo = signo;
	record.code = info ? info->si_code : 0;
	record.sender_pid = is_from_process ? info->si_pid : 0;
	record.at_ms = clock_monotonic_ms();
	if (signo == SIGCHLD) {
		/* Unread news of a child is enough for all others. */
		if (has_ended_children) {
			errno = saved;
			return;
		}
		has_ended_children = 1;
	}
	ignored = write(signal_fd, &record, sizeof record);
	(void)ignored;
	errno = saved;
}

static void call_watch(struct loop *loop, const struct loop_signal *record)
{
	size_t i;

	for (i = 0; i < loop->watches.n; i++)
		if (loop->watches.v[i].signo == record->signo) {
			struct loop_watch watch = loop->watches.v[i];

			watch.fn(loop, record, watch.data);
			return;
		}
}

static void on_pipe(struct loop *loop, int fd, short revents, void *data)
{
	struct loop_signal records[64];
	ssize_t got;
	size_t i;

	(void)revents;
	(void)data;
	do {
		got = read(fd, records, sizeof records);
		if (got < 0 && errno == EINTR)
			continue;
		for (i = 0; got > 0 && i < (size_t)got / sizeof *records; i++)
			if (records[i].signo != SIGCHLD)
				call_watch(loop, &records[i]);
	} while (got == (ssize_t)sizeof records || (got < 0 && errno == EINTR));
}

const sigset_t *loop_moved_signals(struct loop *loop)
{
	if (!loop->knows_moved)
		spawn_moved_signals(&loop->moved);
	loop->knows_moved = true;
	return &loop->moved;
}

static int set_handler(struct loop *loop, int signo, struct sigaction *old)
{
	struct sigaction action = { .sa_sigaction = on_signal };

	loop->knows_moved = false;
	sigfillset(&action.sa_mask);
	action.sa_flags = SA_SIGINFO | SA_RESTART | (signo == SIGCHLD ? SA_NOCLDSTOP : 0);
	return sigaction(signo, &action, old);
}

static void ignore_sigpipe(struct loop *loop)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &action, &loop->old_sigpipe);
}

/* Who started us may have left signals blocked; then nothing would ever arrive. */
static void unblock(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int loop_signals_init(struct loop *loop, struct err *err)
{
	int i;

	if (signal_fd >= 0)
		BUG("a second loop");
	loop->signal_pipe[0] = loop->signal_pipe[1] = -1;
	if (spawn_pipe(loop->signal_pipe, err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		if (fcntl(loop->signal_pipe[i], F_SETFL, O_NONBLOCK) < 0)
			return err_errno(err, "cannot prepare the pipe of signals");
	}
	/* First in the list, so first in every dispatch. */
	loop_add_fd(loop, loop->signal_pipe[0], POLLIN, on_pipe, NULL);
	signal_fd = loop->signal_pipe[1];
	/* Children may have ended before we listened: look once without being told. */
	has_ended_children = 1;
	if (set_handler(loop, SIGCHLD, &loop->old_sigchld) < 0)
		return err_errno(err, "cannot watch children");
	unblock(SIGCHLD);
	ignore_sigpipe(loop);
	return 0;
}

void loop_signals_release(struct loop *loop)
{
	size_t i;

	for (i = 0; i < loop->watches.n; i++)
		sigaction(loop->watches.v[i].signo, &loop->watches.v[i].old, NULL);
	sigaction(SIGCHLD, &loop->old_sigchld, NULL);
	sigaction(SIGPIPE, &loop->old_sigpipe, NULL);
	signal_fd = -1;
	has_ended_children = 0;
	for (i = 0; i < 2; i++)
		if (loop->signal_pipe[i] >= 0)
			close(loop->signal_pipe[i]);
	vec_release(&loop->watches);
	vec_release(&loop->pids);
	vec_release(&loop->children);
	free(loop->child_slots);
}

int loop_watch_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *data, struct err *err)
{
	struct loop_watch watch = { .signo = signo, .fn = fn, .data = data };
	size_t i;

	if (signo == SIGCHLD)
		BUG("SIGCHLD is the loop's own");
	for (i = 0; i < loop->watches.n; i++)
		if (loop->watches.v[i].signo == signo) {
			loop->watches.v[i].fn = fn;
			loop->watches.v[i].data = data;
			return 0;
		}
	if (sigaction(signo, NULL, &watch.old) < 0)
		return err_errno(err, "cannot watch signal %d", signo);
	if (signo == SIGHUP && watch.old.sa_handler == SIG_IGN)
		return 0;
	if (set_handler(loop, signo, NULL) < 0)
		return err_errno(err, "cannot watch signal %d", signo);
	vec_push(&loop->watches, watch);
	unblock(signo);
	return 0;
}

void loop_die_of_signal(int signo)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(signo, &action, NULL);
	unblock(signo);
	raise(signo);
	_exit(128 + signo); /* its default is to do nothing */
}

bool loop_has_ended_children(void)
{
	return has_ended_children != 0;
}

/* Nobody says again that a child has ended: the next turn looks once more. A kernel does not fail so, but what
 * filters system calls may; then it is no use to go on. */
static int on_failed_wait(struct loop *loop, int cause, struct err *err)
{
	if (cause == ECHILD)
		return 0;
	has_ended_children = 1;
	if (++loop->n_failed_waits < FAILED_WAITS_MAX)
		return 0;
	errno = cause;
	return err_errno(err, "cannot wait for children");
}

int loop_reap_children(struct loop *loop, struct err *err)
{
	struct rusage usage;
	pid_t pid;
	int status;

	if (!has_ended_children)
		return 0;
	/* Before looking: who ends from here on is announced again. */
	has_ended_children = 0;
	for (;;) {
		struct loop_child child;

		pid = wait4(-1, &status, WNOHANG, &usage);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return on_failed_wait(loop, errno, err);
		loop->n_failed_waits = 0;
		if (pid == 0)
			return 0;
		if (!loop_take_child(loop, pid, &child))
			child = loop->orphans;
		if (child.fn)
			child.fn(loop, pid, status, &usage, child.data);
	}
}
