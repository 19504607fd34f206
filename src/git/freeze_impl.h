/*
 * What freezing and places share: copies of an index that git may write to, and lists of differences.
 */
#ifndef GIT_FREEZE_IMPL_H
#define GIT_FREEZE_IMPL_H

#include "base/strbuf.h"
#include "git/cmd.h"
#include "git/freeze.h"
#include "sys/lock.h"

/* A copy of `index`, which may not be there, at a path of this worktree's own; the lock is held until
 * it is released, and what a killed process left is overwritten. Its times are those of the index: git
 * tells by them which entries it has to look at again. */
struct private_index {
	const char *path;
	const char *env[2]; /* for git_cmd */
	struct lock lock;
};
int private_index_open(struct private_index *copy, const struct repo *repo, const char *index,
		       struct arena *arena, struct err *err);
void private_index_close(struct private_index *copy);

/* The records of `git diff-tree -r -z --raw` or the like, without renames. Strings in the arena. */
struct frozen_path *freeze_parse_raw(const struct strbuf *raw, size_t *n, struct arena *arena,
				     struct err *err);

/* What leads from one tree to another, sorted. NULL with err. */
struct frozen_path *freeze_compare(const struct repo *repo, const char *from, const char *to,
				   size_t *n, struct arena *arena, struct err *err);

/* The tree of an index, which may not be there, and its identity before it was read. *read: what is in it,
 * or NULL if only git can read it. All in the arena. */
int freeze_find_tree(const struct repo *repo, const char *index, const char **tree,
		     struct file_id *id, const struct index **read, struct arena *arena,
		     struct err *err);

bool freeze_is_sha256(const struct repo *repo);

/* The object name that says "the tree without files" in this repository. */
const char *freeze_empty_tree(const struct repo *repo);

#endif
