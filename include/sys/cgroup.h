/*
 * Control groups (version 2): what a step and all that it starts take together. A group of ours is made
 * below the nearest group, at or above our own, that hands the wanted controllers on and may be written
 * to; whether there is one is the machine's affair, and nobody's fault.
 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { CGROUP_MEMORY = 1, CGROUP_PIDS = 2 }; /* controllers */

struct cgroup_limits { /* 0: none */
	uint64_t memory_bytes, processes;
};

struct cgroup_events {		/* since the group was made */
	uint64_t oom_kills;	/* processes ended for want of memory */
	uint64_t refused_forks; /* because there were as many as may be */
};

/* The folder below which a group with these controllers can be made. `proc` is "/proc/self", or what
 * stands for it in a test: its files `cgroup` and `mountinfo`. NULL: there is none, err says why. */
const char *cgroup_find(const char *proc, unsigned controllers, struct arena *arena,
			struct err *err);

/* Makes the group `name` there. NULL: it could not be made, or not be given its limits. */
const char *cgroup_make(const char *parent, const char *name, const struct cgroup_limits *limits,
			struct arena *arena, struct err *err);
/* This process, and all that it starts from now on. */
int cgroup_join(const char *group, struct err *err);
void cgroup_read_events(const char *group, struct cgroup_events *events);
/* Those that begin so and have nobody in them: their maker was killed. */
void cgroup_sweep(const char *parent, const char *prefix);
/* 0; 1: somebody is in it; -1. One that is gone is fine. */
int cgroup_remove(const char *group, struct err *err);

#endif
