/*
 * What a killed engine left running is ended, also where it is never the same process for long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/turn_impl.h"
#include "sys/tree.h"

#define LIFE_S	  20 /* nothing of a lost test stays for ever */
#define HOPPERS_N 8
#define HOP_US	  1000
#define HOPS_MAX  3000 /* each leaves a zombie until somebody has reaped it */

static char run_id[64];
static int held[2];

/* A new process each HOP_US, each one of a session of its own. */
static void hop(void)
{
	for (int i = 0; i < HOPS_MAX; i++) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		setsid();
		alarm(LIFE_S);
		usleep(HOP_US);
	}
}

/* The environment that counts is the one of an exec. */
static pid_t start(const char *what)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("WF_RUN_ID", run_id, 1);
		execl("/proc/self/exe", "turn_test", what, NULL);
		_exit(127);
	}
	return pid;
}

/* All hold the pipe: a look at the processes would miss those that this is about. */
static void open_pipe(void)
{
	assert_int_equal(pipe(held), 0);
}

static void expect_nobody(void)
{
	struct pollfd end = { .fd = held[0], .events = POLLIN };

	close(held[1]);
	assert_int_equal(poll(&end, 1, 200), 1);
	close(held[0]);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void who_sleeps_is_ended(void **state)
{
	(void)state;
	open_pipe();
	start("sleep");
	usleep(50000);
	assert_int_equal(turn_end_orphans(run_id, 1000), 1);
	expect_nobody();
	assert_int_equal(turn_end_orphans(run_id, 1000), 0);
}

static void who_ignores_a_request_is_ended(void **state)
{
	(void)state;
	open_pipe();
	start("ignore");
	usleep(50000);
	assert_int_equal(turn_end_orphans(run_id, 50), 1);
	expect_nobody();
}

static void who_forks_all_the_time_is_ended(void **state)
{
	(void)state;
	open_pipe();
	for (int i = 0; i < HOPPERS_N; i++)
		start("hop");
	usleep(50000);
	turn_end_orphans(run_id, 1000);
	expect_nobody();
}

static int act(const char *what)
{
	alarm(LIFE_S);
	if (strcmp(what, "ignore") == 0)
		signal(SIGTERM, SIG_IGN);
	if (strcmp(what, "hop") == 0)
		hop();
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sleeps_is_ended),
		cmocka_unit_test(who_ignores_a_request_is_ended),
		cmocka_unit_test(who_forks_all_the_time_is_ended),
	};

	if (argc > 1)
		return act(argv[1]);
	snprintf(run_id, sizeof run_id, "turn-test-%ld", (long)getpid());
	if (tree_become_subreaper() < 0)
		skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
