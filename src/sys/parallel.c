/*
 * The second half in a thread, the first one here.
 */
#include "sys/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define THREAD_STACK ((size_t)1 << 20)

struct half {
	parallel_fn fn;
	void *data;
	size_t first, end;
};

static void *run_half(void *data)
{
	const struct half *half = data;

	half->fn(half->data, 1, half->first, half->end);
	return NULL;
}

bool parallel_has_two_cpus(void)
{
#ifdef __linux__
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
#else
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
#endif
}

static bool start_thread(pthread_t *thread, struct half *half)
{
	pthread_attr_t attr;
	bool is_started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	is_started = pthread_attr_setstacksize(&attr, THREAD_STACK) == 0 &&
		     pthread_create(thread, &attr, run_half, half) == 0;
	pthread_attr_destroy(&attr);
	return is_started;
}

void parallel_halves(size_t n, size_t min_for_two, parallel_fn fn, void *data)
{
	struct half half = { .fn = fn, .data = data, .first = n / 2, .end = n };
	pthread_t thread;

	if (n < min_for_two || !parallel_has_two_cpus() || !start_thread(&thread, &half)) {
		fn(data, 0, 0, n);
		return;
	}
	fn(data, 0, 0, half.first);
	pthread_join(thread, NULL);
}
