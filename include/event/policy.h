/*
 * What follows a failed try: another one, or the end of the step, and then of the run or not. Pure.
 */
#ifndef EVENT_POLICY_H
#define EVENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "event/status.h"
#include "model/workflow.h"

struct try_outcome {
	uint32_t attempt; /* the one that ended, from 1 */
	int exit_code;	  /* -1: by a signal */
	int signal;
	bool timed_out, cancelled, could_not_start;
};

/* True if another attempt follows; *delay_ms until it starts (at most the step's max_delay). A death
 * by signal n counts as exit code 128 + n. Without `on` every failure is tried again, one that could
 * not even start too; after a cancel none is. `random01` in [0, 1) is the jitter's. */
bool policy_retries(const struct step *step, const struct try_outcome *outcome, double random01,
		    uint64_t *delay_ms);

/* Start nothing more, or only what does not need it. */
enum policy_next { NEXT_STOP, NEXT_GO_ON };

/* `stop_item_siblings` is looked at for the step of a foreach only: false where an item failed and
 * the others go on; true where the foreach has stop_on_failure, or when it failed as a whole. */
enum policy_next policy_after_failure(const struct step *step, bool keep_going,
				      bool stop_item_siblings);

/* Is a handler called that waits for this (enum call_on)? A success that was only remembered calls
 * nobody: `did_run` is false then. */
bool policy_calls(uint8_t on, enum step_status status, bool did_run);

#endif
