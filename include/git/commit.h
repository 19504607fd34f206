/*
 * A commit of what happened between snapshots, and of nothing else: what the user has staged, or changed
 * without staging it, is no part of it, and stays as it is.
 *
 * It is made in a private index that begins as HEAD. A path that HEAD has as the first snapshot has it
 * becomes as the second has it; into one that differs the change is merged, and where both are about the
 * same lines it is refused. The user's hooks run, with WF_IN_COMMIT=1, the signature is git's own, and
 * HEAD's branch moves only if it still is where it was. The entries of the user's index follow, each that
 * was as in the old HEAD; what was staged beside the change stays staged.
 */
#ifndef GIT_COMMIT_H
#define GIT_COMMIT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "git/discover.h"

struct commit_pair {
	const char *before, *after; /* `tree` commits of two snapshots, hex */
};

struct commit_done {	    /* a commit of the same run: its paths are no change any more… */
	const char *commit; /* hex */
	size_t n_pairs;	    /* …of so many of the first pairs */
};

struct commit_request {
	const struct repo *repo;	 /* not bare */
	const char *folder;		 /* for what is made on the way, absolute; it is removed */
	const struct commit_pair *pairs; /* in the order in which they happened */
	size_t n_pairs;
	const struct commit_done *done;
	size_t n_done;
	const char *const *paths; /* globs from the root; none: all */
	size_t n_paths;
	const char *message;
	const char *const *trailers; /* "Name: value" */
	size_t n_trailers;
};

struct commit_report {
	const char *commit;	  /* hex; NULL: nothing had changed */
	const char *subject;	  /* its first line */
	const char *const *paths; /* in it, sorted */
	size_t n_paths;
	const char *const *passed_over; /* files that were the user's, and not tracked, before */
	size_t n_passed_over;
	const char *const *staged; /* what the user has staged there could not be joined with it */
	size_t n_staged;
};

/* Strings in the arena. `said` gets what hooks say. ERR_VALUE: changes of the user and the run overlap,
 * a merge is in progress; ERR_SYSTEM with git's words. Whenever it fails nothing was committed. */
int commit_make(const struct commit_request *request, struct commit_report *report,
		struct strbuf *said, struct arena *arena, struct err *err);

#endif
