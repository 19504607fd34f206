/*
 * The words for how a step and a run stand.
 */
#include "event/status.h"

#include <stddef.h>
#include <string.h>

#include "base/compat.h"

static const char *const step_names[STEP_STATUSES] = {
	[STEP_PENDING] = "pending", [STEP_READY] = "ready",	    [STEP_RUNNING] = "running",
	[STEP_WAITING] = "waiting", [STEP_PASSED] = "passed",	    [STEP_FAILED] = "failed",
	[STEP_SKIPPED] = "skipped", [STEP_CANCELLED] = "cancelled", [STEP_UNKNOWN] = "unknown",
};

static const char *const run_names[RUN_STATUSES] = {
	[RUN_RUNNING] = "running",     [RUN_PASSED] = "passed",		  [RUN_FAILED] = "failed",
	[RUN_CANCELLED] = "cancelled", [RUN_INTERRUPTED] = "interrupted", [RUN_PAUSED] = "paused",
};

static int find_name(const char *name, const char *const *names, int n)
{
	int i;

	for (i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

const char *step_status_name(enum step_status status)
{
	if ((unsigned)status >= STEP_STATUSES)
		BUG("no step status %d", (int)status);
	return step_names[status];
}

int step_status_from_name(const char *name, enum step_status *status)
{
	int found = find_name(name, step_names, STEP_STATUSES);

	if (found < 0)
		return -1;
	*status = (enum step_status)found;
	return 0;
}

const char *run_status_name(enum run_status status)
{
	if ((unsigned)status >= RUN_STATUSES)
		BUG("no run status %d", (int)status);
	return run_names[status];
}

int run_status_from_name(const char *name, enum run_status *status)
{
	int found = find_name(name, run_names, RUN_STATUSES);

	if (found < 0)
		return -1;
	*status = (enum run_status)found;
	return 0;
}

int step_status_is_final(enum step_status status)
{
	return status >= STEP_PASSED && status < STEP_STATUSES;
}
