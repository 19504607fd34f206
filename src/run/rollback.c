/*
 * See run/rollback.h: one rollback from its first snapshot to its last.
 */
#include "rollback_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/glob.h"
#include "base/strmap.h"
#include "event/stretch.h"
#include "run/snap.h"
#include "sys/clock.h"
#include "sys/fs.h"

struct rolling {
	struct session *session;
	struct rollback_note *note;
	const struct run_state *state;
	const struct rollback_ears *ears;
	struct arena *arena;
	struct rollback_outcome *outcome;
	VEC(struct restore_item) items[2]; /* paths, others */
	struct strmap places;		   /* name → its place + 1 */
	struct glob **globs;		   /* of note->declared */
};

/* ---- Telling ---- */

static int tell(struct rolling *rolling, struct event *event, struct err *err)
{
	event->at_ms = clock_realtime_ms();
	event->node = WF_NONE;
	return rolling->ears->on_event ? rolling->ears->on_event(rolling->ears->data, event, err)
				       : 0;
}

/* Where nothing is known of what steps declare nothing is. */
static size_t count_undeclared(const struct rolling *rolling)
{
	const struct rollback_outcome *outcome = rolling->outcome;
	size_t n = 0;

	if (rolling->note->declared)
		return outcome->n_undeclared;
	for (size_t i = 0; i < outcome->n_paths; i++)
		n += outcome->items[i].result == RESTORE_PUT_BACK;
	return n;
}

static int tell_rollback(struct rolling *rolling, enum event_type type, struct err *err)
{
	const struct rollback_note *note = rolling->note;
	const struct rollback_outcome *outcome = rolling->outcome;
	struct event event = { .type = type,
			       .exit_code = -1,
			       .text = note->is_undo ? "undo" : "rollback",
			       .number = note->number,
			       .pre = note->pre,
			       .post = outcome->post,
			       .n_files = (uint32_t)outcome->n_paths,
			       .n_left = (uint32_t)outcome->n_left,
			       .n_undeclared = (uint32_t)count_undeclared(rolling) };

	return tell(rolling, &event, err);
}

static void say_way_back(struct rolling *rolling)
{
	const struct rollback_note *note = rolling->note;

	if (rolling->ears->say)
		rolling->ears->say(
			rolling->ears->data,
			arena_printf(rolling->arena,
				     "as it is now it stays in " SNAPSHOT_REFS "%s/%u: 'git wf "
				     "undo' brings it back, or by hand 'git restore "
				     "--source=" SNAPSHOT_REFS "%s/%u/raw:tree --worktree -- :/'",
				     note->run, note->pre, note->run, note->pre));
}

/* ---- Snapshots before and after ---- */

static struct snap_request request_of(const struct rollback_note *note, uint32_t number,
				      const char *kind)
{
	return (struct snap_request){ .run = note->run,
				      .number = number,
				      .kind = kind,
				      .include = note->include,
				      .n_include = note->n_include };
}

static int take(struct rolling *rolling, const char *kind, uint32_t *number,
		struct snapshot *snapshot, struct err *err)
{
	struct snap_request request;

	if (snap_next_number(rolling->session, rolling->note->run, rolling->state, number, err) < 0)
		return -1;
	request = request_of(rolling->note, *number, kind);
	return snap_take(rolling->session, &request, rolling->arena, snapshot, err);
}

static int tell_snapshot(struct rolling *rolling, uint32_t number, const char *kind,
			 const char *tree, const char *raw, struct err *err)
{
	struct snap_request request = request_of(rolling->note, number, kind);
	struct event event = snap_event(&request, tree, raw);

	return tell(rolling, &event, err);
}

/* Everything that is needed to go on is in the note before anything is told or written. */
static int prepare(struct rolling *rolling, struct err *err)
{
	struct rollback_note *note = rolling->note;
	struct snapshot snapshot;

	if (!note->pre) {
		if (take(rolling, SNAPSHOT_PRE, &note->pre, &snapshot, err) < 0)
			return -1;
		note->pre_raw = snapshot.raw;
		note->pre_tree = snapshot.tree;
		for (size_t i = 0; i < note->n_pairs; i++)
			if (!note->pairs[i].after)
				note->pairs[i].after = snapshot.raw;
		if (rollback_note_write(rolling->session, PENDING_NOTE, note, err) < 0)
			return -1;
	}
	rolling->outcome->pre = note->pre;
	if (rolling->state && !state_snapshot(rolling->state, note->pre) &&
	    tell_snapshot(rolling, note->pre, SNAPSHOT_PRE, note->pre_tree, note->pre_raw, err) < 0)
		return -1;
	return tell_rollback(rolling, EV_ROLLBACK_START, err);
}

