/*
 * See store/leftover.h. Temporary files are named ".<name>.<hex>.tmp" (sys/fs_replace.c).
 */
#include "store/leftover.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sys/fs.h"
#include "sys/lock.h"

#define CACHE_DEPTH   2 /* wf/objects/ab */
#define PLANS_DEPTH   0
#define SCRATCH_DEPTH 2 /* scratch/raw/info */
#define RUN_DEPTH     1 /* logs, artifacts */

struct sweep {
	int64_t now_ms;
	bool all; /* not only what has the name of a temporary file */
	uint64_t n_removed;
};

static bool is_temp_name(const char *name)
{
	size_t len = strlen(name), hex;

	if (name[0] != '.' || len < 6 || strcmp(name + len - 4, ".tmp") != 0)
		return false;
	for (hex = 0; hex < len - 5 && strchr("0123456789abcdef", name[len - 5 - hex]); hex++)
		;
	return hex > 0 && len - 5 - hex > 1 && name[len - 5 - hex] == '.';
}

static void look_at_file(struct sweep *sweep, int dirfd, const char *name)
{
	struct stat st;

	if ((!sweep->all && !is_temp_name(name)) ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode) ||
	    sweep->now_ms - (int64_t)st.st_mtime * 1000 < LEFTOVER_AGE_MS)
		return;
	if (unlinkat(dirfd, name, 0) == 0)
		sweep->n_removed++;
}

static void sweep_dir(struct sweep *sweep, const char *path, int depth)
{
	struct strbuf below CLEANUP(strbuf_release) = STRBUF_INIT;
	struct fs_entry entry;
	struct fs_dir dir;

	if (fs_dir_open(&dir, AT_FDCWD, path, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		if (entry.type != DT_DIR) {
			look_at_file(sweep, fs_dir_fd(&dir), entry.name);
		} else if (depth > 0) {
			strbuf_clear(&below);
			strbuf_addf(&below, "%s/%s", path, entry.name);
			sweep_dir(sweep, below.buf, depth - 1);
		}
	}
	fs_dir_close(&dir);
}

/* The files of attempts are those of a running engine, however old, or of none. */
static void sweep_run(struct sweep *sweep, const char *dir)
{
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;

	sweep_dir(sweep, dir, RUN_DEPTH);
	strbuf_addf(&path, "%s/lock", dir);
	if (lock_probe(AT_FDCWD, path.buf, NULL) != 0)
		return;
	strbuf_clear(&path);
	strbuf_addf(&path, "%s/io", dir);
	sweep->all = true;
	sweep_dir(sweep, path.buf, 0);
	sweep->all = false;
}

uint64_t leftover_remove_from(const char *dir, int64_t now_unix_ms)
{
	struct sweep sweep = { .now_ms = now_unix_ms };

	sweep_dir(&sweep, dir, 0);
	return sweep.n_removed;
}

uint64_t leftover_remove(const struct layout *layout, int64_t now_unix_ms)
{
	struct sweep sweep = { .now_ms = now_unix_ms };
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout_runs runs = { 0 };
	size_t i;

	sweep_dir(&sweep, layout->cache_dir, CACHE_DEPTH);
	sweep_dir(&sweep, layout->plans_dir, PLANS_DEPTH);
	sweep_dir(&sweep, layout->scratch_dir, SCRATCH_DEPTH);
	sweep_dir(&sweep, layout->runs_dir, 0);
	if (layout_list_runs(layout, &arena, &runs, NULL) < 0)
		return sweep.n_removed;
	for (i = 0; i < runs.n; i++)
		sweep_run(&sweep, layout_run_dir(layout, &arena, runs.ids[i]));
	return sweep.n_removed;
}
