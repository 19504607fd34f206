/*
 * Input: a pattern, a line feed, a path. What matches must never be pruned.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pruning(const struct glob *glob, char *path)
{
	for (char *slash; (slash = strrchr(path, '/')) && slash > path;) {
		*slash = '\0';
		if (!glob_may_match_below(glob, path))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = arena_strndup(&arena, (const char *)data, size);
	char *path = strchr(text, '\n');
	struct glob *glob;

	if (path)
		*path++ = '\0';
	else
		path = text + strlen(text);
	glob = glob_compile(&arena, text);
	if (glob_literal_prefix(text) > strlen(text))
		abort();
	if (glob_match(glob, path))
		check_pruning(glob, path);
	arena_release(&arena);
	return 0;
}
