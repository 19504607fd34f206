/*
 * The commands that lead on from the end of a run.
 */
#ifndef REPORT_WAYS_IMPL_H
#define REPORT_WAYS_IMPL_H

#include "base/strbuf.h"
#include "event/state.h"
#include "style_impl.h"

enum {
	WAY_FAILED = 1,
	WAY_STOPPED = 2,
	WAY_EACH_FAILED = 4,
	WAY_WAITING = 8,
	WAY_BACK = 16,
	WAY_UNDO = 32,
	WAY_SKIP = 64,
	WAY_ABORT = 128,
	WAY_RESUME = 256, /* as it is, where nobody has to say more */
	WAY_OF_GIT = 512  /* git's command starts it anew: no resume leads on */
};

/* Those of `when` (WAY_…), a line each, or two where the terminal is narrow. */
void ways_add(const struct style *style, const struct run_state *state, unsigned when,
	      struct strbuf *out);

#endif