/* ---- Paths ---- */

static void compile(struct rolling *rolling)
{
	const struct rollback_note *note = rolling->note;

	rolling->globs = ARENA_ARRAY(rolling->arena, struct glob *, note->n_declared + 1);
	for (size_t i = 0; i < note->n_declared; i++)
		rolling->globs[i] = glob_compile(rolling->arena, note->declared[i]);
}

static bool is_declared(const char *path, void *data)
{
	const struct rolling *rolling = data;
	const struct rollback_note *note = rolling->note;

	for (size_t i = 0; i < note->n_declared; i++) {
		size_t len = strlen(note->declared[i]);

		if (len && note->declared[i][len - 1] == '/'
			    ? !strncmp(path, note->declared[i], len)
			    : glob_match(rolling->globs[i], path))
			return true;
	}
	return false;
}

/* Of a path in several pairs: left once is left; put back once is put back. */
static void add_item(struct rolling *rolling, const struct restore_item *item, bool is_path)
{
	const char *key = arena_join(rolling->arena, is_path ? "p" : "o", item->name, "");
	uintptr_t place = (uintptr_t)strmap_get(&rolling->places, key);
	struct restore_item *known;

	if (!place) {
		vec_push(&rolling->items[!is_path], *item);
		strmap_put(&rolling->places, key, (void *)(uintptr_t)rolling->items[!is_path].n);
		return;
	}
	known = &rolling->items[!is_path].v[place - 1];
	if (item->result == RESTORE_LEFT ||
	    (item->result == RESTORE_PUT_BACK && known->result == RESTORE_ALREADY))
		*known = *item;
}

static int restore_pair(struct rolling *rolling, const char *folder, size_t at, struct err *err)
{
	const struct rollback_note *note = rolling->note;
	struct restore_report report;
	struct restore_request request = {
		.repo = &rolling->session->repo,
		.scratch = arena_printf(rolling->arena, "%s/wf/scratch",
					rolling->session->repo.git_dir),
		.folder = arena_printf(rolling->arena, "%s/%zu", folder, at),
		.before = note->pairs[at].before,
		.after = note->pairs[at].after,
		.now = note->pre_raw,
		.kept_refs = arena_printf(rolling->arena, SNAPSHOT_REFS "%s/%u/kept", note->run,
					  note->pre),
		.is_wanted = note->declared_only ? is_declared : NULL,
		.data = rolling,
	};

	if (restore_run(&request, &report, rolling->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < report.n_items; i++)
		add_item(rolling, &report.items[i], i < report.n_paths);
	return 0;
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct restore_item *)a)->name,
		      ((const struct restore_item *)b)->name);
}

static void report(struct rolling *rolling)
{
	struct rollback_outcome *outcome = rolling->outcome;
	size_t n_paths = rolling->items[0].n, n = n_paths + rolling->items[1].n;

	outcome->items = ARENA_ARRAY(rolling->arena, struct restore_item, n + 1);
	outcome->undeclared = ARENA_ARRAY(rolling->arena, const char *, n_paths + 1);
	outcome->n_items = n;
	outcome->n_paths = n_paths;
	if (n_paths)
		qsort(rolling->items[0].v, n_paths, sizeof *rolling->items[0].v, compare_items);
	for (size_t i = 0; i < n; i++) {
		struct restore_item *item = &outcome->items[i];

		*item = i < n_paths ? rolling->items[0].v[i] : rolling->items[1].v[i - n_paths];
		outcome->n_left += item->result == RESTORE_LEFT;
		if (i < n_paths && item->result == RESTORE_PUT_BACK && rolling->note->declared &&
		    !is_declared(item->name, rolling))
			outcome->undeclared[outcome->n_undeclared++] = item->name;
	}
}

/* ---- The whole ---- */

static int note_undo(struct rolling *rolling, const char *post_raw, struct err *err)
{
	const struct rollback_note *note = rolling->note;
	struct rollback_pair pair = { note->pre_raw, post_raw };
	struct rollback_note undo = { .run = note->run,
				      .is_undo = true,
				      .number = note->pre,
				      .pairs = &pair,
				      .n_pairs = 1,
				      .include = note->include,
				      .n_include = note->n_include };

	return rollback_note_write(rolling->session, UNDO_NOTE, &undo, err);
}

