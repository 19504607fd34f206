/*
 * Going on with a run that was interrupted or failed: what it was started with, and what is known of
 * it from its journal.
 */
#ifndef RUN_RECOVER_H
#define RUN_RECOVER_H

#include "base/arena.h"
#include "base/err.h"
#include "event/state.h"
#include "run/session.h"
#include "store/layout.h"

struct run_origin {		       /* from workflow.json */
	const char *run_id, *workflow; /* id */
	const char *workflow_path;     /* as given to session_load() */
	const char *head, *engine_version, *boot_id;
	const char *hook; /* "pre-commit" where git started it; NULL: a person did */
	size_t n_params;
	const char **param_names, **param_values; /* secret ones absent */
	const char **words; /* of the command line: options of `run` that shape it */
	size_t n_words;
};

int recover_read_origin(const struct layout *layout, const char *run_id, struct arena *arena,
			struct run_origin *origin, struct err *err);
/* A hook that stops git when it fails: git's command starts it anew, for the files of then, and nothing
 * else can. */
bool recover_is_of_git(const struct run_origin *origin);
int recover_refuse_of_git(const struct run_origin *origin, struct err *err); /* ERR_NOT_FOUND, -1 */
/* The fold of the journal. A run whose engine died without an end is RUN_INTERRUPTED; whose engine
 * lives (its lock is held) RUN_RUNNING. */
int recover_read_state(const struct layout *layout, const char *run_id, struct run_state *state,
		       struct err *err);
/* The newest run that ended without passing and may go on, or ERR_NOT_FOUND. `workflow` may be NULL. Passed over
 * is one that a later run of the same workflow, parameters and words has made good, unless a hook was only
 * one of the two. The newest of all is ERR_NOT_FOUND if it is git's to start it anew, or was taken by a power
 * cut before it was synced; older ones of these are passed over. One that cannot be read is an error. */
int recover_find_resumable(const struct layout *layout, const char *workflow, struct arena *arena,
			   const char **run_id, struct err *err);

#endif
