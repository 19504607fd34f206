/*
 * See turn_impl.h. The file is <git dir>/wf/turns/<workflow>: a lock, and in it a line with the id of the
 * run that holds it. It is emptied at a proper end; an id that is still there when the lock is free is
 * that of an engine that was killed, and stays behind the next holder's until what it left running is
 * ended: that one may be killed, too. `concurrency: {group: NAME}` adds the lock group.NAME.
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
#define LEFT_GRACE_MS 1000  /* between TERM and KILL */
#define HOLDERS_MAX   65536 /* bytes */
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

	if (fs_read_file(AT_FDCWD, path, HOLDERS_MAX, &text, NULL) < 0 || text.len == 0)
		return NULL;
	return arena_strndup(&session->arena, text.buf, strcspn(text.buf, "\n"));
}

/* Never shorter than what was there, so that one write does it: a kill leaves the old or the new. */
static int write_holders(const struct lock *lock, const char *run_id, const struct run_names *died,
			 struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s\n", run_id);
	for (size_t i = 0; i < died->list.n; i++)
		strbuf_addf(&text, "%s\n", died->list.v[i]);
	if (lseek(lock->fd, 0, SEEK_SET) < 0)
		return err_errno(err, "cannot write the lock");
	return fs_write_all(lock->fd, text.buf, text.len, err);
}

/* The lines of a file but `but`, which may be NULL. */
static void read_holders(const char *path, const char *but, struct arena *arena,
			 struct run_names *names)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, path, HOLDERS_MAX, &text, NULL) < 0)
		return;
	for (size_t at = 0, len; at < text.len; at += len + 1) {
		const char *name = text.buf + at;

		len = strcspn(name, "\n");
		if (len && !(but && strlen(but) == len && !strncmp(name, but, len)))
			vec_push(&names->list, arena_strndup(arena, name, len));
	}
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
		     struct lock *lock, struct run_names *died, struct err *err)
{
	struct err lock_err = ERR_INIT;

	/* An engine that was killed while it spawned is held open by its child until that execs. */
	if (lock_wait(lock, AT_FDCWD, path, LOCK_EXCLUSIVE, EXEC_GRACE_MS, &lock_err) < 0) {
		if (lock_err.kind == ERR_BUSY)
			refuse_busy(session, path, err);
		else
			err_set(err, ERR_SYSTEM, "%s", err_msg(&lock_err));
		err_release(&lock_err);
		return -1;
	}
	read_holders(path, run_id, &session->arena, died);
	return write_holders(lock, run_id, died, err);
}

/* The workflow's first, always: then no two runs wait for each other. */
int turn_take(struct session *session, const char *run_id, struct turn *turn, struct err *err)
{
	const char *dir = arena_printf(&session->arena, "%s/wf/turns", session->repo.git_dir);
	const char *group = turn_group_path(session);

	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0 ||
	    take_lock(session, turn_path(session), run_id, &turn->own, &turn->died, err) < 0)
		return -1;
	if (!group)
		return 0;
	return take_lock(session, group, run_id, &turn->group, &turn->died_in_group, err);
}

/* What cannot be cut leads the next run to look for processes that are not there. */
static void cut(struct lock *lock, size_t len)
{
	if (lock->is_held && ftruncate(lock->fd, (off_t)len) < 0)
		(void)0;
}

static void let_go(struct lock *lock, struct run_names *died)
{
	cut(lock, 0);
	if (lock->is_held)
		lock_release(lock);
	vec_release(&died->list);
}

void turn_end(struct turn *turn)
{
	let_go(&turn->group, &turn->died_in_group);
	let_go(&turn->own, &turn->died);
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

static size_t end_all(const struct run_names *names, uint64_t grace_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < names->list.n; i++)
		n += turn_end_orphans(names->list.v[i], grace_ms);
	return n;
}

size_t turn_end_died(struct turn *turn, const char *run_id, uint64_t grace_ms)
{
	size_t n = end_all(&turn->died, grace_ms) + end_all(&turn->died_in_group, grace_ms);

	cut(&turn->own, strlen(run_id) + 1);
	cut(&turn->group, strlen(run_id) + 1);
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
		struct run_names names = { 0 };

		read_holders(arena_join(&arena, turns, entry.name, ""), NULL, &arena, &names);
		end_all(&names, LEFT_GRACE_MS);
		vec_release(&names.list);
	}
	fs_dir_close(&dir);
}
