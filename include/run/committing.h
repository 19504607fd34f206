/*
 * The `commit` action, in a process of its own (git wf __commit): what the run has changed since it began,
 * or since its last commit, up to the snapshot that was taken for this one. git/commit.h has the rest.
 */
#ifndef RUN_COMMITTING_H
#define RUN_COMMITTING_H

#include "git/commit.h"
#include "run/session.h"

struct committing {
	const char *run, *step; /* the step that commits */
	const char *message;
	const char *const *trailers; /* besides Wf-Run, Wf-Workflow, Wf-Step */
	size_t n_trailers;
	const char *const *paths; /* globs; none: all */
	size_t n_paths;
};

int committing_run(struct session *session, const struct committing *committing,
		   struct commit_report *report, struct strbuf *said, struct err *err);

#endif