static int conclude(struct rolling *rolling, struct err *err)
{
	struct snapshot post;

	if (take(rolling, SNAPSHOT_POST, &rolling->outcome->post, &post, err) < 0 ||
	    note_undo(rolling, post.raw, err) < 0 ||
	    tell_snapshot(rolling, rolling->outcome->post, SNAPSHOT_POST, post.tree, post.raw,
			  err) < 0 ||
	    tell_rollback(rolling, EV_ROLLBACK_END, err) < 0)
		return -1;
	return rollback_note_remove(rolling->session, PENDING_NOTE, err);
}

static int roll(struct rolling *rolling, struct err *err)
{
	const struct session *session = rolling->session;
	const char *run_dir = layout_run_dir(&session->layout, rolling->arena, rolling->note->run);
	const char *folder = arena_join(rolling->arena, run_dir, "/rollback", "");

	/* Should we be killed, whoever finishes this finds the git that we had started by it, and ends it. */
	setenv("WF_RUN_ID", rolling->note->run, 1);
	/* Only one that is being finished has something there; the rest is of one that was done but for this. */
	if (!rolling->note->pre && restore_forget(folder, err) < 0)
		return -1;
	if (prepare(rolling, err) < 0)
		return -1;
	say_way_back(rolling);
	if (layout_make_runs_dir(session->layout.runs_dir, err) < 0 ||
	    fs_mkdir_p(AT_FDCWD, folder, 0700, err) < 0)
		return -1;
	for (size_t i = 0; i < rolling->note->n_pairs; i++)
		if (restore_pair(rolling, folder, i, err) < 0)
			return -1;
	report(rolling);
	if (conclude(rolling, err) < 0)
		return -1;
	restore_forget(folder, NULL);
	if (!rolling->state)
		rmdir(run_dir); /* it was made for this */
	return 0;
}

int rollback_run(struct session *session, struct rollback_note *note, const struct run_state *state,
		 const struct rollback_ears *ears, struct arena *arena,
		 struct rollback_outcome *outcome, struct err *err)
{
	struct rolling rolling = { .session = session,
				   .note = note,
				   .state = state,
				   .ears = ears,
				   .arena = arena,
				   .outcome = outcome };
	int rc;

	memset(outcome, 0, sizeof *outcome);
	compile(&rolling);
	rc = roll(&rolling, err);
	vec_release(&rolling.items[0]);
	vec_release(&rolling.items[1]);
	strmap_release(&rolling.places);
	return rc;
}

/* ---- What goes into a note ---- */

int rollback_resolve(const struct session *session, const struct run_state *state,
		     const struct stretch_pair *from, size_t n, struct arena *arena,
		     struct rollback_note *note, struct err *err)
{
	note->pairs = ARENA_ARRAY(arena, struct rollback_pair, n + 1);
	note->n_pairs = n;
	for (size_t i = 0; i < 2 * n; i++) {
		uint32_t number = i % 2 ? from[i / 2].after : from[i / 2].before;
		const struct snapshot_state *snapshot = state_snapshot(state, number);
		const char **into = i % 2 ? &note->pairs[i / 2].after : &note->pairs[i / 2].before;
		int whole = 0;

		if (!number)
			continue;
		if (snapshot)
			whole = snapshot_is_whole(&session->repo, snapshot->raw, err);
		if (whole < 0)
			return -1;
		if (!whole)
			return err_set(err, ERR_NOT_FOUND,
				       "snapshot %u of run '%s' is not there any more; 'git wf "
				       "snapshots %s' lists those that are",
				       number, note->run, note->run);
		*into = snapshot->raw;
	}
	return 0;
}

void rollback_declare(struct session *session, struct arena *arena, struct rollback_note *note)
{
	const struct plan *plan = session->plan;
	VEC(const char *) found = { 0 };

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		for (size_t j = 0; j < node->n_outputs; j++) {
			const struct node_path *output = &node->outputs[j];

			if (output->kind != PATH_ARTIFACT)
				vec_push(&found,
					 arena_join(arena, output->path,
						    output->kind == PATH_DIR ? "/" : "", ""));
		}
	}
	note->n_declared = found.n;
	note->declared = ARENA_ARRAY(arena, const char *, found.n + 1);
	if (found.n)
		memcpy((void *)note->declared, found.v, found.n * sizeof *found.v);
	vec_release(&found);
}
