/*
 * Of the compiled plans of a folder the oldest give way: our own names, and temporary files that
 * somebody left behind long ago.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "store/planfile_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define PLANS_KEPT  32
#define TEMP_OLD_MS 3600000

struct old_plan {
	char name[DIGEST_HEX_LEN + 1];
	int64_t mtime_ns;
};

static int compare_age(const void *a, const void *b)
{
	const struct old_plan *x = a, *y = b;

	return x->mtime_ns > y->mtime_ns ? -1 : x->mtime_ns < y->mtime_ns;
}

void plan_remove_old(const char *plans_dir)
{
	VEC(struct old_plan) plans = { 0 };
	struct old_plan plan;
	struct fs_dir dir;
	struct fs_entry entry;
	struct file_id id;
	size_t i;

	if (fs_dir_open(&dir, AT_FDCWD, plans_dir, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		size_t len = strlen(entry.name);

		if (len != DIGEST_HEX_LEN && entry.name[0] != '.')
			continue;
		if (fs_stat(fs_dir_fd(&dir), entry.name, &id, NULL) != 0 || !S_ISREG(id.mode))
			continue;
		if (len == DIGEST_HEX_LEN) {
			memcpy(plan.name, entry.name, sizeof plan.name);
			plan.mtime_ns = id.mtime_ns;
			vec_push(&plans, plan);
		} else if (clock_realtime_ms() - id.mtime_ns / 1000000 > TEMP_OLD_MS) {
			unlinkat(fs_dir_fd(&dir), entry.name, 0);
		}
	}
	if (plans.n > PLANS_KEPT)
		qsort(plans.v, plans.n, sizeof *plans.v, compare_age);
	for (i = PLANS_KEPT; i < plans.n; i++)
		unlinkat(fs_dir_fd(&dir), plans.v[i].name, 0);
	fs_dir_close(&dir);
	vec_release(&plans);
}
