/*
 * What a run did to the files of the worktree, and what of it stands: where it took snapshots, by comparing
 * them; else what its steps are remembered to have made.
 */
#ifndef RUN_TOUCHED_H
#define RUN_TOUCHED_H

#include "event/state.h"
#include "run/session.h"

enum touched_how {
	TOUCHED_CREATED,
	TOUCHED_MODIFIED,
	TOUCHED_DELETED,
	TOUCHED_MADE, /* an output of a step: nobody knows what was there before */
};

struct touched_file {
	const char *path;
	enum touched_how how;
};

/* Sorted by path, in the arena. -1: a snapshot is gone. */
int touched_list(const struct session *session, const struct run_state *state, struct arena *arena,
		 struct touched_file **files, size_t *n, struct err *err);

#endif
