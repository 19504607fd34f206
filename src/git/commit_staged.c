/*
 * The user's index after a commit: an entry that was as in the old HEAD becomes as in the new one, so that
 * the commit does not look as if it were staged to be taken back. What the user has staged at such a path
 * is joined with the change, or stays.
 */
#include <string.h>

#include "commit_impl.h"
#include "sys/clock.h"

#define TRIES	    20
#define EACH_TRY_MS 100

static bool is_same(const struct blob *a, const struct blob *b)
{
	return a->mode == b->mode && (!a->mode || !strcmp(a->oid, b->oid));
}

static int find_changes(const struct commit_work *work, const char *commit,
			struct commit_changes *changes, struct err *err)
{
	const char *const empty[] = { "hash-object", "-t", "tree", "--stdin", NULL };
	struct strbuf nothing CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *before = work->head;

	if (!before && commit_git_line(work, empty, &nothing, &before, err) < 0)
		return -1;
	return commit_diff(work, before, commit, changes, err);
}

struct following {
	struct commit_work *work;
	struct strbuf lines;
	VEC(const char *) staged;
};

static int follow_one(struct following *following, const struct commit_change *change,
		      const struct blob *at, struct err *err)
{
	struct blob joined;
	int rc;

	if (is_same(at, &change->after))
		return 0;
	if (is_same(at, &change->before)) {
		commit_add_entry(&following->lines, change->path, &change->after);
		return 0;
	}
	rc = commit_join(following->work, &change->before, &change->after, at, &joined, err);
	if (rc > 0)
		commit_add_entry(&following->lines, change->path, &joined);
	else if (rc == 0)
		vec_push(&following->staged, change->path);
	return rc < 0 ? -1 : 0;
}

/* Whoever has git's lock now will have done soon. */
static int write_index(const struct following *following, struct err *err)
{
	const char *const args[] = { "update-index", "-z", "--index-info", NULL };

	for (int i = 0; following->lines.len; i++) {
		err_release(err);
		if (commit_git(following->work, NULL, args, &following->lines, NULL, NULL, err) ==
		    0)
			return 0;
		if (i == TRIES)
			return -1;
		clock_sleep_ms(EACH_TRY_MS);
	}
	return 0;
}

static void report(struct following *following, const struct commit_changes *changes)
{
	struct commit_work *work = following->work;
	const char **paths = ARENA_ARRAY(work->arena, const char *, changes->list.n + 1);

	for (size_t i = 0; i < changes->list.n; i++)
		paths[i] = changes->list.v[i].path;
	work->report->paths = paths;
	work->report->n_paths = changes->list.n;
	work->report->n_staged = following->staged.n;
	work->report->staged = arena_memdup(work->arena, following->staged.v,
					    following->staged.n * sizeof *following->staged.v);
}

int commit_follow(struct commit_work *work, const char *commit, struct err *err)
{
	static const struct blob none = { 0 };
	struct following following = { .work = work };
	struct commit_changes changes = { 0 };
	struct strmap entries = { 0 };
	int rc = find_changes(work, commit, &changes, err);

	if (rc == 0)
		rc = commit_read_entries(work, NULL, &changes, &entries, err);
	for (size_t i = 0; rc == 0 && i < changes.list.n; i++) {
		const struct blob *at = strmap_get(&entries, changes.list.v[i].path);

		rc = follow_one(&following, &changes.list.v[i], at ? at : &none, err);
	}
	if (rc == 0)
		rc = write_index(&following, err);
	report(&following, &changes);
	strbuf_release(&following.lines);
	vec_release(&following.staged);
	vec_release(&changes.list);
	strmap_release(&entries);
	return rc;
}
