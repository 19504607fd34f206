/*
 * See objects_impl.h.
 */
#include "objects_impl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sys/fs.h"

static const char *folder_of(const struct repo *repo, struct arena *arena)
{
	return arena_join(arena, repo->common_dir, "/objects", "");
}

/* One in which nothing changed costs next to nothing; one that is gone, as git removes it when it packs what was
 * in it, has nothing of ours. */
int objects_sync_names(const struct repo *repo, struct arena *arena, struct err *err)
{
	struct fs_entry entry;
	struct fs_dir dir;
	int status;

	if (fs_dir_open(&dir, AT_FDCWD, folder_of(repo, arena), err) != 0)
		return -1;
	while ((status = fs_dir_next(&dir, &entry, err)) > 0)
		if (strlen(entry.name) == 2 &&
		    fs_sync_dir_if_any(fs_dir_fd(&dir), entry.name, err) != 0) {
			status = -1;
			break;
		}
	if (status == 0)
		status = fs_sync_dir(fs_dir_fd(&dir), ".", err);
	fs_dir_close(&dir);
	return status;
}

/* Up to the folder that every repository has. A ref that is a file is synced by git, and packed ones are. */
int ref_sync_name(const struct repo *repo, const char *ref, struct arena *arena, struct err *err)
{
	char *path = arena_join(arena, repo->common_dir, "/", ref);
	size_t shortest = strlen(repo->common_dir) + strlen("/refs");

	for (; strlen(path) >= shortest; *strrchr(path, '/') = '\0')
		if (fs_sync_dir_if_any(AT_FDCWD, path, err) != 0)
			return -1;
	return 0;
}

bool objects_can_be_apart(const struct repo *repo, struct arena *arena)
{
	return !strpbrk(folder_of(repo, arena), ":\"\n") && !getenv("GIT_QUARANTINE_PATH");
}

void objects_apart(const struct repo *repo, const char *folder, struct arena *arena,
		   const char *env[2])
{
	env[0] = arena_join(arena, "GIT_OBJECT_DIRECTORY=", folder, "");
	env[1] = arena_join(arena, "GIT_ALTERNATE_OBJECT_DIRECTORIES=", folder_of(repo, arena), "");
}
