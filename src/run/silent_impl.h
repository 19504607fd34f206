/*
 * Workflows that say nothing of what they write, and do where the user works: what they did to files there
 * is taken back once they have run on a copy, which tells what it was; and from then on they run on a copy
 * at once, until their text is another.
 */
#ifndef RUN_SILENT_IMPL_H
#define RUN_SILENT_IMPL_H

#include "base/arena.h"
#include "base/err.h"
#include "git/place.h"
#include "run/session.h"
#include "run/staging.h"

/* Of the workflow that runs. Zeroed: of none. */
struct silent {
	const char *mark;	   /* the file that says that it writes */
	struct place_sight before; /* files as they were, of a run in place that was disturbed */
};

/* `loaded`: the workflow. */
void silent_begin(struct silent *silent, const struct repo *repo, const struct session *loaded,
		  struct arena *arena);
bool silent_writes(const struct silent *silent); /* it is known that it does */

struct silent_request {
	struct place_request place; /* in place: where files were disturbed */
	const struct fixes *made;   /* on the copy */
	const char *runs_dir, *folder;
};

/* After a run on a copy that followed one in place: fills in what became of the user's files. */
int silent_settle(struct silent *silent, const struct silent_request *request,
		  struct staging_changes *changes, struct arena *arena, struct err *err);

#endif
