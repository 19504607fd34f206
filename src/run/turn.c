/*
 * See turn_impl.h. The file is <git dir>/wf/turns/<workflow>: a lock, and in it the id of the run that
 * holds it. It is emptied at a proper end; an id that is still there when the lock is free is that of
 * an engine that was killed. `concurrency: {group: NAME}` adds the lock group.NAME.
 */
#include "run/turn.h"
#include "turn_impl.h"

#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/layout.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/tree.h"

#define EXEC_GRACE_MS 250
#define LEFT_GRACE_MS 1000 /* between TERM and KILL */
#define RUN_ID_MAX    4096 /* bytes */
#define STORM_MS      5000 /* for those that fork faster than they end; what cannot be ended stays */

const char *turn_path(struct session *session)
{
	return arena_printf(&session->arena, "%s/wf/turns/%s", session->repo.git_dir,
			    session->wf->id);
}

/* No workflow's id has a dot. */
const char *turn_group_path(struct session *session)
{
	return session->group ? arena_printf(&session->arena, "%s/wf/turns/group.%s",
					     session->repo.git_dir,
					     turn_group_file(session->group, &session->arena))
			      : NULL;
}

const char *turn_holder(struct session *session, const char *path)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, path, RUN_ID_MAX, &text, NULL) < 0 || text.len == 0)
		return NULL;
	return arena_strndup(&session->arena, text.buf, text.len);
}

static int write_holder(const struct lock *lock, const char *run_id, struct err *err)
{
	if (ftruncate(lock->fd, 0) < 0 || lseek(lock->fd, 0, SEEK_SET) < 0)
		return err_errno(err, "cannot write the lock");
	return fs_write_all(lock->fd, run_id, strlen(run_id), err);
}

static int refuse_busy(struct session *session, const char *path, struct err *err)
{
	const char *holder = turn_holder(session, path), *group = session->group;
	const char *run = holder ? layout_short_id(holder) : "(just beginning)";

	if (group && strcmp(path, turn_path(session)) != 0)
		return err_set(err, ERR_BUSY,
			       "run %s of the group '%s' is at work in this worktree", run, group);
	return err_set(err, ERR_BUSY, "run %s of '%s' is at work in this worktree", run,
		       session->wf->id);
}

static int take_lock(struct session *session, const char *path, const char *run_id,
		     struct lock *lock, const char **died, struct err *err)
{
	struct err lock_err = ERR_INIT;
	const char *holder;

	/* An engine that was killed while it spawned is held open by its child until that execs. */
	if (lock_wait(lock, AT_FDCWD, path, LOCK_EXCLUSIVE, EXEC_GRACE_MS, &lock_err) < 0) {
		if (lock_err.kind == ERR_BUSY)
			refuse_busy(session, path, err);
		else
			err_set(err, ERR_SYSTEM, "%s", err_msg(&lock_err));
		err_release(&lock_err);
		return -1;
	}
	holder = turn_holder(session, path);
	if (holder && strcmp(holder, run_id) != 0)
		*died = holder;
	return write_holder(lock, run_id, err);
}

/* The workflow's first, always: then no two runs wait for each other. */
int turn_take(struct session *session, const char *run_id, struct turn *turn, struct err *err)
{
	const char *dir = arena_printf(&session->arena, "%s/wf/turns", session->repo.git_dir);
	const char *group = turn_group_path(session);

	turn->died = turn->died_in_group = NULL;
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0 ||
	    take_lock(session, turn_path(session), run_id, &turn->own, &turn->died, err) < 0)
		return -1;
	if (!group)
		return 0;
	return take_lock(session, group, run_id, &turn->group, &turn->died_in_group, err);
}

static void let_go(struct lock *lock)
{
	if (!lock->is_held)
		return;
	if (ftruncate(lock->fd, 0) < 0)
		(void)0; /* the next run looks for processes that are not there */
	lock_release(lock);
}

void turn_end(struct turn *turn)
{
	let_go(&turn->group);
	let_go(&turn->own);
}

/* Is anybody there? *n_ended counts those that no longer are. */
static bool end_those_found(const char *variable, uint64_t grace_ms, size_t *n_ended)
{
	struct tree_list left = { 0 };
	size_t n;

	tree_find_by_variable(variable, &left);
	n = left.processes.n;
	if (n)
		*n_ended += n - tree_kill_all(&left, grace_ms);
	tree_list_release(&left);
	return n > 0;
}

/* One that is just being executed has no environment yet, and one that forks meanwhile is missed: it is
 * over when several looks in a row find nobody. */
size_t turn_end_orphans(const char *run_id, uint64_t grace_ms)
{
	static const unsigned pauses_ms[] = { 0, 4, 16 };
	CLEANUP(strbuf_release)
	struct strbuf variable = STRBUF_INIT;
	uint64_t until_ms = clock_monotonic_ms() + grace_ms + STORM_MS;
	size_t n = 0, n_quiet = 0;

	strbuf_addf(&variable, "WF_RUN_ID=%s", run_id);
	while (n_quiet < ARRAY_SIZE(pauses_ms)) {
		clock_sleep_ms(pauses_ms[n_quiet++]);
		if (!end_those_found(variable.buf, grace_ms, &n))
			continue;
		if (clock_monotonic_ms() >= until_ms)
			break;
		/* What was asked once and forked instead is not asked again. */
		n_quiet = grace_ms = 0;
	}
	return n;
}

void turn_end_left(const char *git_dir)
{
	CLEANUP(arena_release)
	struct arena arena = { 0 };
	const char *turns = arena_join(&arena, git_dir, "/wf/turns/", "");
	struct fs_dir dir;
	struct fs_entry entry;

	if (fs_dir_open(&dir, AT_FDCWD, turns, NULL) != 0)
		return;
	while (fs_dir_next(&dir, &entry, NULL) > 0) {
		CLEANUP(strbuf_release)
		struct strbuf holder = STRBUF_INIT;
		const char *path = arena_join(&arena, turns, entry.name, "");

		if (fs_read_file(AT_FDCWD, path, RUN_ID_MAX, &holder, NULL) == 0 && holder.len)
			turn_end_orphans(strbuf_str(&holder), LEFT_GRACE_MS);
	}
	fs_dir_close(&dir);
}
