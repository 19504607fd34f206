/*
 * See helper_impl.h.
 */
#include "helper_impl.h"

#include <unistd.h>

#include "base/compat.h"
#include "sys/self.h"

const char *helper_find(struct arena *arena, const char *name, struct err *err)
{
	const char *const places[] = { arena_join(arena, "/libexec/git-wf/", name, ""),
				       arena_join(arena, "/../libexec/git-wf/", name, "") };
	const char *folder = NULL;
	const char *path = self_find(places, ARRAY_SIZE(places), X_OK, &folder, arena, err);

	if (!path && err->kind == ERR_NONE)
		err_set(err, ERR_SYSTEM,
			"the helper program %s is missing: neither in %s/libexec/git-wf nor in "
			"%s/../libexec/git-wf",
			name, folder, folder);
	return path;
}
