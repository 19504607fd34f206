/*
 * Which repository we are in, found without starting git: GIT_DIR and GIT_WORK_TREE, else the way up
 * to a `.git` folder or file. What looks odd (core.worktree, bare with a worktree, an unreadable HEAD)
 * is left to `git rev-parse`.
 */
#ifndef GIT_DISCOVER_H
#define GIT_DISCOVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct repo {
	const char *root;	/* absolute, resolved; NULL: bare */
	const char *git_dir;	/* absolute: of this worktree */
	const char *common_dir; /* absolute: shared by all worktrees */
	const char *prefix;	/* where the caller stands below root: "" or "a/b" */
};

/* ERR_NOT_FOUND with "not in a git repository …" where there is none. Strings in the arena. */
int repo_discover(struct repo *repo, struct arena *arena, struct err *err);

/* Commit of HEAD as hex (40 or 64), or "" on an unborn branch; *branch the short name, or NULL when
 * detached. Reads HEAD, loose and packed refs itself; asks git for other ref storages. */
int repo_head(const struct repo *repo, struct arena *arena, const char **commit,
	      const char **branch, struct err *err);

#endif
