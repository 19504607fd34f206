/*
 * The words for how a step and a run stand, as in expressions, journals and `status`.
 */
#ifndef EVENT_STATUS_H
#define EVENT_STATUS_H

enum step_status {
	STEP_PENDING,
	STEP_READY,
	STEP_RUNNING,
	STEP_WAITING, /* for a person, or for a retry's delay */
	STEP_PASSED,
	STEP_FAILED,
	STEP_SKIPPED,
	STEP_CANCELLED,
	STEP_UNKNOWN, /* not idempotent, and the engine died while it ran */
	STEP_STATUSES
};

enum run_status {
	RUN_RUNNING,
	RUN_PASSED,
	RUN_FAILED,
	RUN_CANCELLED,
	RUN_INTERRUPTED,
	RUN_PAUSED, /* by a person; resume goes on */
	RUN_STATUSES
};

const char *step_status_name(enum step_status status);
int step_status_from_name(const char *name, enum step_status *status);
const char *run_status_name(enum run_status status);
int run_status_from_name(const char *name, enum run_status *status);

/* passed, failed, skipped, cancelled, unknown: nothing more will happen */
int step_status_is_final(enum step_status status);

#endif
