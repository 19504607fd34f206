/*
 * A program is found and started as a shell would, with a good word when it fails.
 */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "spawn_impl.h"

#define SHELL "/bin/sh"

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

void spawn_moved_signals(sigset_t *moved)
{
	static const int reset[] = SPAWN_RESET_SIGNALS;
	sigset_t ignored;

	sigemptyset(&ignored);
	for (size_t i = 0; i < ARRAY_SIZE(reset); i++)
		sigaddset(&ignored, reset[i]);
	sigemptyset(moved);
	for (int signo = 1; signo < SPAWN_PLAIN_SIGNALS; signo++) {
		struct sigaction now;

		if (sigaction(signo, NULL, &now) < 0 || now.sa_handler == SIG_DFL ||
		    (now.sa_handler == SIG_IGN && !sigismember(&ignored, signo)))
			continue;
		sigaddset(moved, signo);
	}
}

/* As a shell does with a text file that has no "#!". */
static int start_by_shell(const struct spawn_request *request, const char *file, pid_t *pid)
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
	cause = spawn_child(request, SHELL, argv, pid);
	free(argv);
	return cause;
}

/* An errno, and `file` is empty where nothing was found. */
static int find_and_start(const struct spawn_request *request, struct strbuf *file, pid_t *pid)
{
	if (spawn_lookup(request, file) != 0)
		return ENOENT;
	return spawn_child(request, strbuf_str(file), request->argv, pid);
}

int spawn_start(const struct spawn_request *request, pid_t *pid, struct err *err)
{
	struct strbuf found CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *file;
	bool was_known;
	int cause;

	if (!request->argv[0] || !*request->argv[0])
		return err_set(err, ERR_INVALID, "no program to run");
	was_known = request->found && request->found->file.len;
	cause = find_and_start(request, &found, pid);
	if (was_known && (cause == ENOENT || cause == EACCES)) {
		spawn_found_forget(request->found);
		cause = find_and_start(request, &found, pid);
	}
	file = found.len ? strbuf_str(&found) : NULL;
	if (cause == ENOEXEC && spawn_is_script(file, request->dir))
		cause = start_by_shell(request, file, pid);
	return cause ? spawn_explain(request, file, cause, err) : 0;
}

int spawn_wait(pid_t pid, int *status, struct err *err)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "cannot wait for a process");
	return 0;
}

int spawn_exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
