/*
 * posix_spawn with everything that a step needs, and a good word when it fails.
 */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "spawn_impl.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define SHELL	     "/bin/sh"

/* glibc 2.35 lets the child take the terminal before its program begins. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define HAVE_TCSETPGRP_ACTION 1
#endif
#endif

int spawn_pipe(int fds[2], struct err *err)
{
#ifdef __linux__
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, "cannot make a pipe");
#else
	if (pipe(fds) < 0)
		return err_errno(err, "cannot make a pipe");
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
#endif
	return 0;
}

/* A relative file name counts from `dir`: the child is there when it begins the program. */
static bool can_run(const char *file, const char *dir)
{
	struct strbuf place CLEANUP(strbuf_release) = STRBUF_INIT;
	struct stat st;

	if (dir && *file != '/') {
		strbuf_addf(&place, "%s/%s", dir, file);
		file = strbuf_str(&place);
	}
	return stat(file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

int spawn_find_program(const char *program, const char *path, const char *dir, struct strbuf *found)
{
	const char *part = path ? path : DEFAULT_PATH, *end;

	strbuf_clear(found);
	if (strchr(program, '/')) {
		strbuf_addstr(found, program);
		return can_run(program, dir) ? 0 : 1;
	}
	for (; *program; part = end + 1) {
		end = part + strcspn(part, ":");
		strbuf_clear(found);
		strbuf_add(found, part, (size_t)(end - part));
		if (end == part)
			strbuf_addch(found, '.');
		strbuf_addf(found, "/%s", program);
		if (can_run(strbuf_str(found), dir))
			return 0;
		if (!*end)
			break;
	}
	return 1;
}

static const char *path_of(char *const *envp)
{
	for (; envp && *envp; envp++)
		if (!strncmp(*envp, "PATH=", 5))
			return *envp + 5;
	return NULL;
}

/* Everything posix_spawn wants to know. */
struct setup {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	VEC(int) copies; /* of fds that stood where another one has to go */
};

static int set_attributes(struct setup *setup, const struct spawn_request *request)
{
	/* Those that we, or a shell that started us in the background, may ignore. SIGHUP is
	 * left out: under nohup it is to stay ignored. */
	static const int reset[] = { SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
				     SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ };
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

/* As a shell does with a text file that has no "#!". */
static int spawn_by_shell(const struct setup *setup, const struct spawn_request *request,
			  const char *file, pid_t *pid)
{
	size_t n = 0;
	const char **argv;
	int cause;

	while (request->argv[n])
		n++;
	argv = xcalloc(n + 2, sizeof *argv);
	argv[0] = SHELL;
	argv[1] = file;
	memcpy(argv + 2, request->argv + 1, n * sizeof *argv); /* with the NULL */
	cause = posix_spawn(pid, SHELL, &setup->actions, &setup->attributes, (char *const *)argv,
			    request->envp);
	free(argv);
	return cause;
}

static int start(const struct spawn_request *request, const char *file, pid_t *pid)
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
				    (char *const *)request->argv, request->envp);
	if (cause == ENOEXEC && spawn_is_script(file, request->dir))
		cause = spawn_by_shell(&setup, request, file, pid);
	setup_release(&setup);
	return cause;
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

int spawn_start(const struct spawn_request *request, pid_t *pid, struct err *err)
{
	struct strbuf found CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *file = request->argv[0];
	int cause;

	if (!file || !*file)
		return err_set(err, ERR_INVALID, "no program to run");
	if (!strchr(file, '/')) {
		if (spawn_find_program(file, path_of(request->envp), request->dir, &found) != 0)
			return spawn_explain(request, NULL, ENOENT, err);
		file = strbuf_str(&found);
	}
	cause = start(request, file, pid);
	if (cause)
		return spawn_explain(request, file, cause, err);
#ifndef HAVE_TCSETPGRP_ACTION
	if (request->new_group && request->foreground_tty_fd >= 0)
		give_terminal(request->foreground_tty_fd, *pid);
#endif
	return 0;
}
