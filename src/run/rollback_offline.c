/*
 * A rollback, or its undo, of a run whose engine is not alive: under the turn of its workflow and the
 * lock of the run, told to its journal.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rollback_impl.h"

#include "event/stretch.h"
#include "run/recover.h"
#include "store/checkpoint.h"
#include "store/journal.h"
#include "sys/lock.h"
#include "turn_impl.h"

#define GRACE_MS    5000
#define LOCK_MS	    250 /* for as long as the child of a killed engine may need to exec */
#define LISTED_SIZE 400 /* bytes of a list in a message */

struct offline {
	struct session *session;
	const char *run, *dir;
	bool has_folder; /* a run whose folder was removed has refs all the same */
	struct turn turn;
	struct lock lock;
	struct journal *journal;
	struct run_state state;
	const struct rollback_ears *ears;
};

/* ---- Locks and the journal ---- */

/* A definition that is gone or broken must not keep anybody from a rollback. */
static void lend_definition(struct session *session, const char *run)
{
	struct workflow *wf;
	const char *id;

	if (session->wf || layout_parse_id(run, &session->arena, &id, NULL) < 0)
		return;
	wf = ARENA_NEW(&session->arena, struct workflow);
	wf->id = id;
	session->wf = wf;
}

static int open_run(struct offline *offline, struct err *err)
{
	struct arena *arena = &offline->session->arena;
	const char *lock;

	lend_definition(offline->session, offline->run);
	offline->dir = layout_run_dir(&offline->session->layout, arena, offline->run);
	offline->has_folder = access(offline->dir, F_OK) == 0;
	if (!offline->session->wf)
		return err_set(err, ERR_NOT_FOUND, "'%s' is no run", offline->run);
	if (turn_take(offline->session, offline->run, &offline->turn, err) < 0)
		return -1;
	if (!offline->has_folder)
		return 0;
	lock = arena_join(arena, offline->dir, "/lock", "");
	if (lock_wait(&offline->lock, AT_FDCWD, lock, LOCK_EXCLUSIVE, LOCK_MS, err) < 0)
		return err_wrap(err, "run '%s'", offline->run);
	turn_end_orphans(offline->run, GRACE_MS);
	if (recover_read_state(&offline->session->layout, offline->run, &offline->state, err) < 0)
		return -1;
	offline->journal = journal_open(offline->dir, NULL, err);
	return offline->journal ? 0 : -1;
}

static void close_run(struct offline *offline)
{
	journal_close(offline->journal);
	lock_release(&offline->lock);
	turn_end(&offline->turn);
	state_release(&offline->state);
}

static int hear(void *data, struct event *event, struct err *err)
{
	struct offline *offline = data;

	if (!offline->journal)
		return 0;
	if (journal_append(offline->journal, event, err) < 0 ||
	    journal_sync(offline->journal, err) < 0)
		return -1;
	state_apply(&offline->state, event);
	return 0;
}

static void pass_on(void *data, const char *text)
{
	const struct offline *offline = data;

	if (offline->ears && offline->ears->say)
		offline->ears->say(offline->ears->data, text);
}

/* ---- Where to ---- */

static bool is_meant(const struct snapshot_state *snapshot, const char *to)
{
	static const char *const kinds[] = { SNAPSHOT_BEFORE, SNAPSHOT_AFTER, SNAPSHOT_FIX };
	const char *step = to, *kind = SNAPSHOT_AFTER;

	if (*to && !to[strspn(to, "0123456789")])
		return snapshot->number == strtoul(to, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(to, kinds[i], len) == 0 && to[len] == ':') {
			kind = kinds[i];
			step = to + len + 1;
		}
	}
	return snapshot->step && !strcmp(snapshot->kind, kind) && !strcmp(snapshot->step, step);
}

static int no_such_place(const struct offline *offline, const struct stretches *stretches,
			 const char *to, struct err *err)
{
	struct strbuf list CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < offline->state.snapshots.n && list.len < LISTED_SIZE; i++) {
		const struct snapshot_state *snapshot = &offline->state.snapshots.v[i];

		if (stretch_has(stretches, snapshot->number))
			strbuf_addf(&list, "%s%u (%s%s%s)", list.len ? ", " : "", snapshot->number,
				    snapshot->kind, snapshot->step ? " " : "",
				    snapshot->step ? snapshot->step : "");
	}
	return err_set(err, ERR_NOT_FOUND,
		       "run '%s' has no snapshot for '%s' that it could go back to; it has %s",
		       offline->run, to, strbuf_str(&list));
}

/* "18-improve.json": the snapshot of the tree as it was when that checkpoint was written. 1: *number; 0: there
 * is no such checkpoint; -1. */
static int number_of_checkpoint(const struct offline *offline, const char *word, uint32_t *number,
				struct err *err)
{
	struct run_state then;
	int rc;

