/*
 * Every file that is to change is made in the folder, all of them are put on the disk, then each is
 * exchanged with the user's. What came out is compared with what was read before; if it is something else,
 * somebody has just edited it, and it goes back.
 *
 *     <n>        what is made, and after the exchange what came out
 *     <n>.part   the same, while it is written
 *     <n>.note   "<digest of what was there> <digest of what is made>\n<path>"; with " keep" behind the
 *                digests what came out is to be kept, whatever it is
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish_impl.h"

#define EDITED "it was edited in this very moment"

static int write_note(const struct publish_work *work, const struct publish_step *step,
		      struct err *err)
{
	struct digest ours = image_digest(&step->ours), wanted = image_digest(&step->wanted);
	char hex[2][DIGEST_HEX_LEN + 1];
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	digest_to_hex(&ours, hex[0]);
	digest_to_hex(&wanted, hex[1]);
	strbuf_addf(&text, "%s %s%s\n%s", hex[0], hex[1],
		    step->result == PUBLISH_KEPT ? " keep" : "", step->fix->path);
	return fs_replace(work->folder_fd, arena_join(work->arena, step->name, ".note", ""), 0600,
			  strbuf_str(&text), text.len, 0, err);
}

static mode_t current_umask(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return mask;
}

/* What bears the name is whole: half a file would be taken for an edit that came out. */
static int make_file(const struct publish_work *work, const struct publish_step *step,
		     struct err *err)
{
	const char *part = arena_join(work->arena, step->name, ".part", "");

	unlinkat(work->folder_fd, part, 0);
	if (image_write(&step->wanted, work->folder_fd, part, err) != 0)
		return -1;
	return renameat(work->folder_fd, part, work->folder_fd, step->name) == 0
		       ? 0
		       : err_errno(err, "cannot rename '%s'", part);
}

static int make(struct publish_work *work, struct publish_step *step, struct err *err)
{
	if (step->ours.kind == IMAGE_ABSENT && step->wanted.kind == IMAGE_FILE &&
	    !work->request->back)
		step->wanted.perm &= ~current_umask();
	unlinkat(work->folder_fd, step->name, 0);
	if (write_note(work, step, err) != 0)
		return -1;
	return step->wanted.kind == IMAGE_ABSENT ? 0 : make_file(work, step, err);
}

/* What the note is for is over. */
static void forget(const struct publish_work *work, const struct publish_step *step)
{
	unlinkat(work->folder_fd, step->name, 0);
	unlinkat(work->folder_fd, arena_join(work->arena, step->name, ".note", ""), 0);
}

static bool came_out_as_expected(const struct publish_work *work, const struct publish_step *step)
{
	struct image out;
	bool is_same = image_read(&out, work->folder_fd, step->name, NULL) == 0 &&
		       image_is_same(&out, &step->ours);

	image_release(&out);
	return is_same;
}

/* Returns false where what came out could not go back and has to stay in the folder. */
static bool exchange(struct publish_work *work, struct publish_step *step, int dir,
		     const char *name)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (fs_exchange(work->folder_fd, step->name, dir, name, &why) != 0) {
		publish_leave(step, arena_strdup(work->arena, err_msg(&why)));
		return true;
	}
	if (came_out_as_expected(work, step))
		return true;
	publish_leave(step, EDITED);
	return fs_exchange(work->folder_fd, step->name, dir, name, NULL) == 0;
}

static bool create(struct publish_work *work, struct publish_step *step, int dir, const char *name)
{
	struct err why CLEANUP(err_release) = ERR_INIT;
	int status = fs_move_new(work->folder_fd, step->name, dir, name, &why);

	if (status > 0)
		publish_leave(step, "there is a file of that name by now");
	else if (status < 0)
		publish_leave(step, arena_strdup(work->arena, err_msg(&why)));
	return true;
}

static bool take_away(struct publish_work *work, struct publish_step *step, int dir,
		      const char *name)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (fs_move_new(dir, name, work->folder_fd, step->name, &why) != 0) {
		publish_leave(step, arena_strdup(work->arena, err_msg(&why)));
		return true;
	}
	if (came_out_as_expected(work, step))
		return true;
	publish_leave(step, EDITED);
	return fs_move_new(work->folder_fd, step->name, dir, name, NULL) == 0;
}

static void swap_one(struct publish_work *work, struct publish_step *step)
{
	bool creates = step->ours.kind == IMAGE_ABSENT, is_over = true;
	const char *name;
	int dir = publish_open_above(work->root_fd, step->fix->path, creates, &name);

	if (dir < 0) {
		publish_leave(step, "its folder is gone");
	} else {
		is_over = creates			      ? create(work, step, dir, name)
			  : step->wanted.kind == IMAGE_ABSENT ? take_away(work, step, dir, name)
							      : exchange(work, step, dir, name);
		close(dir);
	}
	if (is_over && step->result != PUBLISH_KEPT)
		forget(work, step);
}

/* With the folders above it, which may be new. One that somebody has removed has nothing of ours. */
static int sync_folders(const struct publish_work *work, char *path, struct err *err)
{
	while (*path) {
		char *slash = strrchr(path, '/');

		*(slash ? slash : path) = '\0';
		if (fs_sync_dir_if_any(work->root_fd, *path ? path : ".", err) != 0)
			return -1;
	}
	return 0;
}

static bool is_beside(const char *path, const char *other)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	return !strncmp(path, other, len) && !strchr(other + len, '/');
}

/* The files come before the index on the disk, too: where they came from, and where they are. */
static int sync_names(const struct publish_work *work, struct err *err)
{
	const char *last = NULL;

	if (fs_sync_dir(work->folder_fd, ".", err) != 0)
		return -1;
	for (size_t i = 0; i < work->n; i++) {
		const struct publish_step *step = &work->steps[i];

		if (!step->is_done || (last && is_beside(step->fix->path, last)))
			continue;
		last = step->fix->path;
		if (sync_folders(work, arena_strdup(work->arena, last), err) != 0)
			return -1;
	}
	return 0;
}

int publish_swap(struct publish_work *work, struct err *err)
{
	bool makes = false;

	for (size_t i = 0; i < work->n; i++) {
		struct publish_step *step = &work->steps[i];

		step->name = arena_printf(work->arena, "%zu", i);
		if (step->is_done)
			continue;
		if (make(work, step, err) != 0)
			return -1;
		makes = true;
	}
#ifdef __linux__
	if (makes && syncfs(work->folder_fd) != 0)
		return err_errno(err, "cannot write the fixes to the disk");
	work->is_synced = makes;
#endif
	/* What goes makes room for what comes: a folder where a file was, or the other way round. */
	for (int removes = 1; removes >= 0; removes--)
		for (size_t i = 0; i < work->n; i++) {
			struct publish_step *step = &work->steps[i];

			if (!step->is_done && (step->wanted.kind == IMAGE_ABSENT) == removes) {
				step->is_done = true;
				swap_one(work, step);
			}
		}
	return makes ? sync_names(work, err) : 0;
}
