/*
 * What a git directory looks like from outside, without git.
 */
#ifndef GIT_GITDIR_IMPL_H
#define GIT_GITDIR_IMPL_H

#include <stdbool.h>

#include "base/arena.h"

/* Is `dir` a git directory (HEAD, objects and refs are there and look it)? */
bool gitdir_is_valid(const char *dir);

/* Is `worktree`/.git a git directory, or a file that points to one? */
bool gitdir_has_repository(const char *worktree);

/* Where the file `path` ("gitdir: DIR") points, resolved; NULL: it is none, or points nowhere. */
const char *gitdir_read_link(const char *path, struct arena *arena);

/* The directory that holds what all worktrees share; `dir` itself if it is no linked worktree's. NULL:
 * it cannot be resolved. */
const char *gitdir_find_common(const char *dir, struct arena *arena);

/* realpath() into the arena, or NULL. A relative `path` counts from `base`. */
const char *gitdir_resolve(const char *base, const char *path, struct arena *arena);

/* First line of a small file, or NULL. */
const char *gitdir_read_line(const char *path, struct arena *arena);

#endif
