/*
 * A second process of ours: it knows what we know, what it changes is its own, and it need not outlive us.
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

#include "sys/spawn.h"
#include "sys/twin.h"

static void it_knows_what_we_know_and_its_end_is_told(void **state)
{
	struct err err = ERR_INIT;
	int known = 7, status;
	pid_t pid;

	(void)state;
	if (twin_start(&pid, true, &err) == 1) {
		known++;
		_exit(known);
	}
	assert_int_equal(spawn_wait(pid, &status, &err), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 8);
	assert_int_equal(known, 7);
	assert_int_equal(spawn_wait(pid, &status, &err), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	err_release(&err);
}

static void a_signal_that_ends_it_is_told(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (twin_start(&pid, true, NULL) == 1)
		for (;;)
			pause();
	kill(pid, SIGKILL);
	assert_int_equal(spawn_wait(pid, &status, NULL), 0);
	assert_true(WIFSIGNALED(status));
}

/* Starts a twin that starts one; the first is killed when the second is there. Whoever holds the pipe's
 * other end is alive. Returns whether the second one has ended by itself. */
static bool ends_with_its_parent(bool ends_with_us)
{
	int said[2], held[2], go[2], status;
	char byte;
	pid_t first, second;
	ssize_t n;

	assert_int_equal(spawn_pipe(said, NULL), 0);
	assert_int_equal(spawn_pipe(held, NULL), 0);
	assert_int_equal(spawn_pipe(go, NULL), 0);
	if (twin_start(&first, true, NULL) == 1) {
		if (twin_start(&second, ends_with_us, NULL) == 1) {
			close(held[0]);
			(void)!write(said[1], "x", 1);
			if (ends_with_us)
				for (;;)
					pause();
			(void)!read(go[0], &byte, 1);
			(void)!write(held[1], "x", 1);
			_exit(0);
		}
		for (;;)
			pause();
	}
	close(held[1]);
	assert_int_equal(read(said[0], &byte, 1), 1);
	kill(first, SIGKILL);
	assert_int_equal(spawn_wait(first, &status, NULL), 0);
	if (!ends_with_us)
		assert_int_equal(write(go[1], "x", 1), 1);
	n = read(held[0], &byte, 1);
	close(held[0]);
	close(said[0]);
	close(said[1]);
	close(go[0]);
	close(go[1]);
	return n == 0;
}

static void it_ends_with_us_if_it_is_to(void **state)
{
	(void)state;
	assert_true(ends_with_its_parent(true));
	assert_false(ends_with_its_parent(false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_knows_what_we_know_and_its_end_is_told),
		cmocka_unit_test(a_signal_that_ends_it_is_told),
		cmocka_unit_test(it_ends_with_us_if_it_is_to),
	};

	alarm(60);
	return cmocka_run_group_tests_name("sys/twin", tests, NULL, NULL);
}
