/*
 * A snapshot gets its names: both at once, and only when all that they lead to is on the disk.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_impl.h"
#include "sys/fs.h"

#define REFS_DEPTH 2 /* refs/wf/<run>/<n> */

/* A git that was killed has left its lock, and nobody else makes refs of this run: it is not held. */
static void free_names(const struct snapshot_work *work, const struct snapshot *snapshot)
{
	const char *dir = arena_join(work->arena, work->request->repo->common_dir, "/",
				     snapshot->ref);

	unlink(arena_join(work->arena, dir, "/tree.lock", ""));
	unlink(arena_join(work->arena, dir, "/raw.lock", ""));
}

int snapshot_write_refs(const struct snapshot_work *work, const struct snapshot *snapshot,
			struct err *err)
{
	static const char *const args[] = { "update-ref", "--no-deref", "-z", "--stdin", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	strbuf_addf(&text, "create %s/tree%c%s%c", snapshot->ref, 0, snapshot->tree, 0);
	strbuf_addf(&text, "create %s/raw%c%s%c", snapshot->ref, 0, snapshot->raw, 0);
	free_names(work, snapshot);
	if (snapshot_git(work, NULL, args, &text, NULL, NULL, err) != 0)
		return -1;
	return ref_sync_name(work->request->repo, snapshot->ref, work->arena, err);
}

/* ---- What a git that was killed left ------------------------------------------------------------- */

static bool is_lock(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".lock");
}

static void remove_lock(int dirfd, const char *name, int64_t before_s)
{
	struct stat st;

	if (is_lock(name) && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_mtime < before_s)
		unlinkat(dirfd, name, 0);
}

static void remove_locks_below(int dirfd, const char *path, int depth, int64_t before_s)
{
	struct fs_entry entry;
	struct fs_dir dir;

	if (fs_dir_open(&dir, dirfd, path, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		if (entry.type != DT_DIR)
			remove_lock(fs_dir_fd(&dir), entry.name, before_s);
		else if (depth > 0)
			remove_locks_below(fs_dir_fd(&dir), entry.name, depth - 1, before_s);
	}
	fs_dir_close(&dir);
}

void snapshot_remove_locks(const struct repo *repo, int64_t before_s)
{
	struct arena arena CLEANUP(arena_release) = { 0 };

	remove_locks_below(AT_FDCWD, arena_join(&arena, repo->common_dir, "/" SNAPSHOT_REFS, ""),
			   REFS_DEPTH, before_s);
}
