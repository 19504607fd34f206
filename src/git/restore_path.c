/*
 * One path after the other gets its old content by compare and swap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "restore_impl.h"
#include "sys/fs.h"

#define CHANGED_SINCE "it was changed since"
#define HIDDEN_NOW    "it is ignored by now, so that an undo could not bring it back"

/* ---- Comparing --------------------------------------------------------------------------------- */

static bool is_same_link(int a_dirfd, const char *a, int b_dirfd, const char *b)
{
	char text[2][4096];
	ssize_t n[2] = { readlinkat(a_dirfd, a, text[0], sizeof text[0]),
			 readlinkat(b_dirfd, b, text[1], sizeof text[1]) };

	return n[0] >= 0 && n[0] == n[1] && !memcmp(text[0], text[1], (size_t)n[0]);
}

static bool is_same_content(int a_fd, int b_fd)
{
	static const size_t size = 65536;
	char *buffers = xmalloc(2 * size);
	bool is_same = true;

	while (is_same) {
		ssize_t n = read(a_fd, buffers, size), m = 0, got;

		if (n < 0 && errno == EINTR)
			continue;
		while (n > 0 && m < n &&
		       (got = read(b_fd, buffers + size + m, (size_t)(n - m))) != 0)
			if (got > 0)
				m += got;
			else if (errno != EINTR)
				break;
		is_same = n >= 0 && n == m && !memcmp(buffers, buffers + size, (size_t)n);
		if (n <= 0)
			break;
	}
	free(buffers);
	return is_same;
}

static bool is_same_file(int a_dirfd, const char *a, int b_dirfd, const char *b)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int a_fd = openat(a_dirfd, a, flags), b_fd = openat(b_dirfd, b, flags);
	bool is_same = a_fd >= 0 && b_fd >= 0 && is_same_content(a_fd, b_fd);

	if (a_fd >= 0)
		close(a_fd);
	if (b_fd >= 0)
		close(b_fd);
	return is_same;
}

bool restore_is_same(int a_dirfd, const char *a, int b_dirfd, const char *b)
{
	struct file_id x, y;

	if (fs_stat(a_dirfd, a, &x, NULL) != 0 || fs_stat(b_dirfd, b, &y, NULL) != 0)
		return false;
	if (S_ISLNK(x.mode) && S_ISLNK(y.mode))
		return is_same_link(a_dirfd, a, b_dirfd, b);
	return S_ISREG(x.mode) && x.mode == y.mode && x.size_bytes == y.size_bytes &&
	       is_same_file(a_dirfd, a, b_dirfd, b);
}

/* ---- One path ----------------------------------------------------------------------------------- */

static bool is_there(const struct spot *spot)
{
	struct file_id id;

	return fs_stat(spot->dirfd, spot->name, &id, NULL) == 0;
}

/* A directory in its place is none of it: what was there before it, put back by an earlier try, or made
 * since. */
static int is_there_as_file(const struct spot *spot, struct err *err)
{
	struct file_id id;
	int status = fs_stat(spot->dirfd, spot->name, &id, err);

	return status < 0 ? -1 : status == 0 && !S_ISDIR(id.mode);
}

static void leave(struct restore_work *work, const struct snapshot_change *change, const char *why)
{
	restore_add_item(work, change->path, RESTORE_LEFT, why);
}

static void leave_failed(struct restore_work *work, const struct snapshot_change *change,
			 struct err *why)
{
	leave(work, change, arena_strdup(work->arena, err_msg(why)));
	err_release(why);
}

static void exchange_path(struct restore_work *work, const struct snapshot_change *change,
			  const struct spot *spot)
{
	const char *path = change->path;
	struct err why = ERR_INIT;

	if (restore_is_same(spot->dirfd, spot->name, work->reference_fd, path)) {
		restore_add_item(work, path, RESTORE_ALREADY, NULL);
		return;
	}
	if (!restore_is_same(spot->dirfd, spot->name, work->expected_fd, path)) {
		leave(work, change, CHANGED_SINCE);
		return;
	}
	if (restore_is_hidden(work, path)) {
		leave(work, change, HIDDEN_NOW);
		return;
	}
	if (fs_exchange(work->wanted_fd, path, spot->dirfd, spot->name, &why) != 0) {
		leave_failed(work, change, &why);
		return;
	}
	if (restore_is_same(work->wanted_fd, path, work->expected_fd, path)) {
		restore_add_item(work, path, RESTORE_PUT_BACK, NULL);
		return;
	}
	if (fs_exchange(work->wanted_fd, path, spot->dirfd, spot->name, &why) != 0)
		leave_failed(work, change, &why);
	else
		leave(work, change, CHANGED_SINCE);
}

static void create_path(struct restore_work *work, const struct snapshot_change *change,
			const struct spot *spot)
{
	const char *path = change->path;
	struct err why = ERR_INIT;
	int status;

	if (restore_is_same(spot->dirfd, spot->name, work->reference_fd, path)) {
		restore_add_item(work, path, RESTORE_ALREADY, NULL);
		return;
	}
	status = fs_move_new(work->wanted_fd, path, spot->dirfd, spot->name, &why);
	if (status < 0)
		leave_failed(work, change, &why);
	else if (status > 0)
		leave(work, change, "there is something else by now");
	else
		restore_add_item(work, path, RESTORE_PUT_BACK, NULL);
}

