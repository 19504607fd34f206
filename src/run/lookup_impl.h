/*
 * Where the last program was found in PATH. A step is started with that if it was ready already when
 * the lookup was made: what installs another program, and has to go before, was over by then.
 */
#ifndef RUN_LOOKUP_IMPL_H
#define RUN_LOOKUP_IMPL_H

#include <stdint.h>

#include "sys/spawn.h"

struct execution;

struct lookup {
	struct spawn_found found;
	uint64_t then_ns; /* not before this it was looked up */
};

/* All that goes before the execution's next process is over. */
void lookup_ready(struct execution *execution);
/* For the request that starts it. */
struct spawn_found *lookup_found(struct execution *execution);

#endif
