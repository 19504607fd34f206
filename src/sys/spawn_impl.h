/*
 * Between spawn.c and spawn_explain.c.
 */
#ifndef SYS_SPAWN_IMPL_H
#define SYS_SPAWN_IMPL_H

#include <stdbool.h>

#include "sys/spawn.h"

/* A text file, by its first bytes: what a shell would run line by line. */
bool spawn_is_script(const char *file, const char *dir);

/* Finds out why posix_spawn failed with `cause`. `file` is what was tried, NULL: nothing was found.
 * Always returns -1. */
int spawn_explain(const struct spawn_request *request, const char *file, int cause,
		  struct err *err);

#endif
