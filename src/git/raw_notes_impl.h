/*
 * The files beside the trees in a snapshot's `raw` commit (git/snapshot.h). Which there are is asked
 * once, so that one which cannot be read is never taken for one that is not there.
 */
#ifndef GIT_RAW_NOTES_IMPL_H
#define GIT_RAW_NOTES_IMPL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/strmap.h"
#include "git/discover.h"

struct raw_notes {
	const struct repo *repo;
	struct strmap oids; /* name → object id, hex */
};

int raw_notes_open(struct raw_notes *notes, const struct repo *repo, const char *raw,
		   struct arena *arena, struct err *err);
void raw_notes_release(struct raw_notes *notes);

/* Its object id, or NULL: there is none of that name. */
const char *raw_notes_find(const struct raw_notes *notes, const char *name);

/* Appended. 0; 1: there is none of that name; -1. */
int raw_notes_read(const struct raw_notes *notes, const char *name, struct strbuf *text,
		   struct err *err);

#endif
