/*
 * See turn_impl.h. The file is <git dir>/wf/turns/<workflow>: a lock, and in it the id of the run that
 * holds it. It is emptied at a proper end; an id that is still there when the lock is free is that of
 * an engine that was killed.
 */
#include "turn_impl.h"

#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "store/layout.h"
#include "sys/fs.h"
#include "sys/tree.h"

#define RUN_ID_MAX 4096 /* bytes */

static const char *turn_path(struct session *session)
{
	return arena_printf(&session->arena, "%s/wf/turns/%s", session->repo.git_dir,
			    session->wf->id);
}

static const char *read_holder(struct session *session, const char *path)
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

int turn_take(struct session *session, const char *run_id, struct lock *lock, const char **died,
	      struct err *err)
{
	const char *path = turn_path(session), *holder;
	const char *dir = arena_printf(&session->arena, "%s/wf/turns", session->repo.git_dir);
	struct err lock_err = ERR_INIT;

	*died = NULL;
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	if (lock_try(lock, AT_FDCWD, path, LOCK_EXCLUSIVE, &lock_err) < 0) {
		bool busy = lock_err.kind == ERR_BUSY;

		holder = busy ? read_holder(session, path) : NULL;
		if (busy)
			err_set(err, ERR_BUSY, "run %s of '%s' is at work in this worktree",
				holder ? layout_short_id(holder) : "(just beginning)",
				session->wf->id);
		else
			err_set(err, ERR_SYSTEM, "%s", err_msg(&lock_err));
		err_release(&lock_err);
		return -1;
	}
	holder = read_holder(session, path);
	if (holder && strcmp(holder, run_id) != 0)
		*died = holder;
	return write_holder(lock, run_id, err);
}

void turn_end(struct session *session UNUSED, struct lock *lock)
{
	if (!lock->is_held)
		return;
	if (ftruncate(lock->fd, 0) < 0)
		(void)0; /* the next run looks for processes that are not there */
	lock_release(lock);
}

size_t turn_end_orphans(const char *run_id, uint64_t grace_ms)
{
	CLEANUP(strbuf_release)
	struct strbuf variable = STRBUF_INIT;
	struct tree_list left = { 0 };
	size_t n;

	strbuf_addf(&variable, "WF_RUN_ID=%s", run_id);
	tree_find_by_variable(variable.buf, &left);
	n = left.processes.n;
	if (n)
		tree_kill_all(&left, grace_ms);
	tree_list_release(&left);
	return n;
}
