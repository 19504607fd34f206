/*
 * Worktrees of our own, for runs that leave the user's alone: below the git directory, at a detached
 * HEAD, each held by a lock for as long as somebody works in it. One whose holder died is removed by
 * worktree_remove_left(). Neither the user's files nor the index or HEAD of theirs are ever touched.
 */
#ifndef GIT_WORKTREE_H
#define GIT_WORKTREE_H

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "sys/lock.h"

struct worktree {
	struct repo repo; /* of it: root, git directory */
	const char *lock_path;
	struct lock lock;
};

/* At this commit, with its files. Strings in the arena. */
int worktree_add(struct worktree *worktree, const struct repo *repo, const char *commit,
		 struct arena *arena, struct err *err);
/* Makes the files those of the user's worktree: what is tracked, and what is neither tracked nor
 * ignored. Ignored files and the inside of submodules are not copied. */
int worktree_take_current(const struct worktree *worktree, const struct repo *from,
			  struct arena *arena, struct err *err);
/* Another commit; everything that is not in it goes, ignored files too. */
int worktree_move(const struct worktree *worktree, const char *commit, struct err *err);
/* Removes it and lets go of the lock. Zeroed is fine. */
int worktree_remove(struct worktree *worktree, struct err *err);

/* Those that nobody holds, after `before` has seen the git directory of each. Cheap where there are
 * none. */
typedef void worktree_left_fn(const char *git_dir);
int worktree_remove_left(const char *common_dir, worktree_left_fn *before, struct err *err);

#endif