/* It is moved and not deleted: what came out may be something else than what was looked at. */
static void remove_path(struct restore_work *work, const struct snapshot_change *change,
			const struct spot *spot)
{
	struct spot kept = { .dirfd = -1 };
	struct err why = ERR_INIT;
	int status;

	if (!restore_is_same(spot->dirfd, spot->name, work->expected_fd, change->path)) {
		leave(work, change, CHANGED_SINCE);
		return;
	}
	if (spot_make(&kept, work->removed_fd, change->path, NULL, work->arena) != 0) {
		leave(work, change, "there is no room to move it to");
		return;
	}
	status = fs_move_new(spot->dirfd, spot->name, kept.dirfd, kept.name, &why);
	if (status < 0)
		leave_failed(work, change, &why);
	else if (status > 0)
		leave(work, change, "it was made anew since");
	else if (restore_is_same(kept.dirfd, kept.name, work->expected_fd, change->path))
		restore_add_item(work, change->path, RESTORE_PUT_BACK, NULL);
	else if (fs_move_new(kept.dirfd, kept.name, spot->dirfd, spot->name, &why) < 0)
		leave_failed(work, change, &why);
	else
		leave(work, change, CHANGED_SINCE);
	spot_close(&kept);
}

int restore_find_taken(const struct restore_work *work, const struct snapshot_change *change)
{
	return change->old_mode ? work->wanted_fd : work->removed_fd;
}

int restore_return(struct restore_work *work, const struct snapshot_change *change, struct err *err)
{
	int taken_fd = restore_find_taken(work, change);
	struct spot spot = { .dirfd = -1 };
	int status;

	if (spot_make(&spot, work->root_fd, change->path, &work->made_folders, work->arena) != 0)
		return err_set(err, ERR_SYSTEM, "cannot put '%s' back", change->path);
	if (is_there(&spot))
		status = fs_exchange(taken_fd, change->path, spot.dirfd, spot.name, err);
	else
		status = fs_move_new(taken_fd, change->path, spot.dirfd, spot.name, err);
	spot_close(&spot);
	return status < 0 ? -1 : 0;
}

/* ---- All of them -------------------------------------------------------------------------------- */

static bool is_gitlink(const struct snapshot_change *change)
{
	return change->old_mode == 0160000 || change->new_mode == 0160000;
}

static void remove_if_there(struct restore_work *work, const struct snapshot_change *change,
			    const struct spot *spot)
{
	struct err why = ERR_INIT;
	int is_there = is_there_as_file(spot, &why);

	if (is_there < 0)
		leave_failed(work, change, &why);
	else if (!is_there)
		restore_add_item(work, change->path, RESTORE_ALREADY, NULL);
	else if (restore_is_hidden(work, change->path))
		leave(work, change, HIDDEN_NOW);
	else
		remove_path(work, change, spot);
}

static void remove_new(struct restore_work *work, const struct snapshot_change *change)
{
	struct spot spot = { .dirfd = -1 };
	int status = spot_open(&spot, work->root_fd, change->path, work->arena);

	if (restore_was_hidden(work, change->path))
		leave(work, change, "it was ignored before, so whose it is cannot be known");
	else if (status > 0)
		restore_add_item(work, change->path, RESTORE_ALREADY, NULL);
	else if (status < 0)
		leave(work, change, "a directory above it is a link now, or cannot be opened");
	else
		remove_if_there(work, change, &spot);
	spot_close(&spot);
}

static void put_back_old(struct restore_work *work, const struct snapshot_change *change)
{
	struct spot spot = { .dirfd = -1 };

	if (spot_make(&spot, work->root_fd, change->path, &work->made_folders, work->arena) != 0)
		leave(work, change, "the directory above it cannot be made");
	else if (change->new_mode)
		exchange_path(work, change, &spot);
	else
		create_path(work, change, &spot);
	spot_close(&spot);
}

static int compare_items(const void *a, const void *b)
{
	const struct restore_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void restore_paths(struct restore_work *work)
{
	for (size_t i = work->n_changes; i-- > 0;) {
		const struct snapshot_change *change = &work->changes[i];

		if (is_gitlink(change))
			leave(work, change, "it is a submodule");
		else if (!change->old_mode)
			remove_new(work, change);
	}
	for (size_t i = work->n_changes; i-- > 0;)
		if (!work->changes[i].old_mode)
			restore_remove_empty_above(work, work->changes[i].path);
	restore_remove_folders(work);
	for (size_t i = 0; i < work->n_changes; i++)
		if (work->changes[i].old_mode && !is_gitlink(&work->changes[i]))
			put_back_old(work, &work->changes[i]);
	restore_make_folders(work);
	if (work->items.n)
		qsort(work->items.v, work->items.n, sizeof *work->items.v, compare_items);
}
