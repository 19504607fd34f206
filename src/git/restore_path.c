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

/* ---- Where a path is ---------------------------------------------------------------------------- */

struct place {
	int dirfd; /* of the directory above, beneath the root through no link */
	const char *name;
};

static void place_close(struct place *place)
{
	if (place->dirfd >= 0)
		close(place->dirfd);
}

/* 0; 1: a directory above it is missing, or none; -1. */
static int open_place(struct place *place, const struct restore_work *work, int top_fd,
		      const char *path)
{
	const char *slash = strrchr(path, '/');
	struct err why CLEANUP(err_release) = ERR_INIT;

	place->name = slash ? slash + 1 : path;
	if (!slash) {
		place->dirfd = fcntl(top_fd, F_DUPFD_CLOEXEC, 0);
		return place->dirfd < 0 ? -1 : 0;
	}
	place->dirfd = fs_open_beneath(top_fd,
				       arena_strndup(work->arena, path, (size_t)(slash - path)),
				       O_RDONLY | O_DIRECTORY, 0, &why);
	if (place->dirfd >= 0)
		return 0;
	return why.kind == ERR_NOT_FOUND ? 1 : -1;
}

/* The same, with the directories that are missing. */
static int make_place(struct place *place, const struct restore_work *work, int top_fd,
		      const char *path)
{
	const char *slash = strrchr(path, '/');
	struct place above;
	int status = open_place(place, work, top_fd, path);

	if (status <= 0)
		return status;
	status = make_place(&above, work, top_fd,
			    arena_strndup(work->arena, path, (size_t)(slash - path)));
	if (status != 0)
		return -1;
	status = mkdirat(above.dirfd, above.name, 0777);
	place_close(&above);
	if (status != 0 && errno != EEXIST)
		return -1;
	return open_place(place, work, top_fd, path) == 0 ? 0 : -1;
}

static bool is_there(const struct place *place)
{
	struct file_id id;

	return fs_stat(place->dirfd, place->name, &id, NULL) == 0;
}

/* ---- One path ----------------------------------------------------------------------------------- */

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
			  const struct place *place)
{
	const char *path = change->path;
	struct err why = ERR_INIT;

	if (restore_is_same(place->dirfd, place->name, work->reference_fd, path)) {
		restore_add_item(work, path, RESTORE_ALREADY, NULL);
		return;
	}
	if (!restore_is_same(place->dirfd, place->name, work->expected_fd, path)) {
		leave(work, change, CHANGED_SINCE);
		return;
	}
	if (fs_exchange(work->wanted_fd, path, place->dirfd, place->name, &why) != 0) {
		leave_failed(work, change, &why);
		return;
	}
	if (restore_is_same(work->wanted_fd, path, work->expected_fd, path)) {
		restore_add_item(work, path, RESTORE_PUT_BACK, NULL);
		return;
	}
	if (fs_exchange(work->wanted_fd, path, place->dirfd, place->name, &why) != 0)
		leave_failed(work, change, &why);
	else
		leave(work, change, CHANGED_SINCE);
}

static void create_path(struct restore_work *work, const struct snapshot_change *change,
			const struct place *place)
{
	const char *path = change->path;
	struct err why = ERR_INIT;
	int status;

	if (restore_is_same(place->dirfd, place->name, work->reference_fd, path)) {
		restore_add_item(work, path, RESTORE_ALREADY, NULL);
		return;
	}
	status = fs_move_new(work->wanted_fd, path, place->dirfd, place->name, &why);
	if (status < 0)
		leave_failed(work, change, &why);
	else if (status > 0)
		leave(work, change, "there is something else by now");
	else
		restore_add_item(work, path, RESTORE_PUT_BACK, NULL);
}

/* It is moved and not deleted: what came out may be something else than what was looked at. */
static void remove_path(struct restore_work *work, const struct snapshot_change *change,
			const struct place *place)
{
	struct place kept = { .dirfd = -1 };
	struct err why = ERR_INIT;
	int status;

	if (!restore_is_same(place->dirfd, place->name, work->expected_fd, change->path)) {
		leave(work, change, CHANGED_SINCE);
		return;
	}
	if (make_place(&kept, work, work->removed_fd, change->path) != 0) {
		leave(work, change, "there is no room to move it to");
		return;
	}
	status = fs_move_new(place->dirfd, place->name, kept.dirfd, kept.name, &why);
	if (status < 0)
		leave_failed(work, change, &why);
	else if (status > 0)
		leave(work, change, "it was made anew since");
	else if (restore_is_same(kept.dirfd, kept.name, work->expected_fd, change->path))
		restore_add_item(work, change->path, RESTORE_PUT_BACK, NULL);
	else if (fs_move_new(kept.dirfd, kept.name, place->dirfd, place->name, &why) < 0)
		leave_failed(work, change, &why);
	else
		leave(work, change, CHANGED_SINCE);
	place_close(&kept);
}

