/*
 * A place where steps see a frozen tree, whatever the user's worktree holds or becomes meanwhile.
 *
 *     in place   the user's worktree itself, where it says the same as the frozen tree
 *     export     a folder with some of the files: for checks that look at single files
 *     shadow     a whole worktree of its own, which stays: the next one costs what differs
 *
 * Export and shadow are below the git directory of the worktree, <git dir>/wf/places/<kind>-<n>/, each
 * with a git directory of its own beside it that shares the repository's objects, refs and settings:
 * HEAD is detached, index and worktree are its own. Nobody else finds them: `git worktree` does not
 * list them. A lock is held for as long as a place is used; what is killed leaves a place that the next
 * one cleans up.
 *
 *     <kind>-<n>.lock      held while it is used
 *     <kind>-<n>/git/      its git directory
 *     <kind>-<n>/tree/     its files
 *     <kind>-<n>/clean     of a shadow: the files are those of this tree and nothing else
 *     <kind>-<n>/tracked   or something else beside them
 */
#ifndef GIT_PLACE_H
#define GIT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "git/freeze.h"
#include "sys/fs.h"
#include "sys/lock.h"

enum place_kind { PLACE_IN_PLACE, PLACE_EXPORT, PLACE_SHADOW };

/* Which paths matter to what runs there. */
struct place_reach {
	bool (*has)(const char *path, void *data); /* NULL: all */
	void *data;
	const char *below; /* a folder that all of them are in; NULL: anywhere */
	bool only_tracked; /* files that are not tracked cannot matter */
};

struct place_request {
	const struct repo *repo;     /* the user's, not bare */
	const struct frozen *frozen; /* borrowed until place_end() */
	enum place_kind kind;
	struct place_reach reach; /* export: what is written; in place: what has to agree */
	const char *const *share; /* shadow: paths that lead to those of the user's worktree */
	size_t n_share;
	const char *const *keep; /* shadow: paths that stay from one use to the next */
	size_t n_keep;
	void (*before)(const char *git_dir); /* ends what a killed hook has left there; or NULL */
	const struct place_sight
		*sight; /* in place: of a place_agrees() that said so; NULL: it looks */
	unsigned slot;	/* of several at once: which copy to take first; it may be warm */
	bool takes_any; /* in place: files that do not agree are only left out of what is collected */
};

/* The paths that were looked at, to know afterwards that they still are the same. */
struct place_sight {
	const char **paths;
	struct file_id *ids;
	size_t n;
	int64_t clock_ns; /* before the first of them was looked at */
};

struct place_ready;

struct place {
	enum place_kind kind;
	struct repo repo; /* where to run: root, git directory */
	const struct repo *user;
	const struct frozen *frozen;
	const char *dir;	 /* of an export or shadow */
	const char *index;	 /* the place's; in place: the frozen one */
	struct file_id index_id; /* of it when the place was ready */
	bool takes_any;
	struct place_sight sight;  /* in place; of an export: what was written */
	struct place_ready *ready; /* of a shadow, as far as it can be told: how it was then */
	const char **beside;	   /* of a shadow: what is shared or kept, without a last '/' */
	size_t n_beside;
	struct lock lock;
};

/* Does the user's worktree say the same as the frozen tree, in what matters? 1 with `sight` filled; 0
 * with *why (a path, or a word); -1. */
int place_agrees(const struct place_request *request, struct place_sight *sight, const char **why,
		 struct arena *arena, struct err *err);

/* Makes the place ready; in place it looks whether place_agrees() and is ERR_BUSY if not, unless
 * request->takes_any. */
int place_stage(struct place *place, const struct place_request *request, struct arena *arena,
		struct err *err);

/* In place: was something that matters edited since? The name of one such path, or NULL. */
const char *place_find_disturbed(const struct place *place);

/* ---- What steps did there ---- */

struct fix {
	const char *path;
	uint32_t old_mode, mode;   /* 0: not there */
	const char *old_oid, *oid; /* hex; the new object is in the repository already */
};

struct fixes {
	struct fix *list; /* sorted by path */
	size_t n;
	struct fix *others; /* tracked files that changed and are neither staged nor declared */
	size_t n_others;
};

/* `is_declared` (or NULL): is this path an output of a step? New files count only then, and tracked
 * files that are not part of the change too. The place's index says afterwards what it holds. */
int place_collect(const struct place *place, bool (*is_declared)(const char *path, void *data),
		  void *data, struct fixes *fixes, struct arena *arena, struct err *err);

/* The tree that is `tree` with these fixes, as hex. */
int place_apply(const struct repo *repo, const char *tree, const struct fixes *fixes,
		const char **fixed, struct arena *arena, struct err *err);
/* What leads from one tree to another, as fixes. */
int place_compare(const struct repo *repo, const char *from, const char *to, struct fixes *fixes,
		  struct arena *arena, struct err *err);

/* What two made of `base`, each by itself, as one tree: three ways, line by line. 1; 0: both changed
 * *path, and not in ways that go together; -1. */
int place_merge(const struct repo *repo, const char *base, const char *ours, const char *theirs,
		const char **merged, const char **path, struct arena *arena, struct err *err);

/* Lets go of it. `is_used`: something ran there. Zeroed is fine. */
void place_end(struct place *place, bool is_used);

/* Removes the places of a worktree that nobody uses. */
int place_remove_all(const struct repo *repo, struct err *err);

#endif
