/*
 * What the files about one call of a hook share.
 */
#ifndef CLI_HOOK_CALL_IMPL_H
#define CLI_HOOK_CALL_IMPL_H

#include "hook_run_impl.h"
#include "run/staging.h"
#include "trigger/hook_select.h"

struct hook_call {
	struct cli *cli;
	const struct hook_request *request;
	struct session session; /* of the user's worktree */
	struct hook_event event;
	const char **skips; /* WF_SKIP: steps and workflows */
	bool *skips_met;
	size_t n_skips;
	const char *nesting; /* WF_IN_HOOK of what we start */
	size_t n_failed;
};

/* What is tested, and where. */
struct hook_stand {
	struct hook_call *call;
	const struct hook_target *target;
	struct staging *staging;    /* NULL: the worktree as it is */
	const struct repo *defined; /* where the definitions are */
	int root_fd;		    /* of that */
};

/* ---- hook_skip.c ---- */

/* A step that runs git would start the hook that started it: true; else call->nesting is set. */
bool hook_is_nested(struct hook_call *call);
void hook_read_skips(struct hook_call *call);
/* Does WF_SKIP name this workflow? */
bool hook_is_skipped(struct hook_call *call, const char *workflow);
/* Steps of the loaded workflow that it names are left out. */
void hook_skip_steps(struct hook_call *call, struct session *session, struct run_options *run);
void hook_tell_unknown_skips(const struct hook_call *call);

/* ---- hook_order.c ---- */

/* Those that are not passed over, in their order; how many that were. call->n_failed counts. */
size_t hook_start_all(struct hook_stand *stand, struct hook_workflows *workflows);

/* ---- hook_slots.c ---- */

/* Of those that run apart, two or more at once; false: not here, and none was started. *n_failed: those
 * after which git does not go on. A signal ends the process when all of them have ended. */
bool hook_slots_run(struct hook_stand *stand, struct hook_workflow *const *workflows, size_t n,
		    size_t *n_failed);

/* ---- hook_tell.c ---- */

/* What became of files when this workflow had run. */
void hook_tell_changes(struct hook_call *call, const struct hook_workflow *workflow,
		       enum staging_end end, const struct staging_changes *changes);
/* Those of the worktree that are not as they were to become, and edits that have no place any more. */
void hook_tell_left(struct hook_call *call, const struct publish_report *report);

/* ---- hook_workflow.c ---- */

/* Runs it, and says what went wrong. */
bool hook_workflow_passes(struct hook_stand *stand, struct hook_workflow *workflow);

#endif
