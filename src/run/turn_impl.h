/*
 * Runs of one workflow in one worktree take turns: two at once would write the same outputs. The lock
 * dies with its holder; the file says whose it is or was, so that the next one can end what a killed
 * engine left running.
 */
#ifndef RUN_TURN_IMPL_H
#define RUN_TURN_IMPL_H

#include "run/session.h"
#include "sys/lock.h"

/* ERR_BUSY naming the run that is at work. *died: id of a run that ended without saying so, or NULL. */
int turn_take(struct session *session, const char *run_id, struct lock *lock, const char **died,
	      struct err *err);
/* The run ended as it should. */
void turn_end(struct session *session, struct lock *lock);

/* Ends the processes of a run whose engine died, found by the run's id in their environment. Returns
 * how many there were. */
size_t turn_end_orphans(const char *run_id, uint64_t grace_ms);

#endif
