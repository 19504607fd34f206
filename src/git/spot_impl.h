/*
 * Where a path is: the directory above it, reached from an open one through no link.
 */
#ifndef GIT_SPOT_IMPL_H
#define GIT_SPOT_IMPL_H

#include "base/arena.h"
#include "base/strmap.h"

struct spot {
	int dirfd;	  /* -1: not open */
	const char *name; /* the path's last part */
};

/* 0; 1: a directory above it is missing, or none; -1. */
int spot_open(struct spot *spot, int top_fd, const char *path, struct arena *arena);

/* The same, with the directories that are missing. `made` (or NULL) gets their paths. */
int spot_make(struct spot *spot, int top_fd, const char *path, struct strmap *made,
	      struct arena *arena);

void spot_close(struct spot *spot);

#endif
