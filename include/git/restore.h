/*
 * Taking back what happened between two snapshots, and nothing else: a path gets its old content only if
 * it still is as the second snapshot has it. What somebody changed since is left and named.
 *
 * Each file is exchanged atomically with one made beforehand; what came out is compared with what was
 * expected, and exchanged back if it is something else, so an edit in between is not lost either. The
 * same holds for the index (under git's own index.lock), for branches and HEAD (by update-ref with the
 * old value), and for git's notes about a merge in progress.
 *
 * A restore that was cut off is finished by the same call with the same folder.
 */
#ifndef GIT_RESTORE_H
#define GIT_RESTORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/snapshot.h"

struct restore_request {
	const struct repo *repo;
	const char *scratch; /* as for snapshot_take() */
	const char *folder; /* for this restore alone, absolute, on the worktree's file system; made
				   * if missing. It stays until restore_forget() */
	const char *before, *after; /* `raw` commits: as it was, as it was left */
	/* `raw` commit of how it is now, from which all this can be undone, or NULL: what is not in it because
	 * it is ignored by now is left. */
	const char *now;
	const char *kept_refs; /* commits that branches leave stay at <kept_refs>/<branch> */
	/* Only these paths, and neither index nor refs; NULL: all of it. */
	bool (*is_wanted)(const char *path, void *data);
	void *data;
};

enum restore_result {
	RESTORE_PUT_BACK,
	RESTORE_ALREADY, /* it is as it was before */
	RESTORE_LEFT,	 /* somebody changed it since, or it cannot be put back: `why` */
};

struct restore_item {
	const char *name; /* a path; "the index"; a ref; a file of the git directory */
	enum restore_result result;
	const char *why; /* of one that is left */
};

struct restore_report {
	struct restore_item *items; /* paths first, sorted; in the arena */
	size_t n_items, n_paths, n_left;
};

/* -1: something failed before the end; what was done until then is done, and the call may be repeated. */
int restore_run(const struct restore_request *request, struct restore_report *report,
		struct arena *arena, struct err *err);

/* The folder is no longer needed. */
int restore_forget(const char *folder, struct err *err);

#endif
