/*
 * The child by clone(): it borrows our memory and we wait until it has exec'ed, as posix_spawn does
 * it, but on a piece of our stack and with a third of the system calls. All that the child does here
 * is plain system calls; it writes nothing of ours but `cause`.
 */
#include "spawn_impl.h"

#ifdef SPAWN_BY_CLONE

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"

#define STACK_BYTES ((size_t)32 << 10)

/* Its frames lie in an array of ours: what a sanitizer notes about them would outlast them. */
#define IN_CHILD __attribute__((no_sanitize("address")))

struct child {
	const struct spawn_request *request;
	const char *file;
	const char *const *argv;
	VEC(struct spawn_fd) fds; /* with 0, 1 and 2; from -1 is /dev/null */
	int highest;		  /* of the numbers they are to have */
	sigset_t moved;		  /* where the request has none */
	volatile int cause;
};

/* ---- In the child ---- */

/* Before the mask is lifted: a handler of ours would run here, and speak for the wrong process. */
IN_CHILD static void reset_signals(const sigset_t *moved)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	for (int signo = 1; signo < SPAWN_PLAIN_SIGNALS; signo++)
		if (sigismember(moved, signo))
			sigaction(signo, &action, NULL);
}

IN_CHILD static bool is_target(const struct child *child, int fd, int own_target)
{
	if (fd == own_target)
		return false;
	for (size_t i = 0; i < child->fds.n; i++)
		if (child->fds.v[i].to == fd)
			return true;
	return false;
}

/* dup2 onto a number must not destroy an fd that a later dup2 needs: those step aside first. */
IN_CHILD static int clear_targets(struct child *child)
{
	for (size_t i = 0; i < child->fds.n; i++) {
		struct spawn_fd *fd = &child->fds.v[i];

		if (fd->from < 0 || !is_target(child, fd->from, fd->to))
			continue;
		fd->from = fcntl(fd->from, F_DUPFD_CLOEXEC, child->highest + 1);
		if (fd->from < 0)
			return -1;
	}
	return 0;
}

IN_CHILD static int open_null(int to)
{
	int fd = open("/dev/null", to ? O_WRONLY : O_RDONLY);

	if (fd < 0 || fd == to)
		return fd;
	if (dup2(fd, to) < 0)
		return -1;
	return close(fd);
}

IN_CHILD static int place_fds(struct child *child)
{
	int result = clear_targets(child);

	for (size_t i = 0; i < child->fds.n && result >= 0; i++) {
		const struct spawn_fd *fd = &child->fds.v[i];

		if (fd->from < 0)
			result = open_null(fd->to);
		else if (fd->from == fd->to)
			result = fcntl(fd->to, F_SETFD, 0); /* no CLOEXEC */
		else
			result = dup2(fd->from, fd->to);
	}
	return result < 0 ? -1 : 0;
}

/* SIGTTOU is blocked with all others, so the terminal is ours for the asking. */
IN_CHILD static int make_group(const struct spawn_request *request)
{
	if (!request->new_group)
		return 0;
	if (setpgid(0, 0) < 0)
		return -1;
	return request->foreground_tty_fd < 0 ? 0 : tcsetpgrp(request->foreground_tty_fd, getpid());
}

IN_CHILD static int run(void *data)
{
	struct child *child = data;
	const struct spawn_request *request = child->request;
	sigset_t none;

	sigemptyset(&none);
	reset_signals(request->moved ? request->moved : &child->moved);
	if (make_group(request) == 0 && place_fds(child) == 0 &&
	    (!request->dir || chdir(request->dir) == 0)) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(child->file, (char *const *)child->argv, request->envp);
	}
	child->cause = errno;
	_exit(127);
}

/* ---- In the parent ---- */

static void list_fds(struct child *child)
{
	const struct spawn_request *request = child->request;
	const struct spawn_fd standard[] = { { request->stdin_fd, 0 },
					     { request->stdout_fd, 1 },
					     { request->stderr_fd, 2 } };

	for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
		vec_push(&child->fds, standard[i]);
	for (size_t i = 0; i < request->n_extra_fds; i++)
		vec_push(&child->fds, request->extra_fds[i]);
	for (size_t i = 0; i < child->fds.n; i++)
		if (child->fds.v[i].to > child->highest)
			child->highest = child->fds.v[i].to;
}

/* The child's stack is this function's, which does not return before the child has left it. */
static pid_t start(struct child *child)
{
	char stack[STACK_BYTES] __attribute__((aligned(64)));

	return clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, child);
}

int spawn_child(const struct spawn_request *request, const char *file, const char *const *argv,
		pid_t *pid)
{
	struct child child = { .request = request, .file = file, .argv = argv };
	sigset_t all, old;
	pid_t started;
	int cause;

	list_fds(&child);
	if (!request->moved)
		spawn_moved_signals(&child.moved);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	started = start(&child);
	cause = started < 0 ? errno : child.cause;
	if (cause == 0)
		*pid = started;
	else
		while (started > 0 && waitpid(started, NULL, 0) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	vec_release(&child.fds);
	return cause;
}

#endif
