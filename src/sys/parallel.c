/*
 * The second half in a thread, the first one here.
 */
#include "sys/parallel.h"

#include <sched.h>
#include <unistd.h>

#include "sys/thread.h"

#define THREAD_STACK ((size_t)1 << 20)

struct half {
	parallel_fn fn;
	void *data;
	size_t first, end;
};

static void run_half(void *data)
{
	const struct half *half = data;

	half->fn(half->data, 1, half->first, half->end);
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

void parallel_halves(size_t n, size_t min_for_two, parallel_fn fn, void *data)
{
	struct half half = { .fn = fn, .data = data, .first = n / 2, .end = n };
	struct thread thread;

	if (n < min_for_two || !parallel_has_two_cpus() ||
	    !thread_start(&thread, THREAD_APART, THREAD_STACK, run_half, &half)) {
		fn(data, 0, 0, n);
		return;
	}
	fn(data, 0, 0, half.first);
	thread_join(&thread);
}
