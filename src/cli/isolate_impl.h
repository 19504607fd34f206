/*
 * Runs in a worktree of their own: --isolate and --rev.
 */
#ifndef CLI_ISOLATE_IMPL_H
#define CLI_ISOLATE_IMPL_H

#include <stdbool.h>

#include "cli/command.h"
#include "run/session.h"

/* `revs` NULL: --isolate, with the files as they are now; else a commit, or a range A..B. `word`: the
 * workflow as it was given. Returns the exit status, or -1. */
int isolate_run(struct cli *cli, const char *word, const char *revs, struct err *err);

/* This very process was started so: it hands no lock on. */
bool isolate_is_inside(void);
void isolate_enter(void);

#endif