	state_init(&then);
	rc = checkpoint_find(offline->dir, word, &then, err);
	if (rc > 0 && !then.snapshots.n)
		rc = err_set(err, ERR_NOT_FOUND,
			     "checkpoint '%s' is from before the first snapshot", word);
	else if (rc > 0)
		*number = vec_last(&then.snapshots)->number;
	if (rc > 0 && then.has_run_since_snapshot)
		rc = err_set(err, ERR_NOT_FOUND,
			     "checkpoint '%s' has no snapshot of the tree as it was then: the one "
			     "before it is '--to %u'",
			     word, *number);
	state_release(&then);
	return rc;
}

static int find_number(struct offline *offline, const struct stretches *stretches, const char *to,
		       uint32_t *number, struct err *err)
{
	const struct run_state *state = &offline->state;
	int rc;

	if (!stretches->list.n)
		return err_set(err, ERR_NOT_FOUND, "of run '%s' there is nothing to roll back: %s",
			       offline->run,
			       state->snapshots.n ? "it was rolled back already"
						  : "it took no snapshots");
	if (!to) {
		*number = stretches->list.v[0].first;
		return 0;
	}
	rc = number_of_checkpoint(offline, to, number, err);
	if (rc < 0 || (rc > 0 && stretch_has(stretches, *number)))
		return rc < 0 ? -1 : 0;
	for (size_t i = state->snapshots.n; i-- > 0;) {
		*number = state->snapshots.v[i].number;
		if (is_meant(&state->snapshots.v[i], to) && stretch_has(stretches, *number))
			return 0;
	}
	return no_such_place(offline, stretches, to, err);
}

static int fill(struct offline *offline, const struct rollback_target *target,
		struct rollback_note *note, struct err *err)
{
	struct arena *arena = &offline->session->arena;
	struct stretches stretches = { 0 };
	struct stretch_pair *pairs;
	size_t n;
	int rc;

	note->run = offline->run;
	note->declared_only = target->declared_only;
	if (target->declared_only && !note->declared)
		return err_set(err, ERR_INVALID,
			       "the workflow's definition cannot be read, so nothing is known of "
			       "what its steps declare");
	if (offline->session->wf) {
		note->include = offline->session->wf->rollback.include;
		note->n_include = offline->session->wf->rollback.n_include;
	}
	stretch_list(&offline->state, &stretches);
	rc = find_number(offline, &stretches, target->to, &note->number, err);
	if (rc == 0) {
		pairs = stretch_back_to(&stretches, note->number, arena, &n);
		rc = rollback_resolve(offline->session, &offline->state, pairs, n, arena, note,
				      err);
	}
	vec_release(&stretches.list);
	return rc;
}

/* ---- The whole ---- */

static int run_it(struct offline *offline, const struct rollback_target *target,
		  struct rollback_note *note, struct rollback_outcome *outcome, struct err *err)
{
	const struct rollback_ears ears = { hear, pass_on, offline };
	int rc = open_run(offline, err);

	/* `target` NULL: the note has it all. */
	if (rc == 0 && target)
		rc = fill(offline, target, note, err);
	if (rc == 0)
		rc = rollback_run(offline->session, note,
				  offline->has_folder ? &offline->state : NULL, &ears,
				  &offline->session->arena, outcome, err);
	close_run(offline);
	return rc;
}

static struct offline offline_of(struct session *session, const char *run,
				 const struct rollback_ears *ears)
{
	return (struct offline){ .session = session,
				 .run = run,
				 .turn = TURN_NOT_HELD,
				 .lock = LOCK_NOT_HELD,
				 .ears = ears };
}

int rollback_finish_pending(struct session *session, const struct rollback_ears *ears,
			    struct rollback_outcome *outcome, struct err *err)
{
	struct rollback_note note;
	struct offline offline;
	int rc = rollback_find_pending(session, &session->arena, &note, err);

	if (rc <= 0)
		return rc;
	offline = offline_of(session, note.run, ears);
	if (run_it(&offline, NULL, &note, outcome, err) < 0)
		return err_wrap(err, "cannot finish the rollback of run '%s'", note.run);
	return 1;
}

int rollback_offline(struct session *session, const char *run, const struct rollback_target *target,
		     const struct rollback_ears *ears, struct rollback_note *note,
		     struct rollback_outcome *outcome, bool *finished, struct err *err)
{
	struct offline offline;
	int rc = rollback_finish_pending(session, ears, outcome, err);

	*finished = rc > 0;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (target->is_undo) {
		rc = rollback_find_undo(session, &session->arena, note, err);
		if (rc <= 0)
			return rc < 0 ? -1
				      : err_set(err, ERR_NOT_FOUND,
						"nothing was rolled back that could be undone");
		run = note->run;
	}
	offline = offline_of(session, run, ears);
	return run_it(&offline, target->is_undo ? NULL : target, note, outcome, err);
}
