/*
 * See helper_impl.h.
 */
#include "helper_impl.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"

const char *helper_find(struct arena *arena, const char *name, struct err *err)
{
	static const char *const places[] = { "/libexec/git-wf/", "/../libexec/git-wf/" };
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (len < 0) {
		err_errno(err, "cannot tell where git-wf is");
		return NULL;
	}
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *path = arena_printf(arena, "%s%s%s", self, places[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	err_set(err, ERR_SYSTEM,
		"the helper program %s is missing: neither in %s/libexec/git-wf nor in "
		"%s/../libexec/git-wf",
		name, self, self);
	return NULL;
}
