/*
 * What git writes for us, objects and refs: where it goes, and when its names may be relied on. Each git that we
 * start syncs what it writes (git/cmd.c), but not the names that it gets.
 */
#ifndef GIT_OBJECTS_IMPL_H
#define GIT_OBJECTS_IMPL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "git/discover.h"

/* Settings of git: an index too; nothing, where it is synced by other means or nobody's after a power cut. */
#define OBJECTS_SYNCED	 "core.fsync=all"
#define OBJECTS_UNSYNCED "core.fsync=none"

/* The names of all objects are on the disk. */
int objects_sync_names(const struct repo *repo, struct arena *arena, struct err *err);

/* The name of a ref ("refs/…") is on the disk, with those of its folders. */
int ref_sync_name(const struct repo *repo, const char *ref, struct arena *arena, struct err *err);

/* New objects can go into a folder of their own. Not where git could not read the path of the others, nor
 * below a hook that sees objects which are just pushed. */
bool objects_can_be_apart(const struct repo *repo, struct arena *arena);
/* Variables of git for that; those of the repository are found as ever. */
void objects_apart(const struct repo *repo, const char *folder, struct arena *arena,
		   const char *env[2]);

#endif
