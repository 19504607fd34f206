/*
 * Input: paths, one a line; an empty line; an ignore file. Any path is hidden or not, in bounded time, and
 * a list that hides everything hides each.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "git/ignore_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct ignore_list *list, const char *path, bool is_dir)
{
	const char *slash = strrchr(path, '/');
	struct ignore_path asked = { .path = path,
				     .len = strlen(path),
				     .name = slash ? slash + 1 : path,
				     .is_dir = is_dir };

	asked.name_len = strlen(asked.name);
	if (!ignore_is_hidden(list, &asked) && list->ignores_all)
		abort();
}

static void ask_all(const struct ignore_list *list, char *paths)
{
	for (char *path = paths, *next; path && *path; path = next) {
		next = strchr(path, '\n');
		if (next)
			*next++ = '\0';
		if (!*path || path[strlen(path) - 1] == '/') /* no path has an empty name */
			continue;
		ask(list, path, false);
		ask(list, path, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *paths = arena_strndup(&arena, (const char *)data, size);
	char *rules = strstr(paths, "\n\n");
	const struct ignore_list *list;

	if (rules) {
		rules[1] = '\0';
		rules += 2;
		list = ignore_parse(&arena, rules, strlen(rules), 0, NULL, size & 1);
		if (list)
			ask_all(list, paths);
	}
	arena_release(&arena);
	return 0;
}
