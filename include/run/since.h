/*
 * What happened to a file since a step read it: what it held then, if git or the cache of results
 * still knows that, the first place where it differs, and the commit that changed it. For explain alone:
 * it asks git, which no decision does.
 */
#ifndef RUN_SINCE_H
#define RUN_SINCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "plan/record.h"
#include "run/session.h"

struct since {
	const char *hunk;    /* from "@@" on, lines; NULL: not known, or not to be shown */
	bool has_more;	     /* there are other hunks behind it */
	const char *hidden;  /* why there is no hunk though it is known: "binary"; or NULL */
	const char *commit;  /* abbreviated, of the one that changed it first; NULL: none did */
	const char *author;  /* with commit */
	const char *subject; /* with commit */
	size_t n_later;	     /* commits that changed it after that one */
	bool is_uncommitted; /* the file is not as it is at HEAD */
};

/* Of the path `path`, relative to the root, that `previous` names as an input. false: nothing is known.
 * Texts live in the arena. A git that fails is no failure: less is known. */
bool since_find(struct session *session, const struct record *previous, const char *path,
		struct arena *arena, struct since *since);

#endif
