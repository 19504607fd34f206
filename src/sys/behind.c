/*
 * See sys/behind.h.
 */
#include "sys/behind.h"

#include <stddef.h>

#define THREAD_STACK ((size_t)256 << 10)

static void run(void *data)
{
	struct behind *behind = data;

	behind->fn(behind->data);
	atomic_store(&behind->is_done, true);
}

static void start(struct behind *behind, enum thread_place place, behind_fn fn, void *data)
{
	behind->fn = fn;
	behind->data = data;
	behind->is_started = true;
	atomic_store(&behind->is_done, false);
	behind->has_thread = thread_start(&behind->thread, place, THREAD_STACK, run, behind);
	if (!behind->has_thread)
		run(behind);
}

void behind_start(struct behind *behind, behind_fn fn, void *data)
{
	start(behind, THREAD_ANYWHERE, fn, data);
}

void behind_start_apart(struct behind *behind, behind_fn fn, void *data)
{
	start(behind, THREAD_APART, fn, data);
}

bool behind_is_busy(const struct behind *behind)
{
	return behind->is_started && !atomic_load(&behind->is_done);
}

void behind_wait(struct behind *behind)
{
	if (behind->is_started && behind->has_thread)
		thread_join(&behind->thread);
	behind->is_started = behind->has_thread = false;
}
