/*
 * Waiting for the turn of a workflow whose `concurrency` says so.
 */
#ifndef RUN_TURN_H
#define RUN_TURN_H

#include "run/session.h"

/* Told once for each run that is waited for. `group`: NULL, or the group it holds. */
typedef void turn_tell_fn(void *data, const char *run, const char *group);

bool turn_may_wait(const struct session *session);
/* Waits until nobody holds what the loaded workflow needs; with cancel_in_progress the holder is asked
 * to end. 1: it had to wait, and what was read of the tree before may be old; 0; -1. A signal ends the
 * process as ever. */
int turn_wait(struct session *session, turn_tell_fn *tell, void *data, struct err *err);

/* Ends the processes of all runs whose engine died in the worktree with this git directory, which is
 * about to go. */
void turn_end_left(const char *git_dir);

#endif
