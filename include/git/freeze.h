/*
 * What a hook is about, made fast: the tree that will be committed or was pushed, and which paths of it
 * are new or changed. Nothing of the user's is written, no lock is taken; what is staged later, or
 * edited in the worktree, does not change what was frozen.
 *
 * Which index git commits from, and says so in GIT_INDEX_FILE:
 *
 *     git commit              .git/index            unlocked while the hook runs
 *     git commit -a, -i, -p   .git/index.lock       git holds it, and renames it to index afterwards
 *     git commit -- PATH      .git/next-index-N.lock  HEAD and these paths; .git/index.lock is what the
 *                                                   index becomes
 */
#ifndef GIT_FREEZE_H
#define GIT_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "sys/fs.h"

struct frozen_path {
	const char *path; /* relative to the root */
	uint32_t old_mode,
		mode; /* as in a tree: 0100644, 0100755, 0120000, 0160000; 0: not there */
	const char *old_oid, *oid; /* hex */
	char status;		   /* 'A' 'M' 'T' 'D': added, modified, of another type, deleted */
};

struct index;

struct frozen {
	const char *tree;	 /* hex: what is tested */
	const char *base;	 /* hex: tree or commit that `paths` are the difference from */
	const char *head;	 /* commit that a checkout of it stands at; "": there is none yet */
	const char *index;	 /* absolute: the file that holds it; NULL: a commit */
	struct file_id index_id; /* of that file when it was read */
	const struct index *read;  /* what was in it; NULL: a commit, or only git can read it */
	struct frozen_path *paths; /* sorted by bytes */
	size_t n_paths;
};

/* For `base`: every file of the tree counts as added. */
#define FREEZE_ALL ""

/* What is staged. `index`: as GIT_INDEX_FILE says (relative: from the root), or NULL: the worktree's.
 * `base`: NULL is HEAD. Paths that are only intended to be added (`add -N`) are not in it. ERR_USAGE
 * where paths are unmerged. */
int freeze_index(struct frozen *frozen, const struct repo *repo, const char *index,
		 const char *base, struct arena *arena, struct err *err);

/* A commit as it is. `base`: a tree or commit; NULL: its first parent, or nothing if it has none. */
int freeze_commit(struct frozen *frozen, const struct repo *repo, const char *commit,
		  const char *base, struct arena *arena, struct err *err);

/* Does the index still say the same? 1; 0: somebody staged something since; -1. Of a commit: 1. */
int freeze_holds(const struct frozen *frozen, const struct repo *repo, struct err *err);

/* The entry of a path, or NULL. */
const struct frozen_path *freeze_find(const struct frozen *frozen, const char *path);

#endif
