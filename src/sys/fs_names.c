/*
 * The names in a directory, in an order that does not change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sys/fs.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

int fs_list_names(int dirfd, const char *path, const char *suffix, struct fs_names *names,
		  struct err *err)
{
	struct fs_dir dir;
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, dirfd, path, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0) {
		if (*entry.name != '.' && ends_in(entry.name, suffix))
			vec_push(&names->list, xstrdup(entry.name));
	}
	fs_dir_close(&dir);
	if (names->list.n)
		qsort(names->list.v, names->list.n, sizeof *names->list.v, compare_names);
	return rc;
}

void fs_names_release(struct fs_names *names)
{
	for (size_t i = 0; i < names->list.n; i++)
		free(names->list.v[i]);
	vec_release(&names->list);
}
