/*
 * Snapshots of a run: where they are made, which number is the next, and how one is told to the journal.
 * git/snapshot.h has what is in them.
 */
#ifndef RUN_SNAP_H
#define RUN_SNAP_H

#include <stdint.h>

#include "event/state.h"
#include "git/snapshot.h"
#include "run/session.h"
#include "sys/lock.h"

#define SNAP_KEPT_MS (14 * 24 * 3600 * INT64_C(1000)) /* then they may go */

/* `include`: of the workflow's `rollback`. Synchronous: never from a callback of a loop. */
struct snap_request {
	const char *run;
	uint32_t number;
	const char *kind, *step; /* event/state.h; step or NULL */
	const char *const *include;
	size_t n_include;
};

int snap_take(struct session *session, const struct snap_request *request, struct arena *arena,
	      struct snapshot *snapshot, struct err *err);

/* The event of one that was taken; strings are those of request and snapshot. */
struct event snap_event(const struct snap_request *request, const char *tree, const char *raw);

/* One that no snapshot of the run has had, whatever the journal knows. */
int snap_next_number(struct session *session, const char *run, const struct run_state *state,
		     uint32_t *number, struct err *err);

/* Removes those that are older than SNAP_KEPT_MS, and locks that a killed git left on their names; git's
 * own gc frees their objects later. */
int snap_expire(const struct session *session, int64_t now_ms, bool dry_run, uint64_t *n_removed,
		struct err *err);

/* Folders of snapshots and commits that were killed; those at work are spared. */
void snap_remove_leftovers(const struct session *session);

#define SNAP_OF_COMMIT "commit-" /* names of folders in the scratch folder begin so */

/* The folder for what is made on the way, without what was left there; nobody clears it while the lock is held. */
int snap_hold_scratch(const struct session *session, struct arena *arena, const char **scratch,
		      struct lock *lock, struct err *err);

#endif
