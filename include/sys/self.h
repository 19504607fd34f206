/*
 * The program that runs: where it is, and what was installed with it.
 */
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Its path, all links followed. NULL with err. */
const char *self_path(struct arena *arena, struct err *err);

/* The first of these places ("/../share/x") that may be accessed (R_OK, X_OK), seen from the folder it is in,
 * which *folder (or NULL) gets. NULL: with err one is there but cannot be used, or it is not known where
 * the program is; else it has none of them. */
const char *self_find(const char *const *places, size_t n, int mode, const char **folder,
		      struct arena *arena, struct err *err);

#endif
