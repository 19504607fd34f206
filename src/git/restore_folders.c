/*
 * Directories: git's trees know only those that have files, and no permissions. An empty one goes or comes
 * only where the two snapshots differ about it; permissions go back if they still are as the second
 * snapshot has them, or if the directory had to be made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/cmd.h"
#include "restore_impl.h"
#include "sys/fs.h"

#define USUAL_PERM 0755

static void parse_modes(struct folder_modes *modes)
{
	for (size_t at = 0; at < modes->text.len; at += strlen(modes->text.buf + at) + 1) {
		char *entry = modes->text.buf + at, *path = strchr(entry, ' ');

		if (path)
			strmap_put(&modes->by_path, path + 1, entry);
	}
}

static void parse_paths(struct strbuf *text, struct strmap *paths)
{
	for (size_t at = 0; at < text->len; at += strlen(text->buf + at) + 1)
		strmap_put(paths, text->buf + at, paths);
}

static int read_side(const struct raw_notes *notes, struct folder_side *side, struct err *err)
{
	if (raw_notes_read(notes, "folders", &side->modes.text, err) < 0 ||
	    raw_notes_read(notes, "directories", &side->empty_text, err) < 0 ||
	    raw_notes_read(notes, "hidden", &side->hidden_text, err) < 0)
		return -1;
	parse_modes(&side->modes);
	parse_paths(&side->empty_text, &side->empty);
	parse_paths(&side->hidden_text, &side->hidden);
	return 0;
}

int restore_read_folders(struct restore_work *work, struct err *err)
{
	const struct restore_request *request = work->request;
	struct raw_notes now = { 0 };
	int status;

	if (read_side(&work->before, &work->folders[0], err) != 0 ||
	    read_side(&work->after, &work->folders[1], err) != 0)
		return -1;
	if (!request->now)
		return 0;
	status = raw_notes_open(&now, request->repo, request->now, work->arena, err);
	if (status == 0)
		status = read_side(&now, &work->folders[2], err);
	raw_notes_release(&now);
	return status;
}

void restore_release_folders(struct restore_work *work)
{
	for (size_t i = 0; i < ARRAY_SIZE(work->folders); i++) {
		strbuf_release(&work->folders[i].modes.text);
		strmap_release(&work->folders[i].modes.by_path);
		strbuf_release(&work->folders[i].empty_text);
		strmap_release(&work->folders[i].empty);
		strbuf_release(&work->folders[i].hidden_text);
		strmap_release(&work->folders[i].hidden);
	}
	strmap_release(&work->made_folders);
}

static bool is_in(const struct strmap *hidden, const char *path)
{
	if (!hidden->n)
		return false;
	if (strmap_get(hidden, path))
		return true;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (strmap_get_n(hidden, path, (size_t)(slash + 1 - path)))
			return true;
	return false;
}

bool restore_was_hidden(const struct restore_work *work, const char *path)
{
	return is_in(&work->folders[0].hidden, path);
}

/* Has the commit this file or folder? 1, 0, -1. */
static int has(const struct restore_work *work, const char *raw, const char *path)
{
	const char *object = arena_join(work->arena, raw, ":tree/", path);
	const char *const args[] = { "cat-file", "-e", object, NULL };
	struct git_cmd cmd = { .repo = work->request->repo, .args = args };
	int code;

	return git_run(&cmd, NULL, &code, NULL) == 0 ? code == 0 : -1;
}

/* In a hidden directory a tracked file is not hidden. */
bool restore_is_hidden(const struct restore_work *work, const char *path)
{
	return is_in(&work->folders[2].hidden, path) && has(work, work->request->now, path) <= 0;
}

static void leave_folder(struct restore_work *work, const char *path, const char *why)
{
	restore_add_item(work, arena_strdup(work->arena, path), RESTORE_LEFT, why);
}

/* ---- Empty ones --------------------------------------------------------------------------------- */

