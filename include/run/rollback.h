/*
 * Taking back what a run did to the worktree. First a snapshot of what is there now, then a note of what
 * is to be done (<git dir>/wf/rollback.json, so that whoever comes after a kill can finish it), then
 * the paths, the index and the refs, each only if it still is as the run left it; then a snapshot of
 * what came of it, and <git dir>/wf/undo.json, which leads back. An undo is the same the other way.
 */
#ifndef RUN_ROLLBACK_H
#define RUN_ROLLBACK_H

#include "event/event.h"
#include "event/state.h"
#include "git/restore.h"
#include "run/session.h"

struct rollback_pair {
	const char *before, *after; /* raw commits; after NULL: as it is now */
};

struct rollback_note { /* what is to be done */
	const char *run;
	bool is_undo, declared_only;
	uint32_t
		number; /* the snapshot that it leads to; 0: only a part; an undo: `pre` of what it undoes */
	uint32_t pre; /* the snapshot before it; 0: not taken yet */
	const char *pre_raw, *pre_tree;
	struct rollback_pair *pairs; /* in the order in which they are taken back */
	size_t n_pairs;
	const char *const *declared; /* outputs: "a/b", "dir/", globs; NULL: not known */
	size_t n_declared;
	const char *const *include;
	size_t n_include;
};

/* How it is told. `on_event` has the event on the disk when it returns, -1 ends it all. */
struct rollback_ears {
	int (*on_event)(void *data, struct event *event, struct err *err); /* or NULL */
	void (*say)(void *data, const char *text);			   /* or NULL */
	void *data;
};

struct rollback_outcome {
	struct restore_item *items; /* paths first, then the index and refs */
	size_t n_items, n_paths, n_left;
	const char **undeclared; /* paths put back that no step of the run declares */
	size_t n_undeclared;
	uint32_t pre, post;
};

/* Does it all. The caller holds the turn and the lock of the run. `state`: of the run; NULL: its folder
 * is gone. -1: something failed; the note stays, and rollback_run() with it goes on. */
int rollback_run(struct session *session, struct rollback_note *note, const struct run_state *state,
		 const struct rollback_ears *ears, struct arena *arena,
		 struct rollback_outcome *outcome, struct err *err);

/* One that was cut off. 1: it is in `note`; 0: there is none; -1. */
int rollback_find_pending(const struct session *session, struct arena *arena,
			  struct rollback_note *note, struct err *err);
/* What the last one did, the other way round. */
int rollback_find_undo(const struct session *session, struct arena *arena,
		       struct rollback_note *note, struct err *err);

/* The raw commits of pairs of numbers. -1: a snapshot is not there any more. */
struct stretch_pair;
int rollback_resolve(const struct session *session, const struct run_state *state,
		     const struct stretch_pair *from, size_t n, struct arena *arena,
		     struct rollback_note *note, struct err *err);

/* What the steps of the plan declare as outputs. */
void rollback_declare(struct session *session, struct arena *arena, struct rollback_note *note);

/* ---- rollback_offline.c: of a run whose engine is not alive ---- */

struct rollback_target {
	const char *to; /* a step, checkpoint or number; NULL: the beginning */
	bool is_undo, declared_only;
};

/* Takes the turn and the run's lock (ERR_BUSY), and journals. `run` NULL: the last one that can be rolled
 * back; of an undo it does not count. One that was cut off is finished first: *finished says so. */
int rollback_offline(struct session *session, const char *run, const struct rollback_target *target,
		     const struct rollback_ears *ears, struct rollback_note *note,
		     struct rollback_outcome *outcome, bool *finished, struct err *err);
/* Only finishes one that was cut off. 1: there was one; 0; -1. */
int rollback_finish_pending(struct session *session, const struct rollback_ears *ears,
			    struct rollback_outcome *outcome, struct err *err);

#endif
