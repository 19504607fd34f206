/* See lookup_impl.h. */
#include "lookup_impl.h"

#include "engine_impl.h"
#include "sys/clock.h"

#define AGE_MAX_NS ((uint64_t)50 * 1000000) /* others than this run install programs, too */

void lookup_ready(struct execution *execution)
{
	execution->ready_ns = clock_monotonic_ns();
}

struct spawn_found *lookup_found(struct execution *execution)
{
	struct lookup *lookup = &execution->engine->lookup;
	uint64_t now_ns = clock_monotonic_ns();

	if (lookup->then_ns <= execution->ready_ns || now_ns - lookup->then_ns > AGE_MAX_NS)
		spawn_found_forget(&lookup->found);
	if (!lookup->found.file.len)
		lookup->then_ns = now_ns;
	return &lookup->found;
}
