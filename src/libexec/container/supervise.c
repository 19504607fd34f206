/*
 * The client runs, and the container ends with the step: TERM is handed on, and what does not heed it is
 * killed before the step's own grace is over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "container_impl.h"
#include "step/helper.h"
#include "sys/clock.h"
#include "sys/spawn.h"

#define GRACE_MS   5000
#define REMOVAL_MS 10000
#define POLL_MS	   20

static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

void supervise_begin(void)
{
	sigset_t set;

	fill_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static uint64_t patience_ms(void)
{
	const char *text = getenv(HELPER_GRACE_MS);
	unsigned long grace = text ? strtoul(text, NULL, 10) : 0;

	return (grace ? grace : GRACE_MS) * 3 / 5;
}

static int start(const char *const *argv, char *const *environment, bool is_quiet, pid_t *pid,
		 struct err *err)
{
	struct spawn_request request = SPAWN_REQUEST_INIT;

	request.argv = argv;
	request.envp = environment;
	request.stdin_fd = is_quiet ? -1 : STDIN_FILENO;
	request.stdout_fd = is_quiet ? -1 : STDOUT_FILENO;
	request.stderr_fd = is_quiet ? -1 : STDERR_FILENO;
	/* A signal for the whole group is ours to hand on, once. */
	request.new_group = is_quiet || !isatty(STDIN_FILENO);
	return spawn_start(&request, pid, err);
}

/* At most REMOVAL_MS: an engine that hangs must not hold the step. */
static void run_quietly(const char *const *argv, char *const *environment)
{
	uint64_t until = clock_monotonic_ms() + REMOVAL_MS;
	struct err err = ERR_INIT;
	pid_t pid;

	if (start(argv, environment, true, &pid, &err) < 0) {
		err_release(&err);
		return;
	}
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_monotonic_ms() >= until)
			kill(pid, SIGKILL);
		clock_sleep_ms(POLL_MS);
	}
}

void supervise_remove(const char *engine, const char *name, uint64_t patience_ms,
		      char *const *environment)
{
	char seconds[24];
	const char *const podman[] = { engine, "rm", "--force", "--time", seconds, name, NULL };
	const char *const stop[] = { engine, "stop", "--time", seconds, name, NULL };
	const char *const docker[] = { engine, "rm", "--force", name, NULL };

	snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)patience_ms / 1000);
	if (engine_is_podman(engine)) {
		run_quietly(podman, environment);
		return;
	}
	if (patience_ms >= 1000)
		run_quietly(stop, environment);
	run_quietly(docker, environment);
}

/* The next signal, or 0 when the time is over. */
static int next_signal(uint64_t until_ms)
{
	sigset_t set;
	struct timespec wait = { 3600, 0 };
	uint64_t now = clock_monotonic_ms(), left = until_ms > now ? until_ms - now : 0;

	fill_signals(&set);
	if (until_ms)
		wait = (struct timespec){ (time_t)(left / 1000), (long)(left % 1000) * 1000000 };
	for (;;) {
		int signo = sigtimedwait(&set, NULL, &wait);

		if (signo > 0)
			return signo;
		if (errno == EAGAIN)
			return 0;
	}
}

static void remove_container(struct job *job, uint64_t until_ms)
{
	uint64_t now = clock_monotonic_ms();

	supervise_remove(job->engine, job->name, until_ms > now ? until_ms - now : 0,
			 env_block(&job->client));
}

int supervise(struct job *job, const char *const *argv, bool has_container, struct err *err)
{
	uint64_t until = 0;
	bool was_told = false;
	int status;
	pid_t pid;

	if (start(argv, env_block(&job->client), false, &pid, err) < 0)
		return -1;
	guard_tell_pid(job, pid);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		int signo = next_signal(until);

		if (signo == SIGCHLD)
			continue;
		if (signo > 0 && !was_told) {
			was_told = true;
			until = clock_monotonic_ms() + patience_ms();
			kill(pid, SIGTERM); /* the client hands it on */
		} else if (signo == 0 && until) {
			until = clock_monotonic_ms() + patience_ms();
			if (has_container)
				remove_container(job, 0);
			kill(pid, SIGKILL);
		}
	}
	/* It may have come up just then, and its client have died of the signal instead of handing it on. */
	if (was_told && has_container)
		remove_container(job, until);
	return status;
}
