/*
 * The fixes go into the index that is committed and, where that is one of `commit -- PATH`, into the
 * one that stays.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strmap.h"
#include "objects_impl.h"
#include "place_impl.h"
#include "publish_impl.h"
#include "sys/clock.h"
#include "sys/spawn.h"
#include "sys/twin.h"

#define LOCK_TRIES    40
#define LOCK_PAUSE_MS 50

static int git_on(const struct publish_work *work, const char *index, const char *const *args,
		  const struct strbuf *input, struct strbuf *out, struct err *err)
{
	const char *env[] = { arena_join(work->arena, "GIT_INDEX_FILE=", index, ""), NULL };
	struct git_cmd cmd = { .repo = work->repo,
			       .args = args,
			       .input = input,
			       .env = env,
			       .writes = true,
			       .held_fd = work->lock_fd,
			       .timeout_ms = 600000 };

	return git_run(&cmd, out, NULL, err);
}

/* ---- Which index -------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && !strcmp(text + len - end_len, end);
}

static const char *folder_of(const struct publish_work *work, const char *path)
{
	return arena_strndup(work->arena, path, (size_t)(strrchr(path, '/') - path));
}

static size_t list_targets(const struct publish_work *work,
			   struct publish_target targets[PUBLISH_TARGETS_MAX])
{
	const char *path = work->request->frozen->index;
	const char *slash = strrchr(path, '/');
	const char *staying = arena_join(work->arena, index_path(work->repo, work->arena), ".lock",
					 "");
	size_t n = 0;

	targets[n++] = (struct publish_target){ .path = path, .is_held = ends_with(path, ".lock") };
	if (!strncmp(slash + 1, "next-index-", 11) && targets[0].is_held &&
	    access(staying, F_OK) == 0)
		targets[n++] = (struct publish_target){ .path = staying, .is_held = true };
	for (size_t i = 0; i < n; i++)
		targets[i].copy = arena_printf(work->arena, "%s/index-%zu", work->request->folder,
					       i);
	return n;
}

/* ---- A copy with the fixes ------------------------------------------------------------------------------ */

/* Paths that the index has otherwise than what was tested: they are not ours. */
static int find_others(const struct publish_work *work, const struct publish_target *target,
		       struct strbuf *names, struct strmap *others, struct err *err)
{
	const char *args[] = { "diff-index",   "--cached",
			       "--name-only",  "-z",
			       "--no-renames", work->request->frozen->tree,
			       "--",	       NULL };

	if (git_on(work, target->copy, args, NULL, names, err) != 0)
		return -1;
	for (size_t at = 0; at < names->len; at += strlen(names->buf + at) + 1)
		strmap_put(others, names->buf + at, names->buf + at);
	return 0;
}

static void write_info(const struct publish_work *work, const struct strmap *others,
		       struct strbuf *info)
{
	const struct fixes *all = work->request->fixes;
	struct fixes ours = { .list = ARENA_ARRAY(work->arena, struct fix, all->n + 1) };

	for (size_t i = 0; i < all->n; i++)
		if (!strmap_get(others, all->list[i].path))
			ours.list[ours.n++] = all->list[i];
	place_write_info(&ours, info);
}

static int make_copy(const struct publish_work *work, struct publish_target *target, bool is_tested,
		     struct err *err)
{
	static const char *const args[] = { "update-index", "-z", "--replace", "--index-info",
					    NULL };
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf info CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strmap others = { 0 };
	int status;

	unlink(target->copy); /* of a try that was killed */
	unlink(arena_join(work->arena, target->copy, ".lock", ""));
	status = fs_stat(AT_FDCWD, target->path, &target->id, err);
	if (status == 0)
		status = index_copy(target->path, target->copy, err);
	if (status >= 0 && !is_tested)
		status = find_others(work, target, &names, &others, err);
	if (status >= 0) {
		write_info(work, &others, &info);
		status = git_on(work, target->copy, args, &info, NULL, err);
	}
	strmap_release(&others);
	return status < 0 ? -1 : 0;
}

