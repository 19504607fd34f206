/*
 * Brings what steps fixed in a place into the user's index and worktree, by compare and swap.
 *
 * Worktree files come first: one that is as it was tested becomes the fixed one; into one with edits that
 * are not staged the fix is merged; where both touch the same lines, the user's stays as it is. Each file
 * is exchanged atomically, and what came out is put back if it is not what was expected.
 *
 * Then the index: only entries that still are what was tested change, in a copy that takes the index's
 * place under git's own lock; where git holds that lock itself (`commit -a`, `commit -- PATH`) its lock
 * files are what changes, both of them in the second case. If the index is another by then, or is locked,
 * it is ERR_BUSY, and found out before a file is touched but for the last moment.
 *
 * publish_back() goes the other way: what steps did to the user's own files is taken back.
 */
#ifndef GIT_PUBLISH_H
#define GIT_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/place.h"

struct publish_request {
	const struct repo *repo; /* the user's */
	const struct frozen *frozen;
	const struct fixes *fixes;
	const char *folder; /* for what is made on the way: absolute, on the worktree's file system,
			     * not part of what git sees; made if missing */
	bool leaves_index;  /* only the worktree's files: nothing is staged */
	bool leaves_worktree; /* only the index: the files are so already */
	const mode_t
		*back; /* or NULL. What is there is not the user's, but for edits: the fixes lead
			       * back to what was, with these permissions; where an edit cannot be told
			       * from the rest, what stands there is kept in the folder */
};

enum publish_result {
	PUBLISH_FIXED,	/* the worktree's file is the fixed one */
	PUBLISH_MERGED, /* it has the fix and the edits that are not staged */
	PUBLISH_LEFT,	/* it is as the user has it: `why` */
	PUBLISH_KEPT,	/* it is as it was; what stood there is at `kept` */
};

struct publish_item {
	const char *path;
	enum publish_result result; /* of the worktree's file */
	const char *why;	    /* of one that was left */
	const char *kept;	    /* where an edit is that has no place any more; or NULL */
};

struct publish_report {
	struct publish_item *items; /* in the order of the fixes; in the arena */
	size_t n_items, n_left;
};

/* -1 with ERR_BUSY: the index was changed meanwhile or is locked; it was not touched. */
int publish_run(const struct publish_request *request, struct publish_report *report,
		struct arena *arena, struct err *err);

struct publish_back {
	const struct repo *repo;	 /* the user's */
	const struct place_sight *sight; /* of its files, before steps ran there */
	const struct fixes *made;	 /* what the same steps then changed in a copy of them */
	const char *folder;		 /* as above */
};

/* Files of the sight that are other ones by now, and that the steps are known to change, are put back as
 * they were; an edit that somebody made in them since stays. The report has an item for each. */
int publish_back(const struct publish_back *back, struct publish_report *report,
		 struct arena *arena, struct err *err);

/* Finishes what a killed publish_run() may have left in `folder`: an edit that came out of an exchange
 * goes back to its place. `kept` (or NULL) is told of each file that could not, where it is now. */
int publish_recover(const struct repo *repo, const char *folder,
		    void (*kept)(const char *path, const char *where, void *data), void *data,
		    struct err *err);

#endif
