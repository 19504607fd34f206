/*
 * What a hook is about: the tree to test, and the files that differ in it.
 *
 *     pre-commit, pre-merge-commit      what is staged, in the index that git commits from
 *     pre-push, pre-receive, update,    each commit that is pushed once, whatever the number of
 *     post-receive                      references that lead to it; deletions do not count
 *     others                            the worktree as it is
 */
#ifndef TRIGGER_HOOK_TARGET_H
#define TRIGGER_HOOK_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"
#include "git/freeze.h"
#include "trigger/hook_event.h"

/* What a person says in place of git. */
struct hook_by_hand {
	bool is_by_hand;
	bool all_files;
	const char *from, *to;	  /* revisions, or NULL */
	const char *const *files; /* from the top; NULL: not said */
	size_t n_files;
};

struct hook_target {
	bool has_tree; /* `frozen` is what is tested; else the worktree as it is */
	struct frozen frozen;
	const struct hook_ref *const *refs; /* of a push: that lead to it */
	size_t n_refs;
	const char *range;  /* "A..B", or NULL */
	const char **files; /* that differ and are there, sorted */
	size_t n_files;
	const char **changed; /* deleted ones too */
	size_t n_changed;
};

struct hook_targets {
	struct hook_target *list;
	size_t n; /* 0: there is nothing to test */
};

/* Everything in the arena. */
int hook_targets_find(struct hook_targets *targets, const struct repo *repo,
		      const struct hook_event *event, const struct hook_by_hand *by_hand,
		      struct arena *arena, struct err *err);

/* A file as a person names it, from a folder of the worktree ("" or "a/b"): from the top. NULL with err. */
const char *hook_file(struct arena *arena, const char *prefix, const char *word, struct err *err);

#endif
