/*
 * What `rollback.cleanup` names, after git wf rollback.
 */
#ifndef CLI_CLEANING_IMPL_H
#define CLI_CLEANING_IMPL_H

#include "cli/command.h"
#include "run/session.h"
#include "target_impl.h"

/* Of a run that was rolled back, in a session with its plan; nothing where there is none, or nothing to
 * clean up. */
int cleaning_run(struct cli *cli, struct session *session, const struct target_options *options,
		 const char *run, bool *has_failed, struct err *err);

#endif
