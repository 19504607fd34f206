/*
 * See sys/self.h.
 */
#include "sys/self.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

const char *self_path(struct arena *arena, struct err *err)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self);

	if (len < 0) {
		err_errno(err, "cannot tell where this program is");
		return NULL;
	}
	return arena_strndup(arena, self, (size_t)len);
}

const char *self_find(const char *const *places, size_t n, int mode, const char **folder,
		      struct arena *arena, struct err *err)
{
	const char *self = self_path(arena, err), *own, *unusable = NULL;
	int why = 0;

	if (!self)
		return NULL;
	own = arena_strndup(arena, self, (size_t)(strrchr(self, '/') - self));
	if (folder)
		*folder = own;
	for (size_t i = 0; i < n; i++) {
		const char *path = arena_join(arena, own, places[i], "");

		if (access(path, mode) == 0)
			return path;
		if (!unusable && errno != ENOENT && errno != ENOTDIR) {
			unusable = path;
			why = errno;
		}
	}
	errno = why;
	if (unusable)
		err_errno(err, "cannot use '%s'", unusable);
	return NULL;
}
