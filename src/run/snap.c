/*
 * See run/snap.h. Scratch is <git dir>/wf/scratch: a folder for each snapshot at work, and what makes
 * the next one cheaper. Whoever makes one holds a shared lock on the file beside it, so whoever can have
 * it alone may clear away what is left.
 */
#include "run/snap.h"

#include <fcntl.h>
#include <string.h>

#include "sys/fs.h"
#include "sys/lock.h"

#define LOCK_KEPT_MS (3600 * INT64_C(1000)) /* longer than git may hold one */
#define EXPIRE_TRIES 3

static const char *scratch_path(const struct session *session, struct arena *arena)
{
	return arena_printf(arena, "%s/wf/scratch", session->repo.git_dir);
}

static void clear(const char *scratch)
{
	struct fs_entry entry;
	struct fs_dir dir;

	if (fs_dir_open(&dir, AT_FDCWD, scratch, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0)
		if (!strncmp(entry.name, SNAP_OF_COMMIT, strlen(SNAP_OF_COMMIT)) ||
		    snapshot_is_left_over(fs_dir_fd(&dir), entry.name))
			fs_remove_tree(fs_dir_fd(&dir), entry.name, NULL);
	fs_dir_close(&dir);
}

void snap_remove_leftovers(const struct session *session)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *scratch = scratch_path(session, &arena);
	struct lock lock = LOCK_NOT_HELD;
	struct file_id id;

	if (fs_stat(AT_FDCWD, scratch, &id, NULL) != 0)
		return;
	if (lock_try(&lock, AT_FDCWD, arena_join(&arena, scratch, "/lock", ""), LOCK_EXCLUSIVE,
		     NULL) == 0)
		clear(scratch);
	lock_release(&lock);
}

int snap_hold_scratch(const struct session *session, struct arena *arena, const char **scratch,
		      struct lock *lock, struct err *err)
{
	*scratch = scratch_path(session, arena);
	if (fs_mkdir_p(AT_FDCWD, *scratch, 0700, err) < 0)
		return -1;
	snap_remove_leftovers(session);
	return lock_wait(lock, AT_FDCWD, arena_join(arena, *scratch, "/lock", ""), LOCK_SHARED,
			 60000, err);
}

static const char *subject_of(const struct snap_request *request, struct arena *arena)
{
	if (!request->step)
		return arena_printf(arena, "git wf %s %u (%s)", request->run, request->number,
				    request->kind);
	return arena_printf(arena, "git wf %s %u (%s %s)", request->run, request->number,
			    request->kind, request->step);
}

int snap_take(struct session *session, const struct snap_request *request, struct arena *arena,
	      struct snapshot *snapshot, struct err *err)
{
	struct snapshot_request wanted = {
		.repo = &session->repo,
		.run = request->run,
		.number = request->number,
		.subject = subject_of(request, arena),
		.include = request->include,
		.n_include = request->n_include,
	};
	struct lock lock = LOCK_NOT_HELD;
	int rc;

	if (!session->repo.root)
		return err_set(err, ERR_INVALID, "a bare repository has no tree to take");
	if (snap_hold_scratch(session, arena, &wanted.scratch, &lock, err) < 0)
		return -1;
	rc = snapshot_take(snapshot, &wanted, arena, err);
	lock_release(&lock);
	return rc;
}

struct event snap_event(const struct snap_request *request, const char *tree, const char *raw)
{
	return (struct event){ .type = EV_SNAPSHOT,
			       .node = WF_NONE,
			       .exit_code = -1,
			       .text = request->kind,
			       .step = request->step,
			       .number = request->number,
			       .tree = tree,
			       .raw = raw };
}

int snap_next_number(struct session *session, const char *run, const struct run_state *state,
		     uint32_t *number, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct snapshot_entry *entries;
	uint32_t last = 0;
	size_t n;

	if (snapshot_list(&session->repo, run, &arena, &entries, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		last = entries[i].number > last ? entries[i].number : last;
	if (state && state->snapshots.n && vec_last(&state->snapshots)->number > last)
		last = vec_last(&state->snapshots)->number;
	*number = last + 1;
	return 0;
}

/* 1; 0: it is locked, and stays until the lock goes, or is old enough to be nobody's; -1. */
static int remove_expired(const struct session *session, const struct snapshot_entry *entry,
			  struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (snapshot_remove(&session->repo, entry, &why) == 0)
		return 1;
	if (snapshot_is_locked(&session->repo, entry))
		return 0;
	return err_copy(err, &why);
}

static int expire_once(const struct session *session, int64_t now_ms, bool dry_run,
		       uint64_t *n_removed, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct snapshot_entry *entries;
	size_t n;

	if (snapshot_list(&session->repo, NULL, &arena, &entries, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int removed = 1;

		if (now_ms - entries[i].time_s * 1000 < SNAP_KEPT_MS)
			continue;
		if (!dry_run)
			removed = remove_expired(session, &entries[i], err);
		if (removed < 0)
			return -1;
		*n_removed += (unsigned)removed;
	}
	return 0;
}

int snap_expire(const struct session *session, int64_t now_ms, bool dry_run, uint64_t *n_removed,
		struct err *err)
{
	*n_removed = 0;
	if (!dry_run)
		snapshot_remove_locks(&session->repo, (now_ms - LOCK_KEPT_MS) / 1000);
	/* Another one, or a git that it left when it was killed, may be removing the same: then what is there now
	 * counts. */
	for (int i = 1; i < EXPIRE_TRIES; i++)
		if (expire_once(session, now_ms, dry_run, n_removed, NULL) == 0)
			return 0;
	return expire_once(session, now_ms, dry_run, n_removed, err);
}