/* ---- On another file system ---------------------------------------------------------------------------- */

const char *publish_folder_apart(const struct repo *repo, struct arena *arena)
{
	return arena_join(arena, index_path(repo, arena), ".wf", "");
}

const char *publish_copy_apart(const struct repo *repo, size_t target, struct arena *arena)
{
	return arena_printf(arena, "%s/index-%zu", publish_folder_apart(repo, arena), target);
}

static int stat_folder_of(const struct publish_work *work, const char *path, struct file_id *id,
			  struct err *err)
{
	const char *folder = folder_of(work, path);
	int status = fs_stat(AT_FDCWD, folder, id, err);

	return status > 0 ? err_set(err, ERR_NOT_FOUND, "there is no '%s'", folder) : status;
}

/* What is made ready takes its place by name, which no other file system knows: there it gets another
 * copy, in a folder beside the index. */
static int bring_near(const struct publish_work *work, struct publish_target *target, size_t i,
		      struct err *err)
{
	const char *apart = publish_folder_apart(work->repo, work->arena);
	const char *copy = publish_copy_apart(work->repo, i, work->arena);
	struct file_id folder = { 0 }, index = { 0 }, beside = { 0 };

	if (fs_stat_fd(work->folder_fd, &folder, err) != 0 ||
	    stat_folder_of(work, target->path, &index, err) != 0 ||
	    stat_folder_of(work, apart, &beside, err) != 0)
		return -1;
	if (index.dev == folder.dev)
		return 0;
	if (index.dev != beside.dev)
		return err_set(
			err, ERR_SYSTEM,
			"'%s' is on another file system than the repository: nothing was fixed",
			target->path);
	if (fs_mkdir_p(AT_FDCWD, apart, 0700, err) != 0 || index_copy(target->copy, copy, err) != 0)
		return -1;
	target->copy = copy;
	target->is_apart = true;
	return 0;
}

/* ---- Taking its place ------------------------------------------------------------------------------------ */

static int refuse_changed(const struct publish_target *target, struct err *err)
{
	return err_set(err, ERR_BUSY, "'%s' was changed while the checks ran: nothing was staged",
		       target->path);
}

/* What replaces an index can be read by whom that could. */
static int finish_copy(const struct publish_target *target, struct err *err)
{
	int fd = open(target->copy, O_RDONLY | O_CLOEXEC), status = 0;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", target->copy);
	if ((target->id.mode && fchmod(fd, target->id.mode & 07777) != 0) || fsync(fd) != 0)
		status = err_errno(err, "cannot write '%s'", target->copy);
	close(fd);
	return status;
}

static bool is_unchanged(const struct publish_target *target)
{
	struct file_id now = { 0 };

	fs_stat(AT_FDCWD, target->path, &now, NULL);
	return fs_same_id(&now, &target->id);
}

static int refuse_locked(const char *lock, struct err *err)
{
	return err_set(err, ERR_BUSY, "another git holds '%s', or died and left it", lock);
}

/* Until nobody has it; it may be taken again at once. */
static int wait_for_lock(const struct publish_work *work, const struct publish_target *target,
			 struct err *err)
{
	const char *lock = arena_join(work->arena, target->path, ".lock", "");

	for (int tries = 0; access(lock, F_OK) == 0; tries++) {
		if (tries == LOCK_TRIES)
			return refuse_locked(lock, err);
		clock_sleep_ms(LOCK_PAUSE_MS);
	}
	return 0;
}

enum { CHANGED = 255 }; /* what no errno is */

/* The copy becomes index.lock, if nobody has that, and then the index: as git does it. 0, an errno, or
 * CHANGED. */
static int take_place(const struct publish_target *target, const char *lock)
{
	int code;

	if (link(target->copy, lock) != 0)
		return errno;
	if (!is_unchanged(target))
		code = CHANGED;
	else if (rename(lock, target->path) == 0)
		return 0;
	else
		code = errno;
	unlink(lock);
	return code;
}

