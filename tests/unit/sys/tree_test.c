/*
 * What escaped from its group is found and ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/spawn.h"
#include "sys/tree.h"

static char cookie[64];

static int setup(void **state)
{
	(void)state;
	snprintf(cookie, sizeof cookie, "WF_COOKIE=test-%ld", (long)getpid());
	return tree_become_subreaper();
}

static pid_t start(const char *script)
{
	char path[] = "PATH=/usr/bin:/bin", *const envp[] = { path, cookie, NULL };
	const char *argv[] = { "sh", "-c", script, NULL };
	struct spawn_request request = SPAWN_REQUEST_INIT;
	pid_t pid;

	request.argv = argv;
	request.envp = envp;
	request.new_group = true;
	assert_int_equal(spawn_start(&request, &pid, NULL), 0);
	return pid;
}

static void a_group_ends(void **state)
{
	pid_t pid = start("sleep 60 & sleep 60");
	int status;

	(void)state;
	assert_int_equal(tree_signal_group(pid, SIGTERM, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	while (waitpid(-1, NULL, 0) > 0) /* the orphan in the group */
		;
	assert_int_equal(tree_signal_group(pid, SIGTERM, NULL), 1);
}

static void an_orphan_is_found_and_ended(void **state)
{
	struct tree_list list = { 0 };
	pid_t pid = start("setsid sh -c 'trap \"\" TERM; sleep 60 & sleep 60; true' & sleep 0.2"),
	      other;

	(void)state;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	other = start("sleep 60");
	tree_find_escaped(&other, 1, NULL, &list);
	assert_int_equal(list.processes.n, 3);
	list.processes.n = 0;
	tree_find_escaped(&other, 1, cookie, &list);
	assert_int_equal(list.processes.n, 3);
	/* The shell ignores TERM, and so do its children. */
	assert_int_equal(tree_kill_all(&list, 50), 0);
	tree_find_escaped(&other, 1, NULL, &list);
	tree_drop_ended(&list);
	assert_int_equal(list.processes.n, 0);
	tree_signal_group(other, SIGKILL, NULL);
	waitpid(other, NULL, 0);
	tree_list_release(&list);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void a_foreign_cookie_is_left_alone(void **state)
{
	struct tree_list list = { 0 };
	pid_t pid = start("setsid sleep 60 & sleep 0.1");

	(void)state;
	waitpid(pid, NULL, 0);
	tree_find_escaped(NULL, 0, "WF_COOKIE=other", &list);
	assert_int_equal(list.processes.n, 0);
	tree_find_by_variable("WF_COOKIE=test", &list); /* no prefix match */
	assert_int_equal(list.processes.n, 0);
	tree_find_by_variable(cookie, &list);
	assert_int_equal(list.processes.n, 1);
	assert_int_equal(tree_kill_all(&list, 1000), 0);
	tree_list_release(&list);
}

static void what_is_below_is_found(void **state)
{
	struct tree_list list = { 0 };
	pid_t pid = start("sh -c 'sleep 60 & sleep 60; true' & wait");

	(void)state;
	clock_sleep_ms(200);
	tree_find_below(pid, &list);
	assert_int_equal(list.processes.n, 3);
	tree_signal_group(pid, SIGKILL, NULL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	tree_drop_ended(&list);
	assert_int_equal(list.processes.n, 0);
	tree_list_release(&list);
}

static void a_reused_pid_is_not_signalled(void **state)
{
	struct tree_list list = { 0 };
	pid_t pid = start("sleep 60");
	struct tree_process process = { pid, tree_start_ticks(pid) + 1 };

	(void)state;
	assert_true(process.start_ticks > 1);
	vec_push(&list.processes, process);
	assert_int_equal(tree_signal_list(&list, SIGKILL), 0);
	list.processes.v[0].start_ticks--;
	assert_true(tree_is_alive(&list.processes.v[0]));
	assert_int_equal(tree_signal_list(&list, SIGKILL), 1);
	waitpid(pid, NULL, 0);
	assert_false(tree_is_alive(&list.processes.v[0]));
	assert_int_equal(tree_start_ticks(pid), 0);
	tree_list_release(&list);
}

/* Mostly without a look at /proc, always what it says. */
static void a_birth_is_told_from_the_clock(void **state)
{
	struct tree_births births = { 0 };

	(void)state;
	for (int i = 0; i < 40; i++) {
		uint64_t told;
		pid_t pid;

		tree_birth_begin(&births);
		pid = start("exit 0");
		told = tree_birth_ticks(&births, pid);
		assert_true(told > 0);
		assert_int_equal(told, tree_start_ticks(pid));
		waitpid(pid, NULL, 0);
	}
	assert_true(births.n_right > 0);
	assert_false(births.is_wrong);
}

static void a_clock_that_was_wrong_is_not_asked_again(void **state)
{
	struct tree_births births = { .n_right = 99, .is_wrong = true };
	pid_t pid = start("exit 0");

	(void)state;
	while (tree_start_ticks(pid) == births.before_ticks || !births.before_ticks)
		tree_birth_begin(&births);
	assert_int_equal(tree_birth_ticks(&births, pid), tree_start_ticks(pid));
	waitpid(pid, NULL, 0);
}

static void the_boot_has_an_id(void **state)
{
	char id[TREE_BOOT_ID_LEN + 1];

	(void)state;
	assert_int_equal(tree_boot_id(id), 0);
	assert_int_equal(strlen(id), TREE_BOOT_ID_LEN);
	assert_int_equal(id[8], '-');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_ends),
		cmocka_unit_test(an_orphan_is_found_and_ended),
		cmocka_unit_test(a_foreign_cookie_is_left_alone),
		cmocka_unit_test(what_is_below_is_found),
		cmocka_unit_test(a_reused_pid_is_not_signalled),
		cmocka_unit_test(a_birth_is_told_from_the_clock),
		cmocka_unit_test(a_clock_that_was_wrong_is_not_asked_again),
		cmocka_unit_test(the_boot_has_an_id),
	};

	return cmocka_run_group_tests_name("sys/tree", tests, setup, NULL);
}
