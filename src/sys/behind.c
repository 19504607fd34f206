/*
 * See sys/behind.h.
 */
#include "sys/behind.h"

#include <signal.h>
#include <stddef.h>

#define THREAD_STACK ((size_t)256 << 10)

static void *run(void *data)
{
	struct behind *behind = data;

	behind->fn(behind->data);
	atomic_store(&behind->is_done, true);
	return NULL;
}

/* Signals are the loop's. */
static bool start_thread(struct behind *behind)
{
	pthread_attr_t attr;
	sigset_t all, old;
	bool is_started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	is_started = pthread_attr_setstacksize(&attr, THREAD_STACK) == 0 &&
		     pthread_create(&behind->thread, &attr, run, behind) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return is_started;
}

void behind_start(struct behind *behind, behind_fn fn, void *data)
{
	behind->fn = fn;
	behind->data = data;
	behind->is_started = true;
	atomic_store(&behind->is_done, false);
	behind->has_thread = start_thread(behind);
	if (!behind->has_thread)
		run(behind);
}

bool behind_is_busy(const struct behind *behind)
{
	return behind->is_started && !atomic_load(&behind->is_done);
}

void behind_wait(struct behind *behind)
{
	if (behind->is_started && behind->has_thread)
		pthread_join(behind->thread, NULL);
	behind->is_started = behind->has_thread = false;
}
