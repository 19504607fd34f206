/*
 * What a restore needs before its first write: every path as it shall be and as it is expected, as real
 * files with their permissions. git writes them, with every conversion turned off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/cmd.h"
#include "raw_repo_impl.h"
#include "restore_impl.h"
#include "sys/fs.h"

#define READY "ready" /* both copies are whole and on the disk */

struct side {
	const char *name; /* folder/<name> */
	bool is_new;
};

static uint32_t mode_of(const struct snapshot_change *change, const struct side *side)
{
	return side->is_new ? change->new_mode : change->old_mode;
}

static bool is_file(uint32_t mode)
{
	return S_ISREG(mode) || S_ISLNK(mode);
}

static void list_entries(const struct restore_work *work, const struct side *side,
			 struct strbuf *entries, struct strbuf *paths)
{
	for (size_t i = 0; i < work->n_changes; i++) {
		const struct snapshot_change *change = &work->changes[i];

		if (!is_file(mode_of(change, side)))
			continue;
		strbuf_addf(entries, "%o %s\t%s", (unsigned)mode_of(change, side),
			    side->is_new ? change->new_oid : change->old_oid, change->path);
		strbuf_addch(entries, 0);
		strbuf_add(paths, change->path, strlen(change->path) + 1);
	}
}

static int check_out(const struct restore_work *work, const struct side *side, struct err *err)
{
	const char *dir = arena_join(work->arena, work->request->folder, "/", side->name);
	const char *prefix = arena_join(work->arena, "--prefix=", dir, "/");
	const char *index = arena_join(work->arena, dir, ".index", "");
	const char *load[] = { "update-index", "-z", "--index-info", NULL };
	const char *write[] = { "checkout-index", "-q", "-f", "-z", "--stdin", prefix, NULL };
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf paths CLEANUP(strbuf_release) = STRBUF_INIT;
	struct raw_repo raw;

	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) != 0)
		return -1;
	list_entries(work, side, &entries, &paths);
	if (!paths.len)
		return 0;
	if (raw_repo_open(&raw, work->request->repo, work->request->scratch, work->arena, err) != 0)
		return -1;
	raw.index = index;
	if (raw_repo_run(&raw, work->arena, load, &entries, NULL, err) != 0)
		return -1;
	return raw_repo_run(&raw, work->arena, write, &paths, NULL, err);
}

/* Permissions, and onto the disk. */
static int finish_file(int dirfd, const char *path, uint32_t perm, struct err *err)
{
	int fd = fs_open_beneath(dirfd, path, O_RDONLY | O_NOFOLLOW, 0, err);
	int status = 0;

	if (fd < 0)
		return -1;
	if (fchmod(fd, perm) != 0)
		status = err_errno(err, "cannot set the permissions of '%s'", path);
	else if (fsync(fd) != 0)
		status = err_errno(err, "cannot write '%s' to the disk", path);
	close(fd);
	return status;
}

static int open_side(const struct restore_work *work, const struct side *side, int *fd,
		     struct err *err)
{
	const char *dir = arena_join(work->arena, work->request->folder, "/", side->name);

	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? err_errno(err, "cannot open '%s'", dir) : 0;
}

static int make_side(const struct restore_work *work, const struct side *side, struct err *err)
{
	int fd, status = 0;

	if (check_out(work, side, err) != 0 || open_side(work, side, &fd, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_changes && status == 0; i++) {
		const struct snapshot_change *change = &work->changes[i];

		if (S_ISREG(mode_of(change, side)))
			status = finish_file(fd, change->path,
					     side->is_new ? change->new_perm : change->old_perm,
					     err);
	}
	close(fd);
	return status;
}

/* Both sides and their directories are on the disk before the word that says so. */
static int make_sides(struct restore_work *work, const struct side sides[2], struct err *err)
{
	int fd, status = 0;

	const char *removed = arena_join(work->arena, work->request->folder, "/removed", "");

	if (fs_remove_tree(AT_FDCWD, work->request->folder, err) != 0 ||
	    fs_mkdir_p(AT_FDCWD, removed, 0700, err) != 0 || make_side(work, &sides[0], err) != 0 ||
	    make_side(work, &sides[1], err) != 0)
		return -1;
	fd = open(work->request->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "cannot open '%s'", work->request->folder);
#ifdef __linux__
	if (syncfs(fd) != 0)
		status = err_errno(err, "cannot write '%s' to the disk", work->request->folder);
#endif
	if (status == 0)
		status = fs_replace(fd, READY, 0600, "", 0, FS_DURABLE, err);
	close(fd);
	return status;
}

/* ---- After an earlier try ---------------------------------------------------------------------- */

/* wanted/<path> holds, if that try came to the path: nothing (it was made), what it shall get (still to be
 * exchanged) or what was expected (done); removed/<path> nothing or what was expected. Anything else was
 * taken out by mistake, and the try died before it was put back. */
static bool is_strange(const struct restore_work *work, const struct snapshot_change *change)
{
	int fd = restore_find_taken(work, change);
	struct file_id id;

	if (!is_file(change->new_mode) || fs_stat(fd, change->path, &id, NULL) != 0)
		return false;
	if (restore_is_same(fd, change->path, work->expected_fd, change->path))
		return false;
	return !is_file(change->old_mode) ||
	       !restore_is_same(fd, change->path, work->reference_fd, change->path);
}

static int go_on(struct restore_work *work, struct err *err)
{
	static const struct side again = { .name = "again" };
	const char *dir = arena_join(work->arena, work->request->folder, "/again", "");

	if (fs_remove_tree(AT_FDCWD, dir, err) != 0 || make_side(work, &again, err) != 0 ||
	    open_side(work, &again, &work->reference_fd, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_changes; i++)
		if (is_strange(work, &work->changes[i]) &&
		    restore_return(work, &work->changes[i], err) != 0)
			return -1;
	return 0;
}

static void leave_again(struct restore_work *work, const char *path)
{
	for (size_t i = 0; i < work->items.n; i++)
		if (!strcmp(work->items.v[i].name, path)) {
			work->items.v[i].result = RESTORE_LEFT;
			work->items.v[i].why = "it was written to meanwhile";
		}
}

int restore_look_again(struct restore_work *work, struct err *err)
{
	for (size_t i = 0; i < work->n_changes; i++) {
		if (!is_strange(work, &work->changes[i]))
			continue;
		if (restore_return(work, &work->changes[i], err) != 0)
			return -1;
		leave_again(work, work->changes[i].path);
	}
	return 0;
}

int restore_stage(struct restore_work *work, struct err *err)
{
	static const struct side sides[2] = { { .name = "wanted" },
					      { .name = "expected", .is_new = true } };
	static const struct side removed = { .name = "removed" };
	const char *ready = arena_join(work->arena, work->request->folder, "/" READY, "");
	bool is_repeated = access(ready, F_OK) == 0;

	if (!is_repeated && make_sides(work, sides, err) != 0)
		return -1;
	if (open_side(work, &sides[0], &work->wanted_fd, err) != 0 ||
	    open_side(work, &sides[1], &work->expected_fd, err) != 0 ||
	    open_side(work, &removed, &work->removed_fd, err) != 0)
		return -1;
	if (is_repeated)
		return go_on(work, err);
	return open_side(work, &sides[0], &work->reference_fd, err);
}
