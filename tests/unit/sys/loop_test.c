/*
 * One thread waits for fds, timers, signals and children.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/loop.h"
#include "sys/spawn.h"

static struct loop *loop;

static int setup(void **state)
{
	(void)state;
	loop = loop_new(NULL);
	return loop ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	loop = NULL;
	return 0;
}

static void count_fd(struct loop *l, int fd, short revents, void *data)
{
	char c;

	(void)l;
	(void)revents;
	if (read(fd, &c, 1) == 1)
		++*(int *)data;
}

static void readable_fds_are_reported(void **state)
{
	int fds[2], count = 0;

	(void)state;
	spawn_pipe(fds, NULL);
	loop_add_fd(loop, fds[0], POLLIN, count_fd, &count);
	loop_run_once(loop, 0, NULL);
	assert_int_equal(count, 0);
	(void)!write(fds[1], "abc", 3);
	loop_run_once(loop, -1, NULL);
	assert_int_equal(count, 1);
	loop_set_events(loop, fds[0], 0);
	loop_run_once(loop, 0, NULL);
	assert_int_equal(count, 1);
	loop_set_events(loop, fds[0], POLLIN);
	loop_run_once(loop, 0, NULL);
	assert_int_equal(count, 2);
	loop_remove_fd(loop, fds[0]);
	loop_remove_fd(loop, fds[0]);
	loop_run_once(loop, 0, NULL);
	assert_int_equal(count, 2);
	close(fds[0]);
	close(fds[1]);
}

static int pipes[4][2], n_removals;

/* Removes all, closes them, and puts a new fd with a number of an old one in their place. */
static void remove_all(struct loop *l, int fd, short revents, void *data)
{
	int i;

	(void)fd;
	(void)revents;
	n_removals++;
	for (i = 0; i < 4; i++) {
		loop_remove_fd(l, pipes[i][0]);
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	spawn_pipe(pipes[0], NULL);
	loop_add_fd(l, pipes[0][0], POLLIN, count_fd, data);
}

static void callbacks_may_remove_each_other(void **state)
{
	int i, count = 0;

	(void)state;
	n_removals = 0;
	for (i = 0; i < 4; i++) {
		spawn_pipe(pipes[i], NULL);
		(void)!write(pipes[i][1], "x", 1);
		loop_add_fd(loop, pipes[i][0], POLLIN, remove_all, &count);
	}
	loop_run_once(loop, -1, NULL);
	assert_int_equal(n_removals, 1);
	(void)!write(pipes[0][1], "x", 1);
	loop_run_once(loop, -1, NULL);
	assert_int_equal(n_removals, 1);
	assert_int_equal(count, 1);
	loop_remove_fd(loop, pipes[0][0]);
	close(pipes[0][0]);
	close(pipes[0][1]);
}

static uint64_t last_deadline;
static int n_fired;

static void fired(struct loop *l, struct loop_timer *timer, void *data)
{
	(void)data;
	assert_true(timer->deadline_ms >= last_deadline);
	assert_true(clock_monotonic_ms() >= timer->deadline_ms);
	assert_false(loop_timer_is_running(timer));
	last_deadline = timer->deadline_ms;
	if (++n_fired == 5000)
		loop_stop(l);
}

static void ten_thousand_timers_fire_in_order(void **state)
{
	static struct loop_timer timers[10000];
	int i;

	(void)state;
	n_fired = 0;
	for (i = 0; i < 10000; i++)
		loop_start_timer(loop, &timers[i], 1 + (uint64_t)(i * 7919 % 100), fired, NULL);
	for (i = 0; i < 10000; i += 2)
		loop_stop_timer(loop, &timers[i]);
	assert_int_equal(loop_run(loop, NULL), 0);
	loop_run_once(loop, 0, NULL);
	assert_int_equal(n_fired, 5000);
}

static void again(struct loop *l, struct loop_timer *timer, void *data)
{
	if (++*(int *)data < 3)
		loop_start_timer(l, timer, 5, again, data);
	else
		loop_stop(l);
}

static void a_timer_may_start_itself_and_is_never_early(void **state)
{
	struct loop_timer timer = { 0 };
	uint64_t start_ns = clock_monotonic_ns();
	int count = 0;

	(void)state;
	loop_start_timer(loop, &timer, 100000, again, &count);
	loop_start_timer(loop, &timer, 5, again, &count);
	loop_run(loop, NULL);
	assert_int_equal(count, 3);
	assert_true(clock_monotonic_ns() - start_ns >= 15000000);
}

static struct loop_signal seen;

static void on_signal(struct loop *l, const struct loop_signal *signal, void *data)
{
	(void)l;
	seen = *signal;
	++*(int *)data;
}

static void signals_come_with_sender_and_time(void **state)
{
	uint64_t before_ms = clock_monotonic_ms();
	int count = 0;

	(void)state;
	assert_int_equal(loop_watch_signal(loop, SIGTERM, on_signal, &count, NULL), 0);
	kill(getpid(), SIGTERM);
	while (!count)
		loop_run_once(loop, 1000, NULL);
	assert_int_equal(seen.signo, SIGTERM);
	assert_int_equal(seen.sender_pid, getpid());
	assert_true(seen.at_ms >= before_ms && seen.at_ms <= clock_monotonic_ms());
}

static void dispositions_are_given_back(void **state)
{
	struct sigaction action;
	int count = 0;

	(void)state;
	loop_watch_signal(loop, SIGINT, on_signal, &count, NULL);
	sigaction(SIGPIPE, NULL, &action);
	assert_true(action.sa_handler == SIG_IGN);
	loop_free(loop);
	sigaction(SIGPIPE, NULL, &action);
	assert_true(action.sa_handler == SIG_DFL);
	sigaction(SIGINT, NULL, &action);
	assert_true(action.sa_handler == SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	loop = loop_new(NULL);
	loop_watch_signal(loop, SIGHUP, on_signal, &count, NULL);
	kill(getpid(), SIGHUP);
	loop_run_once(loop, 20, NULL);
	assert_int_equal(count, 0);
	signal(SIGHUP, SIG_DFL);
}

struct ending {
	int count, status_sum;
};

static void on_child(struct loop *l, pid_t pid, int status, const struct rusage *usage, void *data)
{
	struct ending *ending = data;

	(void)l;
	assert_true(pid > 0);
	assert_true(usage->ru_maxrss > 0);
	ending->count++;
	ending->status_sum += WEXITSTATUS(status);
}

static pid_t start(const char *script)
{
	static char path[] = "PATH=/usr/bin:/bin";
	char *const envp[] = { path, NULL };
	const char *argv[] = { "sh", "-c", script, NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	pid_t pid;

	request.argv = argv;
	request.envp = envp;
	assert_int_equal(spawn_start(&request, &pid, NULL), 0);
	return pid;
}

static void children_are_reaped(void **state)
{
	struct ending ending = { 0 }, orphan = { 0 };
	int i;

	(void)state;
	loop_watch_orphans(loop, on_child, &orphan);
	for (i = 0; i < 40; i++)
		loop_watch_child(loop, start("exit 3"), on_child, &ending);
	start("exit 1");
	loop_forget_child(loop, 1);
	assert_int_equal(loop_child_count(loop), 40);
	while (ending.count < 40 || !orphan.count)
		assert_int_equal(loop_run_once(loop, 5000, NULL), 0);
	assert_int_equal(ending.status_sum, 120);
	assert_int_equal(orphan.status_sum, 1);
	assert_int_equal(loop_child_count(loop), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_child_that_ended_before_the_loop_is_found(void **state)
{
	struct ending ending = { 0 };
	pid_t pid;

	(void)state;
	loop_free(loop);
	pid = start("exit 5");
	clock_sleep_ms(50);
	loop = loop_new(NULL);
	loop_watch_child(loop, pid, on_child, &ending);
	loop_run_once(loop, 5000, NULL);
	assert_int_equal(ending.status_sum, 5);
}

static void many_pids_are_told_apart(void **state)
{
	struct ending ending = { 0 };
	pid_t pid;

	(void)state;
	for (pid = 100000; pid < 120000; pid++)
		loop_watch_child(loop, pid, on_child, &ending);
	for (pid = 100000; pid < 120000; pid += 3)
		loop_forget_child(loop, pid);
	assert_int_equal(loop_child_count(loop), 20000 - 6667);
	for (pid = 100000; pid < 120000; pid++)
		loop_forget_child(loop, pid);
	assert_int_equal(loop_child_count(loop), 0);
}

int main(void)
{
#define LOOP_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		LOOP_TEST(readable_fds_are_reported),
		LOOP_TEST(callbacks_may_remove_each_other),
		LOOP_TEST(ten_thousand_timers_fire_in_order),
		LOOP_TEST(a_timer_may_start_itself_and_is_never_early),
		LOOP_TEST(signals_come_with_sender_and_time),
		LOOP_TEST(dispositions_are_given_back),
		LOOP_TEST(children_are_reaped),
		LOOP_TEST(a_child_that_ended_before_the_loop_is_found),
		LOOP_TEST(many_pids_are_told_apart),
	};

	return cmocka_run_group_tests_name("sys/loop", tests, NULL, NULL);
}
