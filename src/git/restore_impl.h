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
#include "spot_impl.h"

/* What one snapshot notes of directories. */
struct folder_modes {
	struct strbuf text;
	struct strmap by_path; /* to "MODE PATH" */
};
struct folder_side {
	struct folder_modes modes;
	struct strbuf empty_text, hidden_text;
	struct strmap empty, hidden; /* sets of paths */
};

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
	struct folder_side folders[3]; /* before, after, now */
	struct strmap made_folders;
	VEC(struct restore_item) items;
};

void restore_add_item(struct restore_work *work, const char *name, enum restore_result result,
		      const char *why);

/* Makes both copies, on the disk, before anything is exchanged; if an earlier try had got that far,
 * puts back what it may have taken out by mistake. */
int restore_stage(struct restore_work *work, struct err *err);

/* restore_folders.c */
int restore_read_folders(struct restore_work *work, struct err *err);
void restore_release_folders(struct restore_work *work);
/* Was it there before, ignored or in an embedded repository, so that nothing is known of it? */
bool restore_was_hidden(const struct restore_work *work, const char *path);
/* Is it ignored now? */
bool restore_is_hidden(const struct restore_work *work, const char *path);
/* Before anything is put back: empty directories that only the second snapshot has. */
void restore_remove_folders(struct restore_work *work);
/* After that: empty ones of the first, and permissions. */
void restore_make_folders(struct restore_work *work);
/* Directories that are empty now, from the path's own upwards. */
void restore_remove_empty_above(struct restore_work *work, const char *path);

/* After everything: what somebody who had a file open has written to it since it was taken out goes back
 * to its place, and is left. */
int restore_look_again(struct restore_work *work, struct err *err);

/* Every path, in an order in which files and directories can take each other's place. */
void restore_paths(struct restore_work *work);
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
