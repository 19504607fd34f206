/*
 * The index as a file: where it is, and copies of it.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "index_impl.h"

const char *index_resolve(const char *path, struct arena *arena)
{
	char target[PATH_MAX];

	if (readlink(path, target, sizeof target) < 0 || !realpath(path, target))
		return path;
	return arena_strdup(arena, target);
}

const char *index_path(const struct repo *repo, struct arena *arena)
{
	return index_resolve(arena_join(arena, repo->git_dir, "/index", ""), arena);
}

int index_copy(const char *from, const char *to, struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (fs_copy(AT_FDCWD, from, AT_FDCWD, to, FS_FOLLOW | FS_KEEP_TIME, &why) == 0)
		return 0;
	return why.kind == ERR_NOT_FOUND ? 1 : err_set(err, why.kind, "%s", err_msg(&why));
}
