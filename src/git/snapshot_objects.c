/*
 * The objects of a snapshot come to the disk: each as git writes it; or, where the file system can, all at once.
 * Then git writes into a folder of ours, and an object gets its place among the others when its content is
 * on the disk: a name without content would be taken for the object from then on, after a power cut.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"
#include "sys/tree.h"

#define KEPT	 "objects"
#define KEPT_MAX (sizeof KEPT + 1 + TREE_BOOT_ID_LEN)

/* One file system, within which a rename does not copy. */
static bool can_be_together(const struct snapshot_work *work)
{
	struct stat here, there;

	return fs_can_sync_all(work->objects_fd) &&
	       objects_can_be_apart(work->request->repo, work->arena) &&
	       fstat(work->objects_fd, &there) == 0 && stat(work->dir, &here) == 0 &&
	       here.st_dev == there.st_dev;
}

/* A folder with folders for objects in it costs more to make and to remove, above all beside a file system
 * that is just being synced, than what a snapshot puts into it: it is used again. By this boot only: after a
 * power cut the disk may not know that it had been taken, but already what was written into it then, by halves.
 * False: there is no telling which boot this is. */
static bool name_kept(char name[KEPT_MAX])
{
	char boot[TREE_BOOT_ID_LEN + 1];

	if (tree_boot_id(boot) != 0)
		return false;
	snprintf(name, KEPT_MAX, KEPT "-%s", boot);
	return true;
}

bool snapshot_objects_are_left_over(const char *name)
{
	char kept[KEPT_MAX];

	return !strncmp(name, KEPT, strlen(KEPT)) && !(name_kept(kept) && !strcmp(name, kept));
}

/* NULL: none is kept. */
static const char *kept_objects(const struct snapshot_work *work)
{
	char name[KEPT_MAX];

	return name_kept(name) ? arena_join(work->arena, work->request->scratch, "/", name) : NULL;
}

static int make_own(const struct snapshot_work *work, const char *own, struct err *err)
{
	const char *kept = kept_objects(work);

	if ((!kept || rename(kept, own) != 0) && mkdir(own, 0700) != 0)
		return err_errno(err, "cannot make '%s'", own);
	return 0;
}

/* Another one's may be there. */
static void keep(const struct snapshot_work *work)
{
	const char *kept = kept_objects(work);

	if (kept)
		rename(work->own_objects, kept);
}

int snapshot_objects_begin(struct snapshot_work *work, struct err *err)
{
	const char *path = arena_join(work->arena, work->request->repo->common_dir, "/objects", "");
	const char *own;

	work->objects_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->objects_fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (!can_be_together(work))
		return 0;
	own = arena_join(work->arena, work->dir, "/objects", "");
	if (make_own(work, own, err) != 0)
		return -1;
	work->own_objects = own;
	objects_apart(work->request->repo, own, work->arena, work->objects_env);
	return 0;
}

/* With the permissions of the folder it is in, as where a group shares the repository. */
static int make_folder(int objects_fd, const char *name, struct err *err)
{
	struct stat above, made;

	if (mkdirat(objects_fd, name, 0777) != 0)
		return errno == EEXIST ? 0 : err_errno(err, "cannot make 'objects/%s'", name);
	if (fstat(objects_fd, &above) == 0 && fstatat(objects_fd, name, &made, 0) == 0 &&
	    made.st_mode != above.st_mode &&
	    fchmodat(objects_fd, name, above.st_mode & 07777, 0) != 0)
		return err_errno(err, "cannot set the permissions of 'objects/%s'", name);
	return 0;
}

/* A pack is one when its index is there. */
static bool comes_last(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".idx");
}

enum move_part { MOVE_FIRST, MOVE_LAST, MOVE_ALL };

struct move {
	const struct snapshot_work *work;
	int from_fd;
	bool is_left; /* something that is no object */
};

static int move_file(const struct move *move, const char *folder, const char *name, struct err *err)
{
	int objects_fd = move->work->objects_fd;
	const char *path = arena_join(move->work->arena, folder, "/", name);

	if (renameat(move->from_fd, path, objects_fd, path) == 0)
		return 0;
	if (errno != ENOENT || make_folder(objects_fd, folder, err) != 0 ||
	    renameat(move->from_fd, path, objects_fd, path) != 0)
		return err_errno(err, "cannot move to 'objects/%s'", path);
	return 0;
}

static int move_files(struct move *move, const char *folder, enum move_part part, struct err *err)
{
	struct fs_entry entry;
	struct fs_dir dir;
	int status;

	if (fs_dir_open(&dir, move->from_fd, folder, err) != 0)
		return -1;
	while ((status = fs_dir_next(&dir, &entry, err)) > 0) {
		if (!strncmp(entry.name, "tmp_", 4)) {
			move->is_left = true;
			continue;
		}
		if (part != MOVE_ALL && comes_last(entry.name) != (part == MOVE_LAST))
			continue;
		if (move_file(move, folder, entry.name, err) != 0) {
			status = -1;
			break;
		}
	}
	fs_dir_close(&dir);
	return status;
}

static int move_folder(struct move *move, const char *folder, struct err *err)
{
	if (!strcmp(folder, "pack"))
		return move_files(move, folder, MOVE_FIRST, err) == 0
			       ? move_files(move, folder, MOVE_LAST, err)
			       : -1;
	if (strlen(folder) == 2)
		return move_files(move, folder, MOVE_ALL, err);
	move->is_left = true;
	return 0;
}

static int move_all(struct move *move, struct err *err)
{
	struct fs_entry entry;
	struct fs_dir dir;
	int status;

	if (fs_dir_open(&dir, AT_FDCWD, move->work->own_objects, err) != 0)
		return -1;
	move->from_fd = fs_dir_fd(&dir);
	while ((status = fs_dir_next(&dir, &entry, err)) > 0)
		if (move_folder(move, entry.name, err) != 0) {
			status = -1;
			break;
		}
	fs_dir_close(&dir);
	return status;
}

/* The first time for the contents, with objects that were there, which git does not sync by itself; then for
 * the names. */
int snapshot_sync_objects(struct snapshot_work *work, bool *is_lost, struct err *err)
{
	struct move move = { .work = work };

	if (!work->own_objects)
		return objects_sync_names(work->request->repo, work->arena, err);
	if (fs_sync_all(work->objects_fd, err) != 0 || move_all(&move, err) != 0)
		return -1;
	if (!move.is_left)
		keep(work);
	work->own_objects = NULL;
	*is_lost = fs_sync_all(work->objects_fd, err) != 0;
	return *is_lost ? -1 : 0;
}
