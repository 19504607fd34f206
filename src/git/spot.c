/*
 * Opening and making what is above a path.
 */
#include "spot_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fs.h"

void spot_close(struct spot *spot)
{
	if (spot->dirfd >= 0)
		close(spot->dirfd);
}

int spot_open(struct spot *spot, int top_fd, const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	struct err why CLEANUP(err_release) = ERR_INIT;

	spot->name = slash ? slash + 1 : path;
	if (!slash) {
		spot->dirfd = fcntl(top_fd, F_DUPFD_CLOEXEC, 0);
		return spot->dirfd < 0 ? -1 : 0;
	}
	spot->dirfd = fs_open_beneath(top_fd, arena_strndup(arena, path, (size_t)(slash - path)),
				      O_RDONLY | O_DIRECTORY, 0, &why);
	if (spot->dirfd >= 0)
		return 0;
	return why.kind == ERR_NOT_FOUND ? 1 : -1;
}

int spot_make(struct spot *spot, int top_fd, const char *path, struct strmap *made,
	      struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	struct spot above = { .dirfd = -1 };
	int status = spot_open(spot, top_fd, path, arena);
	const char *dir;

	if (status <= 0)
		return status;
	dir = arena_strndup(arena, path, (size_t)(slash - path));
	if (spot_make(&above, top_fd, dir, made, arena) != 0)
		return -1;
	status = mkdirat(above.dirfd, above.name, 0777);
	if (status == 0 && made)
		strmap_put(made, dir, made);
	else if (status != 0 && errno == EEXIST)
		status = 0;
	spot_close(&above);
	return status == 0 && spot_open(spot, top_fd, path, arena) == 0 ? 0 : -1;
}
