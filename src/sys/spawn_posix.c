/*
 * The child by posix_spawn, where there is no clone(): see spawn_impl.h.
 */
#include "spawn_impl.h"

#ifndef SPAWN_BY_CLONE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "base/vec.h"

/* glibc 2.35 lets the child take the terminal before its program begins. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define HAVE_TCSETPGRP_ACTION 1
#endif
#endif

/* Everything posix_spawn wants to know. */
struct setup {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	VEC(int) copies; /* of fds that stood where another one has to go */
};

static int set_attributes(struct setup *setup, const struct spawn_request *request)
{
	static const int reset[] = SPAWN_RESET_SIGNALS;
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, defaults;
	size_t i;

	sigemptyset(&none);
	sigemptyset(&defaults);
	for (i = 0; i < ARRAY_SIZE(reset); i++)
		sigaddset(&defaults, reset[i]);
	posix_spawnattr_setsigmask(&setup->attributes, &none);
	posix_spawnattr_setsigdefault(&setup->attributes, &defaults);
	if (request->new_group) {
		flags |= POSIX_SPAWN_SETPGROUP;
		posix_spawnattr_setpgroup(&setup->attributes, 0);
	}
	return posix_spawnattr_setflags(&setup->attributes, flags);
}

static int add_fd(struct setup *setup, int from, int to)
{
	if (from < 0)
		return posix_spawn_file_actions_addopen(&setup->actions, to, "/dev/null",
							to ? O_WRONLY : O_RDONLY, 0);
#ifdef __APPLE__
	if (from == to)
		return posix_spawn_file_actions_addinherit_np(&setup->actions, from);
#endif
	/* Of an fd onto itself this only clears CLOEXEC, in the child. */
	return posix_spawn_file_actions_adddup2(&setup->actions, from, to);
}

/* dup2 onto `to` must not destroy an fd that a later dup2 needs. */
static bool is_target(const struct spawn_request *request, int fd, int own_target)
{
	size_t i;

	if (fd == own_target)
		return false;
	if (fd >= 0 && fd <= 2)
		return true;
	for (i = 0; i < request->n_extra_fds; i++)
		if (request->extra_fds[i].to == fd)
			return true;
	return false;
}

static int highest_target(const struct spawn_request *request)
{
	int highest = 2;
	size_t i;

	for (i = 0; i < request->n_extra_fds; i++)
		if (request->extra_fds[i].to > highest)
			highest = request->extra_fds[i].to;
	return highest;
}

static int hand_over(struct setup *setup, const struct spawn_request *request, int from, int to)
{
	if (from >= 0 && is_target(request, from, to)) {
		from = fcntl(from, F_DUPFD_CLOEXEC, highest_target(request) + 1);
		if (from < 0)
			return errno;
		vec_push(&setup->copies, from);
	}
	return add_fd(setup, from, to);
}

static int set_actions(struct setup *setup, const struct spawn_request *request)
{
	int cause = hand_over(setup, request, request->stdin_fd, 0);
	size_t i;

	if (!cause)
		cause = hand_over(setup, request, request->stdout_fd, 1);
	if (!cause)
		cause = hand_over(setup, request, request->stderr_fd, 2);
	for (i = 0; i < request->n_extra_fds && !cause; i++)
		cause = hand_over(setup, request, request->extra_fds[i].from,
				  request->extra_fds[i].to);
#ifdef HAVE_TCSETPGRP_ACTION
	/* The number is ours, and dup2 may have replaced it in the child: a copy out of the way. */
	if (!cause && request->new_group && request->foreground_tty_fd >= 0) {
		int tty = fcntl(request->foreground_tty_fd, F_DUPFD_CLOEXEC,
				highest_target(request) + 1);

		if (tty < 0)
			return errno;
		vec_push(&setup->copies, tty);
		cause = posix_spawn_file_actions_addtcsetpgrp_np(&setup->actions, tty);
	}
#endif
	if (!cause && request->dir)
		cause = posix_spawn_file_actions_addchdir_np(&setup->actions, request->dir);
	return cause;
}

static int setup_init(struct setup *setup)
{
	int cause;

	*setup = (struct setup){ .copies = { 0 } };
	cause = posix_spawn_file_actions_init(&setup->actions);
	if (cause)
		return cause;
	cause = posix_spawnattr_init(&setup->attributes);
	if (cause) {
		posix_spawn_file_actions_destroy(&setup->actions);
		return cause;
	}
	return 0;
}

static void setup_release(struct setup *setup)
{
	size_t i;

	for (i = 0; i < setup->copies.n; i++)
		close(setup->copies.v[i]);
	vec_release(&setup->copies);
	posix_spawn_file_actions_destroy(&setup->actions);
	posix_spawnattr_destroy(&setup->attributes);
}

#ifndef HAVE_TCSETPGRP_ACTION
/* The child may have stopped in between for want of the terminal. */
static void give_terminal(int tty_fd, pid_t group)
{
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetpgrp(tty_fd, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
	kill(-group, SIGCONT);
}
#endif

int spawn_child(const struct spawn_request *request, const char *file, const char *const *argv,
		pid_t *pid)
{
	struct setup setup;
	int cause = setup_init(&setup);

	if (cause)
		return cause;
	cause = set_attributes(&setup, request);
	if (!cause)
		cause = set_actions(&setup, request);
	if (!cause)
		cause = posix_spawn(pid, file, &setup.actions, &setup.attributes,
				    (char *const *)argv, request->envp);
	setup_release(&setup);
#ifndef HAVE_TCSETPGRP_ACTION
	if (!cause && request->new_group && request->foreground_tty_fd >= 0)
		give_terminal(request->foreground_tty_fd, *pid);
#endif
	return cause;
}

#endif
