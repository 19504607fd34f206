/*
 * Files that the outputs of a step mean and its record does not have: left by another result of the
 * step, or put there by somebody. With them on disk the record is no answer to what is below.
 */
#ifndef RUN_STALE_IMPL_H
#define RUN_STALE_IMPL_H

#include "decide_impl.h"

struct stale_file {
	struct entry entry; /* as it is on disk */
	bool is_ours;	    /* the last result of the step made it just so: it may go */
};

struct stale_files {
	VEC(struct stale_file) list;
};

/* Paths are in the arena, the list is the caller's. */
int stale_find(struct session *session, const struct node *node, const struct record *record,
	       struct arena *arena, struct stale_files *out, struct err *err);

#endif
