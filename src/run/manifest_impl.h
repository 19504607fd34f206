/*
 * workflow.json of a run: what it was started with.
 */
#ifndef RUN_MANIFEST_IMPL_H
#define RUN_MANIFEST_IMPL_H

#include "run/engine.h"
#include "run/session.h"
#include "store/checkpoint.h"
#include "sys/fs.h"

int manifest_write(struct session *session, const struct run_options *options, const char *run_dir,
		   const char *boot_id, struct err *err);

/* A run that goes on with other values of its parameters: the next resume goes on with those. */
int manifest_update_params(struct session *session, const char *run_dir, struct err *err);

/* results.json: the outcome, at every end. */
int manifest_write_results(struct session *session, const struct run_state *state,
			   const char *run_dir, struct err *err);
/* The same, but not in its place yet. `checkpoints`: of the run, if the last one is of this state it need
 * not be rendered again; or NULL. */
int manifest_prepare_results(struct session *session, const struct run_state *state,
			     const struct checkpoint_writer *checkpoints, const char *run_dir,
			     struct fs_temp *temp, struct err *err);

#endif
