/*
 * Ending all that a step started, also what left its process group. Three nets: the group; orphans,
 * which come to us because we are the subreaper; and a cookie in the environment, which finds the
 * processes of a run that crashed. A pid is never trusted without its start time.
 *
 * Only the group works where there is no /proc (macOS): the other lists are then empty.
 */
#ifndef SYS_TREE_H
#define SYS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/vec.h"

struct tree_process {
	pid_t pid;
	uint64_t start_ticks; /* since boot, as in /proc/PID/stat */
};

/* Zeroed is empty. */
struct tree_list {
	VEC(struct tree_process) processes;
};

void tree_list_release(struct tree_list *list);

/* Orphans below us become our children instead of init's. 0; -1 where that does not exist. */
int tree_become_subreaper(void);

/* 0: sent; 1: the group is empty; -1. */
int tree_signal_group(pid_t group, int signo, struct err *err);

/* 0: no such process (a zombie still has one). */
uint64_t tree_start_ticks(pid_t pid);
/* Start times without a look at /proc, which waits for the child's exec to be over: a child was made
 * between two looks at the clock that the kernel takes start times from, and if both are in one tick
 * (mostly 10 ms), that is its start. Believed only when it was right a few times. Zeroed is new. */
struct tree_births {
	uint64_t before_ticks;
	unsigned n_right;
	bool is_wrong;
};
void tree_birth_begin(struct tree_births *births);		  /* right before the start… */
uint64_t tree_birth_ticks(struct tree_births *births, pid_t pid); /* …and after: as start_ticks */

/* The process there is now is the one of then, and it is not a zombie. */
bool tree_is_alive(const struct tree_process *process);

#define TREE_BOOT_ID_LEN 36
/* Start times and pids mean something only together with it. Returns 0, or -1 with "" in `id`. */
int tree_boot_id(char id[TREE_BOOT_ID_LEN + 1]);

/* Our children that are not in `known`, and everything below them. With `variable` ("WF_COOKIE=x")
 * only those that have it in their environment, or are below one that has. */
void tree_find_escaped(const pid_t *known, size_t n_known, const char *variable,
		       struct tree_list *list);
/* Everything below `root`, without root itself. */
void tree_find_below(pid_t root, struct tree_list *list);
/* All processes of this user with the variable ("WF_COOKIE=x") in the environment they began with;
 * never ourselves. */
void tree_find_by_variable(const char *variable, struct tree_list *list);

/* Sends to those that are still the same; returns how many. No race where there are pidfds. */
size_t tree_signal_list(const struct tree_list *list, int signo);
void tree_drop_ended(struct tree_list *list);
/* The same; those that were our children are reaped. */
void tree_reap_ended(struct tree_list *list);

/* TERM (and CONT), up to grace_ms of waiting, KILL, again up to 1 s of waiting. Blocks, and reaps
 * those of the list that are our children: for start-up and the end, not inside the loop. Returns
 * how many are left. */
size_t tree_kill_all(struct tree_list *list, uint64_t grace_ms);

#endif
