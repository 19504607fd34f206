/*
 * The short way of `run`: is there a planfile for this very command line, and does it still hold?
 * Called before anything is loaded; its other half is written by the engine at the end of a run after
 * which everything is up to date.
 */
#ifndef RUN_NOOP_H
#define RUN_NOOP_H

#include <stdbool.h>

#include "base/digest.h"
#include "run/session.h"
#include "store/planfile.h"
#include "sys/behind.h"

/* `words`: everything on the command line that can change what is done. */
struct digest noop_key(const struct session *session, const char *workflow,
		       const char *const *words, size_t n_words);

/* True: nothing to do. Else session->planfile is what still holds of the plan, or NULL. */
bool noop_holds(struct session *session, const struct digest *key,
		struct planfile_summary *summary);

struct noop_writing { /* zeroed: idle */
	struct behind behind;
	const struct session *session;
	struct digest key;
	struct planfile_summary summary;
};

/* Begins to write the planfile if the session's facts allow one; else removes what is there. Until
 * behind_wait(&writing->behind) the session's basis is not to be touched. */
void noop_remember(struct session *session, const struct digest *key,
		   const struct planfile_summary *summary, struct noop_writing *writing);

#endif
