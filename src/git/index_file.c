/*
 * The index as a file: where it is, and copies of it.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "index_impl.h"

#define LINKS_MAX 5 /* git's */

static const char *in_folder_of(const char *path, const char *name, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	if (*name == '/' || !slash)
		return arena_strdup(arena, name);
	return arena_join(arena, arena_strndup(arena, path, (size_t)(slash - path) + 1), name, "");
}

const char *index_resolve(const char *path, struct arena *arena)
{
	char target[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t len = readlink(path, target, sizeof target - 1);

		if (len < 0)
			break;
		target[len] = '\0';
		path = in_folder_of(path, target, arena);
	}
	return path;
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
	return why.kind == ERR_NOT_FOUND ? 1 : err_copy(err, &why);
}
