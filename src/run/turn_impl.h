/*
 * Runs of one workflow in one worktree take turns: two at once would write the same outputs. The lock
 * dies with its holder; the file says whose it is or was, so that the next one can end what a killed
 * engine left running.
 */
#ifndef RUN_TURN_IMPL_H
#define RUN_TURN_IMPL_H

#include "base/vec.h"
#include "run/session.h"
#include "sys/lock.h"

struct run_names {
	VEC(const char *) list;
};

struct turn {
	struct lock own, group;		      /* of the workflow; of `concurrency.group` */
	struct run_names died, died_in_group; /* runs that ended without saying so */
};

#define TURN_NOT_HELD                                        \
	{                                                    \
		.own = LOCK_NOT_HELD, .group = LOCK_NOT_HELD \
	}

/* ERR_BUSY naming the run that is at work. */
int turn_take(struct session *session, const char *run_id, struct turn *turn, struct err *err);
/* Ends what those that died left running, and forgets them. Returns how many processes there were. */
size_t turn_end_died(struct turn *turn, const char *run_id, uint64_t grace_ms);
/* The run ended as it should. */
void turn_end(struct turn *turn);

const char *turn_path(struct session *session);
const char *turn_group_path(struct session *session);		    /* NULL: no group */
const char *turn_holder(struct session *session, const char *path); /* run's id, or NULL */

/* Ends the processes of a run whose engine died, found by the run's id in their environment. Returns
 * how many there were. */
size_t turn_end_orphans(const char *run_id, uint64_t grace_ms);

/* ---- turn_name.c ---- */

/* session->group. -1: a value does not do, with an error in the workflow's diagnostics and none else. */
int turn_name_group(struct session *session);
/* What names its file: other bytes than [A-Za-z0-9_.-] are written %XX. */
const char *turn_group_file(const char *group, struct arena *arena);

/* ---- rate.c ---- */

/* ERR_BUSY, with the instant from which on it may: the workflow has run as often as its `rate` says. */
int rate_check(struct session *session, int64_t now_ms, struct err *err);

#endif
