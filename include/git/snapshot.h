/*
 * A snapshot: everything a rollback needs, as commits on private refs, made without touching HEAD, the
 * index or the tree and without taking a lock of git's. Any number may be made at once.
 *
 *     refs/wf/<run>/<n>/tree   a commit of the shape that `git stash` makes: parents are HEAD, the index
 *                              and the untracked files; `git stash apply refs/wf/<run>/<n>/tree` takes it
 *     refs/wf/<run>/<n>/raw    a commit whose tree holds
 *         tree/         the worktree byte for byte: no filter, no line ending conversion was applied
 *         index         the index file as it is (absent: there was none); sharedindex.*: of a split one
 *         index-time    when it was written, nanoseconds since the epoch
 *         modes         "MODE PATH\0" of each file whose permissions are neither 0644 nor 0755
 *         directories   "PATH\0" of each directory with no file in it that counts
 *         folders       "MODE PATH\0" of each directory whose permissions are not 0755
 *         hidden        "PATH\0" of what is there and not covered; "DIR/\0": with all that is in it
 *         refs          "HEAD <content of HEAD>\n", then "<oid> <refname>\n" of each branch
 *         stage-<n>     the contents of unmerged entries, so that they stay
 *         MERGE_HEAD …  what git keeps about an operation in progress, as it is
 *
 * What counts: tracked files, untracked ones that no ignore rule hides, and the paths of `include`. Not
 * covered: other ignored files, the inside of submodules and embedded repositories, times, owners. Both
 * refs appear in one transaction, and everything is on the disk when snapshot_take() returns.
 */
#ifndef GIT_SNAPSHOT_H
#define GIT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"

#define SNAPSHOT_REFS "refs/wf/"

struct snapshot_request {
	const struct repo *repo; /* not bare */
	const char *scratch; /* an existing directory for what is made on the way, absolute; what it
				  * keeps (`raw/`, `objects/`) makes the next snapshot cheaper */
	const char *run;     /* id of the run: a component of a ref name */
	unsigned number;     /* of the snapshot within the run, from 1 */
	const char *subject; /* of the commits, one line */
	const char *const *include; /* globs of ignored paths to take as well, from the root */
	size_t n_include;
};

struct snapshot {
	const char *ref;  /* refs/wf/<run>/<n> */
	const char *tree; /* commit of the stash shape, hex */
	const char *raw;
	const char *content; /* the tree of tree/: equal for two snapshots of equal files */
	const char *const *unreadable; /* paths that are there and could not be read: not covered */
	size_t n_unreadable;
};

/* Strings in the arena. ERR_SYSTEM with git's words, also if that number is taken. */
int snapshot_take(struct snapshot *snapshot, const struct snapshot_request *request,
		  struct arena *arena, struct err *err);

/* Did one that was killed leave this in `scratch`? To be asked only while none is at work. */
bool snapshot_is_left_over(int scratch_fd, const char *name);

/* ---- Looking at them ---- */

struct snapshot_entry {
	const char *run;
	unsigned number;
	const char *ref;
	const char *tree, *raw; /* hex; raw "" if that ref is missing */
	const char *subject;
	int64_t time_s; /* since the epoch */
};

/* Sorted by time, then run and number. `run`: only those of this run, or NULL. */
int snapshot_list(const struct repo *repo, const char *run, struct arena *arena,
		  struct snapshot_entry **entries, size_t *n, struct err *err);

/* A path that two snapshots hold differently. Mode 0: not there. 040000 never: files, links
 * (0120000) and submodules (0160000) only. */
struct snapshot_change {
	const char *path;
	uint32_t old_mode, new_mode; /* as in a tree: 0100644, 0100755, 0120000, 0160000 */
	uint32_t old_perm, new_perm; /* of a file: what chmod takes */
	const char *old_oid, *new_oid;
};

/* Of the worktree's bytes and permissions, sorted by path. `before`, `after`: hex or refs of `raw` commits. */
int snapshot_diff(const struct repo *repo, const char *before, const char *after,
		  struct arena *arena, struct snapshot_change **changes, size_t *n,
		  struct err *err);

/* Lines that were added and deleted, as `git diff --numstat` counts them; what that calls binary counts as
 * if it were text. */
int snapshot_count_lines(const struct repo *repo, const char *before, const char *after,
			 uint64_t *n_lines, struct err *err);

/* Is its `raw` commit there, with all that it refers to? 1, 0, or -1. */
int snapshot_is_whole(const struct repo *repo, const char *raw, struct err *err);

/* Removes both refs if they still are what `entry` says, and what branches left at a rollback for which
 * it was taken (<ref>/kept/). */
int snapshot_remove(const struct repo *repo, const struct snapshot_entry *entry, struct err *err);
/* Does a git hold one of its refs, or has one that was killed left its lock? */
bool snapshot_is_locked(const struct repo *repo, const struct snapshot_entry *entry);

/* Locks on refs of snapshots that a killed git left: those that were made before `before_s` (of the
 * epoch). One that is in the way of a snapshot goes by itself. */
void snapshot_remove_locks(const struct repo *repo, int64_t before_s);

#endif
