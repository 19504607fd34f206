/*
 * How long a run will take, foreseen: the scheduler itself is asked what it would start when, with the
 * expected duration of each node in place of the node.
 */
#ifndef RUN_ETA_IMPL_H
#define RUN_ETA_IMPL_H

#include <stdint.h>

#include "plan/plan.h"

/* `cost_ms`: by node index, 0 for what needs no execution. The instant at which the last node ends,
 * with `jobs` slots and the pools, limits and exclusive steps of the workflow. */
uint64_t eta_simulate(const struct plan *plan, const uint64_t *cost_ms, uint32_t jobs);

#endif
