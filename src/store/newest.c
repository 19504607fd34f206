/*
 * See store/newest.h.
 */
#include "store/newest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/vec.h"
#include "store/leftover.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define NAME_MAX_BYTES (DIGEST_HEX_LEN + 16)

struct kept_file {
	char name[NAME_MAX_BYTES];
	int64_t mtime_ns;
};

struct kept_files {
	const char *suffix;
	VEC(struct kept_file) list;
};

static int compare_age(const void *a, const void *b)
{
	const struct kept_file *x = a, *y = b;

	return x->mtime_ns > y->mtime_ns ? -1 : x->mtime_ns < y->mtime_ns;
}

static bool is_ours(const char *name, const char *suffix)
{
	size_t len = strlen(name);

	return len < NAME_MAX_BYTES && len == DIGEST_HEX_LEN + strlen(suffix) &&
	       strcmp(name + DIGEST_HEX_LEN, suffix) == 0;
}

static void look_at(struct kept_files *files, int dirfd, const char *name)
{
	struct kept_file file;
	struct file_id id;
	bool is_temp = name[0] == '.';

	if ((!is_temp && !is_ours(name, files->suffix)) || fs_stat(dirfd, name, &id, NULL) != 0 ||
	    !S_ISREG(id.mode))
		return;
	if (is_temp) {
		if (clock_realtime_ms() - id.mtime_ns / 1000000 > LEFTOVER_AGE_MS)
			unlinkat(dirfd, name, 0);
		return;
	}
	memcpy(file.name, name, strlen(name) + 1);
	file.mtime_ns = id.mtime_ns;
	vec_push(&files->list, file);
}

void newest_keep(const char *dir, const char *suffix, size_t n_kept)
{
	struct kept_files files = { .suffix = suffix };
	struct fs_entry entry;
	struct fs_dir opened;

	if (fs_dir_open(&opened, AT_FDCWD, dir, NULL) != 0)
		return;
	while (fs_dir_next(&opened, &entry, NULL) > 0)
		look_at(&files, fs_dir_fd(&opened), entry.name);
	if (files.list.n > n_kept)
		qsort(files.list.v, files.list.n, sizeof *files.list.v, compare_age);
	for (size_t i = n_kept; i < files.list.n; i++)
		unlinkat(fs_dir_fd(&opened), files.list.v[i].name, 0);
	fs_dir_close(&opened);
	vec_release(&files.list);
}
