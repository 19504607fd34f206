/*
 * What changed between the snapshots, into the private index.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "commit_impl.h"
#include "freeze_impl.h"

/* ---- What a pair of snapshots differs in ---- */

static int compare_changes(const void *a, const void *b)
{
	return strcmp(((const struct commit_change *)a)->path,
		      ((const struct commit_change *)b)->path);
}

/* The tree of files that were not tracked; a snapshot without one has no third parent. */
static int untracked_tree(const struct commit_work *work, const char *snapshot, const char **tree,
			  struct err *err)
{
	const char *spec = arena_join(work->arena, snapshot, "^3^{tree}", "");
	const char *const args[] = { "rev-parse", "--verify", "-q", spec, NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int exit_code;

	if (commit_git(work, NULL, args, NULL, &out, &exit_code, err) < 0)
		return -1;
	*tree = exit_code == 0 ? arena_strndup(work->arena, strbuf_str(&out),
					       strcspn(strbuf_str(&out), "\n"))
			       : freeze_empty_tree(work->request->repo);
	return 0;
}

/* A file that became tracked, or ceased to be, stands in both lists. */
static void join_lists(struct commit_changes *tracked, const struct commit_changes *untracked)
{
	struct strmap places = { 0 };
	size_t n = tracked->list.n;

	for (size_t i = 0; i < n; i++)
		strmap_put(&places, tracked->list.v[i].path, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < untracked->list.n; i++) {
		const struct commit_change *other = &untracked->list.v[i];
		uintptr_t place = (uintptr_t)strmap_get(&places, other->path);
		struct commit_change *known = place ? &tracked->list.v[place - 1] : NULL;

		if (!known) {
			vec_push(&tracked->list, *other);
			vec_last(&tracked->list)->was_untracked = other->before.mode != 0;
			continue;
		}
		if (other->before.mode && !known->before.mode) {
			known->before = other->before;
			known->was_untracked = true;
		}
		if (other->after.mode && !known->after.mode)
			known->after = other->after;
	}
	strmap_release(&places);
}

static bool is_wanted(const struct commit_work *work, struct glob *const *globs, const char *path)
{
	for (size_t i = 0; i < work->request->n_paths; i++)
		if (glob_match(globs[i], path))
			return true;
	return !work->request->n_paths;
}

static void keep_wanted(const struct commit_work *work, struct commit_changes *changes)
{
	const struct commit_request *request = work->request;
	struct glob **globs = ARENA_ARRAY(work->arena, struct glob *, request->n_paths + 1);
	size_t n = 0;

	for (size_t i = 0; i < request->n_paths; i++)
		globs[i] = glob_compile(work->arena, request->paths[i]);
	for (size_t i = 0; i < changes->list.n; i++)
		if (is_wanted(work, globs, changes->list.v[i].path) &&
		    !commit_is_same(&changes->list.v[i].before, &changes->list.v[i].after))
			changes->list.v[n++] = changes->list.v[i];
	changes->list.n = n;
	if (n)
		qsort(changes->list.v, n, sizeof *changes->list.v, compare_changes);
}

static int find_changes(const struct commit_work *work, const struct commit_pair *pair,
			struct commit_changes *changes, struct err *err)
{
	struct commit_changes untracked = { 0 };
	const char *before, *after;
	int rc;

	if (untracked_tree(work, pair->before, &before, err) < 0 ||
	    untracked_tree(work, pair->after, &after, err) < 0)
		return -1;
	rc = commit_diff(work, arena_join(work->arena, pair->before, "^{tree}", ""),
			 arena_join(work->arena, pair->after, "^{tree}", ""), changes, err);
	if (rc == 0)
		rc = commit_diff(work, before, after, &untracked, err);
	if (rc == 0) {
		join_lists(changes, &untracked);
		keep_wanted(work, changes);
	}
	vec_release(&untracked.list);
	return rc;
}

/* ---- Into the index ---- */

struct picking {
	struct commit_work *work;
	struct strbuf lines; /* for update-index */
	VEC(const char *) passed_over;
	VEC(const char *) overlapping;
};

static int pick_one(struct picking *picking, const struct commit_change *change,
		    const struct blob *at, struct err *err)
{
	int rc;

	if (change->was_untracked && !at && change->after.mode) {
		vec_push(&picking->passed_over, change->path); /* the user's, and new to git */
		return 0;
	}
	rc = commit_apply(picking->work, change, at, &picking->lines, err);
	if (rc == 0)
		vec_push(&picking->overlapping, change->path);
	return rc < 0 ? -1 : 0;
}

static int refuse(const struct picking *picking, struct err *err)
{
	struct strbuf list CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < picking->overlapping.n && i < 10; i++)
		strbuf_addf(&list, "%s'%s'", i ? ", " : "", picking->overlapping.v[i]);
	return err_set(err, ERR_VALUE,
		       "what was changed overlaps with changes of yours that are not committed: "
		       "%s%s; commit or stash them, and go on",
		       strbuf_str(&list), picking->overlapping.n > 10 ? ", …" : "");
}

/* What an earlier commit of the run has of this pair. */
static int find_done(const struct commit_work *work, size_t at, struct strmap *done,
		     struct err *err)
{
	const struct commit_request *request = work->request;

	for (size_t i = 0; i < request->n_done; i++)
		if (request->done[i].n_pairs > at &&
		    commit_read_paths(work, request->done[i].commit, done, err) < 0)
			return -1;
	return 0;
}

static int pick_pair(struct picking *picking, size_t number, struct err *err)
{
	const struct commit_work *work = picking->work;
	const struct commit_pair *pair = &work->request->pairs[number];
	struct strmap done = { 0 };
	struct commit_changes changes = { 0 };
	struct strmap entries = { 0 };
	int rc = find_changes(work, pair, &changes, err);

	if (rc == 0)
		rc = find_done(work, number, &done, err);
	if (rc == 0)
		rc = commit_read_entries(work, work->index, &changes, &entries, err);
	strbuf_clear(&picking->lines);
	for (size_t i = 0; rc == 0 && i < changes.list.n; i++) {
		const struct commit_change *change = &changes.list.v[i];

		if (!strmap_get(&done, change->path))
			rc = pick_one(picking, change, strmap_get(&entries, change->path), err);
	}
	if (rc == 0 && picking->overlapping.n)
		rc = refuse(picking, err);
	if (rc == 0 && picking->lines.len)
		rc = commit_write_entries(work, work->index, &picking->lines, err);
	vec_release(&changes.list);
	strmap_release(&entries);
	strmap_release(&done);
	return rc;
}

int commit_pick(struct commit_work *work, struct err *err)
{
	struct picking picking = { .work = work };
	struct commit_report *report = work->report;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < work->request->n_pairs; i++)
		rc = pick_pair(&picking, i, err);
	report->n_passed_over = picking.passed_over.n;
	report->passed_over = arena_memdup(work->arena, picking.passed_over.v,
					   picking.passed_over.n * sizeof *picking.passed_over.v);
	strbuf_release(&picking.lines);
	vec_release(&picking.passed_over);
	vec_release(&picking.overlapping);
	return rc;
}
