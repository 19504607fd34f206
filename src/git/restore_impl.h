/*
 * The inside of a restore: two copies of every path that differs, made beforehand, and the report.
 */
#ifndef GIT_RESTORE_IMPL_H
#define GIT_RESTORE_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "git/restore.h"
#include "raw_notes_impl.h"

struct restore_work {
	const struct restore_request *request;
	struct arena *arena;
	struct raw_notes before, after; /* of the two snapshots */
	struct snapshot_change *changes;
	size_t n_changes;
	int root_fd;
	int wanted_fd;	  /* folder/wanted: what each path gets; then what came out of it */
	int removed_fd;	  /* folder/removed: what was there, of a path that gets nothing */
	int expected_fd;  /* folder/expected: what is expected to come out */
	int reference_fd; /* what each path gets, to compare with: wanted, or a second copy of it */
	VEC(struct restore_item) items;
};

void restore_add_item(struct restore_work *work, const char *name, enum restore_result result,
		      const char *why);

/* Makes both copies, on the disk, before anything is exchanged; if an earlier try had got that far,
 * puts back what it may have taken out by mistake. */
int restore_stage(struct restore_work *work, struct err *err);

/* Every path, in an order in which files and directories can take each other's place. */
int restore_paths(struct restore_work *work, struct err *err);
/* Puts what came out of the path, and is not what was expected, back to its place. */
int restore_return(struct restore_work *work, const struct snapshot_change *change,
		   struct err *err);
/* The folder in which that is kept. */
int restore_find_taken(const struct restore_work *work, const struct snapshot_change *change);

int restore_index(struct restore_work *work, struct err *err);
int restore_refs(struct restore_work *work, struct err *err);
int restore_operations(struct restore_work *work, struct err *err);

/* Are both the same kind of thing with the same bytes and permissions? Anything that cannot be read is
 * different. */
bool restore_is_same(int a_dirfd, const char *a, int b_dirfd, const char *b);

#endif
