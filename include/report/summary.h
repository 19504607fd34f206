/*
 * The last words about a run: how it ended, what it did, what can be done next.
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "event/state.h"
#include "plan/plan.h"

/* "build: nothing to do (12 steps, all cached)" and a line feed. */
void summary_nothing_to_do(struct strbuf *out, const char *workflow, uint32_t n_cached,
			   uint32_t n_skipped);

struct summary_options {
	bool use_color, use_utf8;
	bool is_verbose;
	size_t columns;		 /* of the terminal; 0: it is none */
	uint32_t jobs;		 /* 0: unknown, no parallel efficiency */
	uint64_t duration_ms;	 /* of this invocation */
	const struct plan *plan; /* may be NULL */
	bool is_of_git;		 /* of a hook that git's command starts anew */
	const char *why; /* of the end, where there is more to say than the steps do; NULL */
	const char
		*step_texts; /* what steps wrote to $WF_SUMMARY, as it is to be shown; NULL: none */
};

/* For a run that has ended. Begins with an empty line. */
void summary_render(const struct run_state *state, const struct summary_options *options,
		    struct strbuf *out);

/* The last group of a run's id, by which commands take it: "3f9c5a". */
const char *summary_short_run(const char *run);

/* Work ÷ (wall × jobs) in percent, at most 100; -1 where there is nothing to tell. */
int summary_efficiency(const struct run_state *state, uint64_t wall_ms, uint32_t jobs);

#endif
