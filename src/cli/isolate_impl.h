/*
 * Runs in a worktree of their own: --isolate and --rev.
 */
#ifndef CLI_ISOLATE_IMPL_H
#define CLI_ISOLATE_IMPL_H

#include <stdbool.h>

#include "cli/command.h"
#include "run/recover.h"
#include "run/session.h"

/* `revs` NULL: --isolate, with the files as they are now; else a commit, or a range A..B. `word`: the
 * workflow as it was given. Returns the exit status, or -1. */
int isolate_run(struct cli *cli, const char *word, const char *revs, struct err *err);

/* Was the run one of --isolate? Then it goes on in a new worktree, with the files as they are now: what
 * the cache holds is brought back there, all else runs again. */
bool isolate_was(const struct run_origin *origin);
/* `run` NULL: with the words of this command, which is `resume`. Returns the exit status, or -1. */
int isolate_resume(struct cli *cli, const char *run, struct err *err);

/* The name of a file that a run writes for its caller. Of --rev each run has one of its own:
 * "report.xml" is "report.1a2b3c4.xml". */
const char *isolate_file(const char *path, struct arena *arena);

/* This very process was started so: it hands no lock on. */
bool isolate_is_inside(void);
void isolate_enter(void);

#endif
