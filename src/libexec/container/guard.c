/*
 * Who kills this program with SIGKILL, or the whole group, leaves a container that nobody waits for: so a
 * process beside it, out of the group and with nothing in its environment that tells whose it is, holds
 * the other end of a pipe. A byte there means that all is well; an end without one, that it is not.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "container_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/spawn.h"

#define TRIES	 4
#define PAUSE_MS 300
#define NOTE_MAX ((size_t)64 << 10)

int guard_start(struct job *job, struct err *err)
{
	const char *const argv[] = { "/proc/self/exe",		 "guard", job->engine, job->name,
				     job->note ? job->note : "", NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	int fds[2];
	pid_t pid;
	int rc, status;

	if (spawn_pipe(fds, err) < 0)
		return -1;
	request.argv = argv;
	request.envp = env_block(&job->client);
	request.stdin_fd = fds[0];
	request.dir = "/";
	rc = spawn_start(&request, &pid, err);
	close(fds[0]);
	if (rc < 0) {
		close(fds[1]);
		return -1;
	}
	spawn_wait(pid, &status, NULL);
	job->guard_fd = fds[1];
	return 0;
}

void guard_tell_pid(struct job *job, pid_t client)
{
	int64_t pid = client;

	if (job->guard_fd >= 0)
		fs_write_all(job->guard_fd, &pid, sizeof pid, NULL);
}

void guard_dismiss(struct job *job)
{
	int64_t none = 0;

	if (job->guard_fd < 0)
		return;
	fs_write_all(job->guard_fd, &none, sizeof none, NULL);
	close(job->guard_fd);
	job->guard_fd = -1;
	if (job->note)
		unlink(job->note);
}

/* The client's pid, or 0: dismissed. */
static int64_t wait_for_end(void)
{
	int64_t pid = 0, word;

	while (read(STDIN_FILENO, &word, sizeof word) == (ssize_t)sizeof word) {
		if (word == 0)
			return 0;
		pid = word;
	}
	return pid ? pid : -1;
}

int guard_main(char **words)
{
	extern char **environ;
	int64_t client;

	if (!words[0] || !words[1] || !words[2])
		return 2;
	if (fork() != 0)
		_exit(0);
	setsid();
	client = wait_for_end();
	if (client == 0)
		return 0;
	if (client > 0)
		kill((pid_t)client, SIGKILL);
	for (int i = 0; i < TRIES; i++) {
		supervise_remove(words[0], words[1], 0, environ);
		clock_sleep_ms(PAUSE_MS);
	}
	if (*words[2])
		unlink(words[2]);
	return 0;
}

/* "ENGINE\nNAME\n" */
static void end_noted(struct job *job, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *engine, *name;
	char *newline;

	if (fs_read_file(AT_FDCWD, path, NOTE_MAX, &text, NULL) < 0 ||
	    !(newline = strchr(strbuf_str(&text), '\n')))
		return;
	*newline = '\0';
	engine = text.buf;
	name = newline + 1;
	newline = strchr(newline + 1, '\n');
	if (newline)
		*newline = '\0';
	/* Whoever can write the run's folder must not choose what is started. */
	if (strcmp(engine, job->engine) == 0 && strncmp(name, "git-wf-", 7) == 0)
		supervise_remove(engine, name, 0, env_block(&job->client));
	unlink(path);
}

void guard_sweep(struct job *job, const char *io_dir, const char *step_prefix)
{
	struct fs_dir dir;
	struct fs_entry entry;

	if (fs_dir_open(&dir, AT_FDCWD, io_dir, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		size_t len = strlen(entry.name);

		if (len > 10 && strcmp(entry.name + len - 10, ".container") == 0 &&
		    strncmp(entry.name, step_prefix, strlen(step_prefix)) == 0)
			end_noted(job, arena_join(&job->arena, io_dir, "/", entry.name));
	}
	fs_dir_close(&dir);
}
