/*
 * A thread runs what it is given, without signals, on any processor that its maker may use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "base/compat.h"
#include "sys/thread.h"

#define STACK ((size_t)256 << 10)

struct seen {
	bool has_run, has_signals;
#ifdef __linux__
	cpu_set_t cpus;
#endif
};

static void look(void *data)
{
	struct seen *seen = data;
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	seen->has_signals = !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGINT);
#ifdef __linux__
	sched_getaffinity(0, sizeof seen->cpus, &seen->cpus);
#endif
	seen->has_run = true;
}

static struct seen look_in_thread(enum thread_place place)
{
	struct seen seen = { .has_signals = true };
	struct thread thread;

	assert_true(thread_start(&thread, place, STACK, look, &seen));
	thread_join(&thread);
	return seen;
}

static void runs_without_signals(void **state UNUSED)
{
	for (enum thread_place place = THREAD_ANYWHERE; place <= THREAD_APART; place++) {
		struct seen seen = look_in_thread(place);

		assert_true(seen.has_run);
		assert_false(seen.has_signals);
	}
}

static void leaves_the_signals_of_its_maker(void **state UNUSED)
{
	sigset_t before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	look_in_thread(THREAD_APART);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

#ifdef __linux__
static void apart_may_use_every_processor_of_its_maker(void **state UNUSED)
{
	struct seen seen;
	cpu_set_t ours;

	sched_getaffinity(0, sizeof ours, &ours);
	seen = look_in_thread(THREAD_APART);
	assert_true(CPU_EQUAL(&seen.cpus, &ours));
}

static void apart_needs_no_second_processor(void **state UNUSED)
{
	cpu_set_t ours, one;
	struct seen seen;

	sched_getaffinity(0, sizeof ours, &ours);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	seen = look_in_thread(THREAD_APART);
	sched_setaffinity(0, sizeof ours, &ours);
	assert_true(seen.has_run);
	assert_true(CPU_EQUAL(&seen.cpus, &one));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_without_signals),
		cmocka_unit_test(leaves_the_signals_of_its_maker),
#ifdef __linux__
		cmocka_unit_test(apart_may_use_every_processor_of_its_maker),
		cmocka_unit_test(apart_needs_no_second_processor),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