/* Is it one that something is in, or that is not there, or none? */
static bool is_no_failure(int error)
{
	return error == ENOTEMPTY || error == EEXIST || error == ENOENT || error == ENOTDIR ||
	       error == EBUSY || error == ELOOP;
}

void restore_remove_empty_above(struct restore_work *work, const char *path)
{
	char *dir = arena_strdup(work->arena, path), *slash;

	while ((slash = strrchr(dir, '/'))) {
		struct spot spot = { .dirfd = -1 };
		int status;

		*slash = 0;
		status = spot_open(&spot, work->root_fd, dir, work->arena);
		if (status == 0) {
			status = unlinkat(spot.dirfd, spot.name, AT_REMOVEDIR);
			if (status != 0 && !is_no_failure(errno))
				leave_folder(work, dir, "the empty directory cannot be removed");
		}
		spot_close(&spot);
		if (status != 0)
			return;
	}
}

void restore_remove_folders(struct restore_work *work)
{
	const struct strmap *empty = &work->folders[1].empty;

	for (size_t i = empty->n; i-- > 0;)
		if (!strmap_get(&work->folders[0].empty, empty->entries[i].key))
			restore_remove_empty_above(
				work, arena_join(work->arena, empty->entries[i].key, "/", ""));
}

static void make_empty(struct restore_work *work)
{
	const struct strmap *empty = &work->folders[0].empty;

	for (size_t i = 0; i < empty->n; i++) {
		const char *path = empty->entries[i].key;
		struct spot spot = { .dirfd = -1 };

		if (spot_make(&spot, work->root_fd, arena_join(work->arena, path, "/.", ""),
			      &work->made_folders, work->arena) != 0)
			leave_folder(work, path, "the directory cannot be made");
		spot_close(&spot);
	}
}

/* ---- Permissions --------------------------------------------------------------------------------- */

static uint32_t perm_of(const struct folder_side *side, const char *path)
{
	const char *entry = strmap_get(&side->modes.by_path, path);

	return entry ? (uint32_t)strtoul(entry, NULL, 8) : USUAL_PERM;
}

/* One that is not noted has the usual permissions, or was not there. 1, 0, -1. */
static int was_there(const struct restore_work *work, const char *path)
{
	if (strmap_get(&work->folders[0].modes.by_path, path) ||
	    strmap_get(&work->folders[0].empty, path))
		return 1;
	return has(work, work->request->before, path);
}

/* 0; -1: it is there, and they could not be set. */
static int set_perm_of(const struct restore_work *work, const char *path, int fd)
{
	uint32_t wanted = perm_of(&work->folders[0], path);
	uint32_t expected = perm_of(&work->folders[1], path);
	struct file_id id;
	int was;

	if (fs_stat_fd(fd, &id, NULL) != 0)
		return -1;
	if ((id.mode & 07777) == wanted ||
	    ((id.mode & 07777) != expected && !strmap_get(&work->made_folders, path)))
		return 0;
	was = was_there(work, path);
	if (was <= 0)
		return was;
	return fchmod(fd, wanted);
}

static void set_perm(struct restore_work *work, const char *path)
{
	struct err why CLEANUP(err_release) = ERR_INIT;
	int fd = fs_open_beneath(work->root_fd, path, O_RDONLY | O_DIRECTORY, 0, &why);

	if (fd < 0 ? !is_no_failure(why.errnum) && why.kind != ERR_NOT_FOUND
		   : set_perm_of(work, path, fd) != 0)
		leave_folder(work, path, "its permissions cannot be set");
	if (fd >= 0)
		close(fd);
}

static void set_perms(struct restore_work *work)
{
	const struct strmap *maps[] = { &work->made_folders, &work->folders[0].modes.by_path,
					&work->folders[1].modes.by_path };

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		for (size_t j = maps[i]->n; j-- > 0;)
			set_perm(work, maps[i]->entries[j].key);
}

void restore_make_folders(struct restore_work *work)
{
	make_empty(work);
	set_perms(work);
}
