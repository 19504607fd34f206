/*
 * What a run did and did not have to do since its start or its last resume.
 */
#ifndef RUN_EFFORT_IMPL_H
#define RUN_EFFORT_IMPL_H

#include <stdint.h>

#include "event/state.h"
#include "plan/plan.h"

struct effort {
	uint32_t n_ran, n_cached, n_restored;
	uint64_t work_ms;  /* of the steps that ran */
	uint64_t cpu_ms;   /* of the same */
	uint64_t saved_ms; /* of those that are cached or restored, when they last ran */
};

struct effort effort_of(const struct run_state *state, const struct plan *plan);

#endif
