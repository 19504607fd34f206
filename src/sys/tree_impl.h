/*
 * Between tree.c and tree_proc.c: one look at a process.
 */
#ifndef SYS_TREE_IMPL_H
#define SYS_TREE_IMPL_H

#include <stdint.h>
#include <sys/types.h>

struct tree_stat {
	char state; /* 'R', 'S', 'Z', … */
	pid_t parent;
	uint64_t start_ticks;
};

/* 0, or -1: no such process, or no /proc. */
int tree_read_stat(pid_t pid, struct tree_stat *stat);

#endif
