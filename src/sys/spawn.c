/*
 * A program is found and started as a shell would, with a good word when it fails.
 */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "spawn_impl.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define SHELL	     "/bin/sh"

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
		strbuf_addch(found, '/');
		strbuf_addstr(found, program);
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
	cause = spawn_child(request, file, request->argv, pid);
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
