/*
 * Locks between processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"

static char dir_path[] = "/tmp/gwf-lock-XXXXXX";
static int dir;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir_path))
		return -1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	close(dir);
	return fs_remove_tree(AT_FDCWD, dir_path, NULL);
}

static void one_holder_at_a_time(void **state)
{
	struct lock first = LOCK_NOT_HELD, second = LOCK_NOT_HELD;
	struct err err = ERR_INIT;
	uint64_t start_ms;

	(void)state;
	assert_int_equal(lock_probe(dir, "l", NULL), 0);
	assert_int_equal(lock_try(&first, dir, "l", LOCK_EXCLUSIVE, NULL), 0);
	assert_int_equal(lock_probe(dir, "l", NULL), 1);
	assert_int_equal(lock_try(&second, dir, "l", LOCK_EXCLUSIVE, &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	start_ms = clock_monotonic_ms();
	assert_int_equal(lock_wait(&second, dir, "l", LOCK_SHARED, 60, &err), -1);
	assert_true(clock_monotonic_ms() - start_ms >= 59);
	err_release(&err);
	lock_release(&second);
	lock_release(&first);
	lock_release(&first);
	assert_int_equal(lock_probe(dir, "l", NULL), 0);
}

static void sharers_go_together(void **state)
{
	struct lock a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	assert_int_equal(lock_try(&a, dir, "s", LOCK_SHARED, NULL), 0);
	assert_int_equal(lock_try(&b, dir, "s", LOCK_SHARED, NULL), 0);
	assert_int_equal(lock_probe(dir, "s", NULL), 0);
	assert_int_equal(lock_try(&c, dir, "s", LOCK_EXCLUSIVE, NULL), -1);
	lock_release(&a);
	lock_release(&b);
	assert_int_equal(lock_try(&c, dir, "s", LOCK_EXCLUSIVE, NULL), 0);
	lock_release(&c);
}

static void a_removed_file_is_no_lock(void **state)
{
	struct lock old = { 0 }, new = { 0 };

	(void)state;
	assert_int_equal(lock_try(&old, dir, "r", LOCK_EXCLUSIVE, NULL), 0);
	unlinkat(dir, "r", 0);
	assert_int_equal(lock_try(&new, dir, "r", LOCK_EXCLUSIVE, NULL), 0);
	lock_release(&old);
	lock_release(&new);
}

static void it_dies_with_its_holder(void **state)
{
	struct lock lock = { 0 };
	int ready[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		lock_try(&lock, dir, "d", LOCK_EXCLUSIVE, NULL);
		(void)!write(ready[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(lock_probe(dir, "d", NULL), 1);
	kill(pid, SIGKILL);
	assert_int_equal(lock_wait(&lock, dir, "d", LOCK_EXCLUSIVE, 2000, NULL), 0);
	waitpid(pid, NULL, 0);
	lock_release(&lock);
	close(ready[0]);
	close(ready[1]);
}

static void a_lock_at_rest_is_free_and_taken_again(void **state)
{
	struct lock lock = LOCK_NOT_HELD, other = LOCK_NOT_HELD;
	int fd;

	(void)state;
	assert_int_equal(lock_again(&lock, dir, "a", LOCK_EXCLUSIVE, 0, NULL), 0);
	fd = lock.fd;
	lock_rest(&lock);
	assert_int_equal(lock_probe(dir, "a", NULL), 0);
	assert_int_equal(lock_try(&other, dir, "a", LOCK_EXCLUSIVE, NULL), 0);
	assert_int_equal(lock_again(&lock, dir, "a", LOCK_EXCLUSIVE, 0, NULL), -1);
	lock_release(&other);
	assert_int_equal(lock_again(&lock, dir, "a", LOCK_EXCLUSIVE, 0, NULL), 0);
	lock_rest(&lock);
	assert_int_equal(lock_again(&lock, dir, "a", LOCK_EXCLUSIVE, 0, NULL), 0);
	assert_int_equal(lock.fd, fd);
	assert_int_equal(lock_probe(dir, "a", NULL), 1);
	lock_rest(&lock);
	/* Of a file that is gone it would be nobody's lock. */
	assert_int_equal(unlinkat(dir, "a", 0), 0);
	assert_int_equal(lock_again(&lock, dir, "a", LOCK_EXCLUSIVE, 0, NULL), 0);
	assert_int_equal(lock_probe(dir, "a", NULL), 1);
	lock_rest(&lock);
	lock_release(&lock);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_holder_at_a_time),
		cmocka_unit_test(sharers_go_together),
		cmocka_unit_test(a_removed_file_is_no_lock),
		cmocka_unit_test(it_dies_with_its_holder),
		cmocka_unit_test(a_lock_at_rest_is_free_and_taken_again),
	};

	return cmocka_run_group_tests_name("sys/lock", tests, make_dir, remove_dir);
}