int restore_find_taken(const struct restore_work *work, const struct snapshot_change *change)
{
	return change->old_mode ? work->wanted_fd : work->removed_fd;
}

int restore_return(struct restore_work *work, const struct snapshot_change *change, struct err *err)
{
	int taken_fd = restore_find_taken(work, change);
	struct place place = { .dirfd = -1 };
	int status;

	if (make_place(&place, work, work->root_fd, change->path) != 0)
		return err_set(err, ERR_SYSTEM, "cannot put '%s' back", change->path);
	if (is_there(&place))
		status = fs_exchange(taken_fd, change->path, place.dirfd, place.name, err);
	else
		status = fs_move_new(taken_fd, change->path, place.dirfd, place.name, err);
	place_close(&place);
	return status < 0 ? -1 : 0;
}

/* ---- All of them -------------------------------------------------------------------------------- */

static bool is_gitlink(const struct snapshot_change *change)
{
	return change->old_mode == 0160000 || change->new_mode == 0160000;
}

static void remove_new(struct restore_work *work, const struct snapshot_change *change)
{
	struct place place = { .dirfd = -1 };
	int status = open_place(&place, work, work->root_fd, change->path);

	if (status > 0 || (status == 0 && !is_there(&place)))
		restore_add_item(work, change->path, RESTORE_ALREADY, NULL);
	else if (status < 0)
		leave(work, change, "a directory above it is a link now");
	else
		remove_path(work, change, &place);
	place_close(&place);
}

static void put_back_old(struct restore_work *work, const struct snapshot_change *change)
{
	struct place place = { .dirfd = -1 };

	if (make_place(&place, work, work->root_fd, change->path) != 0)
		leave(work, change, "the directory above it cannot be made");
	else if (change->new_mode)
		exchange_path(work, change, &place);
	else
		create_path(work, change, &place);
	place_close(&place);
}

/* Directories that are empty now, from the path's own upwards; ENOTEMPTY ends it. */
static void remove_empty_above(const struct restore_work *work, const char *path)
{
	char *dir = arena_strdup(work->arena, path), *slash;

	while ((slash = strrchr(dir, '/'))) {
		struct place place = { .dirfd = -1 };
		int status;

		*slash = 0;
		status = open_place(&place, work, work->root_fd, dir);
		if (status == 0)
			status = unlinkat(place.dirfd, place.name, AT_REMOVEDIR);
		place_close(&place);
		if (status != 0)
			return;
	}
}

/* What git's trees do not know: "PATH\0" each. */
static int restore_directories(struct restore_work *work, struct err *err)
{
	struct strbuf before CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf after CLEANUP(strbuf_release) = STRBUF_INIT;

	if (raw_notes_read(&work->before, "directories", &before, err) < 0 ||
	    raw_notes_read(&work->after, "directories", &after, err) < 0)
		return -1;
	for (size_t at = 0; at < after.len; at += strlen(after.buf + at) + 1)
		remove_empty_above(work, arena_join(work->arena, after.buf + at, "/", ""));
	for (size_t at = 0; at < before.len; at += strlen(before.buf + at) + 1) {
		struct place place = { .dirfd = -1 };

		if (make_place(&place, work, work->root_fd,
			       arena_join(work->arena, before.buf + at, "/.", "")) != 0)
			restore_add_item(work, arena_strdup(work->arena, before.buf + at),
					 RESTORE_LEFT, "the directory cannot be made");
		place_close(&place);
	}
	return 0;
}

static int compare_items(const void *a, const void *b)
{
	const struct restore_item *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int restore_paths(struct restore_work *work, struct err *err)
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
			remove_empty_above(work, work->changes[i].path);
	for (size_t i = 0; i < work->n_changes; i++)
		if (work->changes[i].old_mode && !is_gitlink(&work->changes[i]))
			put_back_old(work, &work->changes[i]);
	if (restore_directories(work, err) != 0)
		return -1;
	if (work->items.n)
		qsort(work->items.v, work->items.n, sizeof *work->items.v, compare_items);
	return 0;
}