/* A kill in between would leave a lock over which the next git stumbles, and that starts no hook which
 * could take it away: so a process does it that a kill of ours does not reach, nor a signal. */
static int take_place_whole(const struct publish_target *target, const char *lock)
{
	sigset_t all, before;
	pid_t pid;
	int status = -1, is_twin;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	is_twin = twin_start(&pid, false, NULL);
	if (is_twin == 1)
		_exit(take_place(target, lock));
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (is_twin < 0)
		return take_place(target, lock);
	return spawn_wait(pid, &status, NULL) == 0 && WIFEXITED(status) ? WEXITSTATUS(status)
									: ECANCELED;
}

static int put_under_lock(const struct publish_work *work, const struct publish_target *target,
			  struct err *err)
{
	const char *lock = arena_join(work->arena, target->path, ".lock", "");
	int code;

	for (int tries = 0; (code = take_place_whole(target, lock)) == EEXIST; tries++) {
		if (tries == LOCK_TRIES)
			return refuse_locked(lock, err);
		clock_sleep_ms(LOCK_PAUSE_MS);
	}
	if (code == CHANGED)
		return refuse_changed(target, err);
	errno = code;
	if (code)
		return err_errno(err, "cannot replace '%s'", target->path);
	/* By its other name a lock that is left is known as ours: the disk forgets the lock first. */
	if (fs_sync_dir(AT_FDCWD, folder_of(work, target->path), err) != 0)
		return -1;
	unlink(target->copy);
	return 0;
}

static int put(const struct publish_work *work, const struct publish_target *target,
	       struct err *err)
{
	if (finish_copy(target, err) != 0)
		return -1;
	if (!target->is_held)
		return put_under_lock(work, target, err);
	if (!is_unchanged(target))
		return refuse_changed(target, err);
	if (rename(target->copy, target->path) != 0)
		return err_errno(err, "cannot write '%s'", target->path);
	return 0;
}

/* The copies are made first: what is found to hold after that, and to be the same file when it is
 * replaced, did hold when it was copied. */
int publish_index_prepare(struct publish_work *work, struct err *err)
{
	int holds;

	work->n_targets = list_targets(work, work->targets);
	for (size_t i = 0; i < work->n_targets; i++)
		if (make_copy(work, &work->targets[i], i == 0, err) != 0 ||
		    bring_near(work, &work->targets[i], i, err) != 0)
			return -1;
	holds = freeze_holds(work->request->frozen, work->repo, err);
	if (holds <= 0)
		return holds < 0 ? -1 : refuse_changed(&work->targets[0], err);
	return work->targets[0].is_held ? 0 : wait_for_lock(work, &work->targets[0], err);
}

/* On the disk before an index: the names of the objects that it tells of, and that of its copy, by which a lock
 * that is left is known as ours. */
static int sync_what_it_names(const struct publish_work *work, struct err *err)
{
	if (objects_sync_names(work->repo, work->arena, err) != 0 ||
	    fs_sync_dir(work->folder_fd, ".", err) != 0 ||
	    fs_sync_dir(work->folder_fd, "..", err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_targets; i++) {
		const struct publish_target *target = &work->targets[i];

		if (target->is_apart &&
		    (fs_sync_dir(AT_FDCWD, folder_of(work, target->copy), err) != 0 ||
		     fs_sync_dir(AT_FDCWD, folder_of(work, target->path), err) != 0))
			return -1;
	}
	return 0;
}

/* What was synced is the file system of the files. */
static bool are_synced(const struct publish_work *work)
{
	for (size_t i = 0; i < work->n_targets; i++)
		if (work->targets[i].is_apart)
			return false;
	return work->is_synced;
}

int publish_index_put(struct publish_work *work, struct err *err)
{
	if (!are_synced(work) && sync_what_it_names(work, err) != 0)
		return -1;
	for (size_t i = 0; i < work->n_targets; i++)
		if (put(work, &work->targets[i], err) != 0)
			return -1;
	return 0;
}
