/*
 * After a publishing, also one that was killed: what is in the folder is either of no use any more, or an
 * edit of the user's that came out of an exchange. The notes tell which.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index_impl.h"
#include "publish_impl.h"

#define KEEP " keep"

struct recovery {
	const struct repo *repo;
	const char *folder;
	int folder_fd, root_fd;
	void (*kept)(const char *path, const char *where, void *data);
	void *data;
	struct arena arena;
	bool has_kept;
};

struct note {
	struct digest ours, wanted;
	bool keeps; /* also what was expected to come out */
	const char *path;
};

/* ---- The notes ---------------------------------------------------------------------------------------- */

static int read_note(struct recovery *recovery, const char *name, struct note *note)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *line, *path;
	const size_t both = 2 * DIGEST_HEX_LEN + 1;

	if (fs_read_file(recovery->folder_fd, name, 1u << 20, &text, NULL) != 0 ||
	    text.len < both + 2)
		return -1;
	line = strbuf_str(&text);
	note->keeps = !strncmp(line + both, KEEP, strlen(KEEP));
	path = line + both + (note->keeps ? strlen(KEEP) : 0);
	if (line[DIGEST_HEX_LEN] != ' ' || *path++ != '\n' ||
	    digest_from_hex(arena_strndup(&recovery->arena, line, DIGEST_HEX_LEN), &note->ours) !=
		    0 ||
	    digest_from_hex(
		    arena_strndup(&recovery->arena, line + DIGEST_HEX_LEN + 1, DIGEST_HEX_LEN),
		    &note->wanted) != 0)
		return -1;
	note->path = arena_strdup(&recovery->arena, path);
	return 0;
}

static bool has_digest(int dirfd, const char *name, const struct digest *wanted)
{
	struct image image;
	struct digest digest;
	bool is_same = image_read(&image, dirfd, name, NULL) == 0;

	digest = image_digest(&image);
	image_release(&image);
	return is_same && digest_equal(&digest, wanted);
}

static bool is_there(int dirfd, const char *name)
{
	struct file_id id;

	return fs_stat(dirfd, name, &id, NULL) == 0;
}

/* ---- An edit ------------------------------------------------------------------------------------------- */

/* It goes to a name that no publishing uses. */
static void keep(struct recovery *recovery, const char *name, const struct note *note)
{
	for (unsigned i = 0; i < 10000; i++) {
		const char *to = arena_printf(&recovery->arena, "edit-%u", i);

		if (fs_move_new(recovery->folder_fd, name, recovery->folder_fd, to, NULL) != 0)
			continue;
		recovery->has_kept = true;
		if (recovery->kept)
			recovery->kept(note->path,
				       arena_join(&recovery->arena, recovery->folder, "/", to),
				       recovery->data);
		return;
	}
	recovery->has_kept = true;
}

static void put_back(struct recovery *recovery, const char *name, const struct note *note)
{
	const char *base;
	int dir = publish_open_above(recovery->root_fd, note->path, true, &base);
	bool is_back = false;

	if (dir >= 0 && !is_there(dir, base))
		is_back = fs_move_new(recovery->folder_fd, name, dir, base, NULL) == 0;
	else if (dir >= 0 && has_digest(dir, base, &note->wanted))
		is_back = fs_exchange(recovery->folder_fd, name, dir, base, NULL) == 0 &&
			  has_digest(recovery->folder_fd, name, &note->wanted);
	if (dir >= 0)
		close(dir);
	if (!is_back)
		keep(recovery, name, note);
}

static void finish(struct recovery *recovery, const char *note_name)
{
	const char *name = arena_strndup(&recovery->arena, note_name, strlen(note_name) - 5);
	struct note note;

	if (read_note(recovery, note_name, &note) == 0 && is_there(recovery->folder_fd, name) &&
	    !has_digest(recovery->folder_fd, name, &note.wanted)) {
		if (!has_digest(recovery->folder_fd, name, &note.ours))
			put_back(recovery, name, &note);
		else if (note.keeps)
			keep(recovery, name, &note);
	}
	unlinkat(recovery->folder_fd, name, 0);
	unlinkat(recovery->folder_fd, note_name, 0);
}

/* ---- The lock of an index ------------------------------------------------------------------------------ */

/* A lock that is a second name of our copy was ours. */
static void drop_index(struct recovery *recovery, int dirfd, const char *name)
{
	const char *index = index_path(recovery->repo, &recovery->arena);
	const char *lock = arena_join(&recovery->arena, index, ".lock", "");
	struct file_id copy, held;

	if (fs_stat(dirfd, name, &copy, NULL) == 0 && fs_stat(AT_FDCWD, lock, &held, NULL) == 0 &&
	    copy.dev == held.dev && copy.ino == held.ino)
		unlink(lock);
	unlinkat(dirfd, name, 0);
}

static int drop_apart(struct recovery *recovery, struct err *err)
{
	for (size_t i = 0; i < PUBLISH_TARGETS_MAX; i++)
		drop_index(recovery, AT_FDCWD,
			   publish_copy_apart(recovery->repo, i, &recovery->arena));
	return fs_remove_tree(AT_FDCWD, publish_folder_apart(recovery->repo, &recovery->arena),
			      err);
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && !strcmp(text + len - end_len, end);
}

static int take_entry(struct recovery *recovery, const char *name)
{
	if (!strncmp(name, "edit-", 5))
		recovery->has_kept = true;
	else if (ends_with(name, ".note"))
		finish(recovery, name);
	else if (!strncmp(name, "index-", 6))
		drop_index(recovery, recovery->folder_fd, name);
	return 0;
}

static int take_all(struct recovery *recovery, struct err *err)
{
	VEC(const char *) names = { 0 };
	struct fs_dir dir = { 0 };
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, AT_FDCWD, recovery->folder, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&dir, &entry, err)) > 0)
		vec_push(&names, arena_strdup(&recovery->arena, entry.name));
	fs_dir_close(&dir);
	for (size_t i = 0; i < names.n; i++)
		take_entry(recovery, names.v[i]);
	vec_release(&names);
	return rc;
}

int publish_recover_locked(const struct repo *repo, const char *folder,
			   void (*kept)(const char *path, const char *where, void *data),
			   void *data, struct err *err)
{
	struct recovery recovery = {
		.repo = repo, .folder = folder, .kept = kept, .data = data, .folder_fd = -1
	};
	int status = 0;

	recovery.root_fd = open(repo->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (recovery.root_fd < 0)
		return err_errno(err, "cannot open '%s'", repo->root);
	recovery.folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (recovery.folder_fd >= 0) {
		status = take_all(&recovery, err);
		if (status == 0)
			status = drop_apart(&recovery, err);
		close(recovery.folder_fd);
	}
	close(recovery.root_fd);
	if (status == 0 && !recovery.has_kept)
		status = fs_remove_tree(AT_FDCWD, folder, err);
	arena_release(&recovery.arena);
	return status;
}

int publish_recover(const struct repo *repo, const char *folder,
		    void (*kept)(const char *path, const char *where, void *data), void *data,
		    struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct lock lock = LOCK_NOT_HELD;
	struct file_id id;
	int status;

	if (fs_stat(AT_FDCWD, folder, &id, NULL) != 0)
		return 0;
	if (lock_try(&lock, AT_FDCWD, arena_join(&arena, folder, ".lock", ""), LOCK_EXCLUSIVE,
		     NULL) != 0)
		return 0; /* somebody publishes just now */
	status = publish_recover_locked(repo, folder, kept, data, err);
	lock_release(&lock);
	return status;
}
