/*
 * Work behind the caller's back: it is done once, elsewhere, and waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "sys/behind.h"

struct work {
	int pipe[2];
	int n_done;
	pthread_t thread;
	bool gets_signals;
};

static void wait_for_word(void *data)
{
	struct work *work = data;
	sigset_t blocked;
	char c;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	work->gets_signals = !sigismember(&blocked, SIGTERM);
	work->thread = pthread_self();
	assert_int_equal(read(work->pipe[0], &c, 1), 1);
	work->n_done++;
}

static void the_caller_goes_on(void **state)
{
	struct work work = { .n_done = 0 };
	struct behind behind = { 0 };
	sigset_t blocked;

	(void)state;
	assert_int_equal(pipe(work.pipe), 0);
	assert_false(behind_is_busy(&behind));
	behind_wait(&behind); /* nothing was started */
	for (int i = 1; i <= 3; i++) {
		behind_start(&behind, wait_for_word, &work);
		assert_true(behind_is_busy(&behind));
		assert_int_equal(write(work.pipe[1], "x", 1), 1);
		behind_wait(&behind);
		assert_false(behind_is_busy(&behind));
		assert_int_equal(work.n_done, i);
		assert_false(pthread_equal(work.thread, pthread_self()));
		assert_false(work.gets_signals);
	}
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGTERM)); /* ours are as they were */
	close(work.pipe[0]);
	close(work.pipe[1]);
}

static void it_need_not_be_waited_for_at_once(void **state)
{
	struct work work = { .n_done = 0 };
	struct behind behind = { 0 };

	(void)state;
	assert_int_equal(pipe(work.pipe), 0);
	assert_int_equal(write(work.pipe[1], "x", 1), 1);
	behind_start(&behind, wait_for_word, &work);
	while (behind_is_busy(&behind))
		poll(NULL, 0, 1);
	behind_wait(&behind);
	assert_int_equal(work.n_done, 1);
	close(work.pipe[0]);
	close(work.pipe[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_goes_on),
		cmocka_unit_test(it_need_not_be_waited_for_at_once),
	};

	return cmocka_run_group_tests_name("sys/behind", tests, NULL, NULL);
}
