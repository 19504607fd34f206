/*
 * The stage of a hook: where each of its workflows runs, on exactly the tree that git is about to commit
 * or to push, and what becomes of the files that steps fixed there.
 *
 *     staging_new()            one for each tree that a hook is about
 *     staging_definitions()    where the tree's own .workflows/ are, to load and to choose from
 *     staging_enter()          a place for one workflow; session_open_in() there, plan and run
 *     staging_leave()          what it fixed counts for those that come after it
 *     staging_finish()         what was fixed comes to the user, all at once
 *     staging_free()
 *
 * Until staging_finish() nothing of the user's is written; what steps that do not say so have written where
 * the user works, staging_leave() has put back once they have run on a copy. Killed at any instant, nothing of theirs is
 * lost; staging_recover() finishes what was cut off.
 */
#ifndef RUN_STAGING_H
#define RUN_STAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/freeze.h"
#include "git/place.h"
#include "git/publish.h"
#include "model/hook.h"
#include "run/session.h"
#include "run/trigger.h"

struct staging;

struct staging_request {
	const struct repo *repo;     /* the user's */
	const struct frozen *frozen; /* borrowed */
	const char *runs_dir; /* the user's: where runs are kept, and what is published is made */
};

struct staging *staging_new(const struct staging_request *request);
void staging_free(struct staging *staging); /* lets go of every place */

/* A repository in which .workflows/ is as the tree has it: the user's own, or a copy. */
int staging_definitions(struct staging *staging, const struct repo **repo, struct err *err);

/* May a step of it change files of the user's? Then it never runs in place unless it is told to. */
bool staging_may_fix(const struct workflow *wf);

struct staged {
	const struct repo *repo; /* where to run */
	enum place_kind kind;
	/* auto, not in place: the path or the word that stands against it; or NULL */
	const char *why;
};

/* `loaded`: the workflow, loaded from its definition; `on`: what it says of this hook. `isolated`: not
 * in place, whatever it says. One at a time. ERR_BUSY: it is to run in place and cannot. */
int staging_enter(struct staging *staging, const struct session *loaded,
		  const struct hook_trigger *on, const struct trigger *trigger, bool isolated,
		  struct staged *staged, struct err *err);

enum staging_end {
	STAGING_KEPT, /* nothing was changed, or what was is taken along */
	STAGING_DISTURBED, /* in place: a file that counts was edited meanwhile; run it again, isolated */
	STAGING_REFUSED, /* there are fixes, and `fix` is fail or off: the hook does not pass */
};

struct staging_changes {
	const char **fixed; /* paths */
	size_t n_fixed;
	const char **others; /* tracked files that steps changed and that are not taken along */
	size_t n_others;
	const char *disturbed; /* a path */
	/* Of the run on a copy that follows: what became of files that were disturbed. */
	struct publish_report back; /* the steps had changed them: they are as they were */
	const char **edited; /* somebody else did: they stay, and differ from what was tested */
	size_t n_edited;
};

/* `ran`: the session that ran there, before it is closed, for what it did and what its steps declare;
 * NULL or without a plan: nothing was run. */
int staging_leave(struct staging *staging, const struct session *ran, enum staging_end *end,
		  struct staging_changes *changes, struct err *err);

/* ---- Several at once: each in a process of its own, with a copy of this staging ---- */

/* Which copy of the files to take first. */
void staging_set_slot(struct staging *staging, unsigned slot);

/* What one has made of the tree it began with. */
struct staging_made {
	char tree[65];
	bool has_refused; /* there are fixes for the worktree alone */
};
void staging_tell(const struct staging *staging, struct staging_made *made);
/* It becomes part of the tree, in which more may have changed since it was `from`. 1; 0: both changed *path,
 * and not in ways that go together: it is to run again, on what there is by now; -1. */
int staging_merge(struct staging *staging, const char *from, const struct staging_made *made,
		  const char **path, struct err *err);

/* Whether a workflow has changed what is tested, so far. */
bool staging_has_fixes(const struct staging *staging);

/* 1: what was fixed has undone all that was to be committed, and it would be an empty commit; 0; -1. */
int staging_leaves_nothing(struct staging *staging, struct err *err);

/* After the last workflow. `passes`: all did. Then fixes go into the index and the worktree; those
 * of `fix: fail` go into the worktree alone even if not. ERR_BUSY: what was tested is not what is
 * staged any more. */
int staging_finish(struct staging *staging, bool passes, struct publish_report *report,
		   struct err *err);

/* The tree as it is by now: with what was fixed. */
const char *staging_tree(const struct staging *staging);

/* What a killed staging_finish() left. `kept` (or NULL): an edit that could not go back, where it is. */
int staging_recover(const struct repo *repo, const char *runs_dir,
		    void (*kept)(const char *path, const char *where, void *data), void *data,
		    struct err *err);

#endif
