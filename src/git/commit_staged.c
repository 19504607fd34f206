/*
 * The user's index after a commit: an entry that was as in the old HEAD becomes as in the new one, so that
 * the commit does not look as if it were staged to be taken back. What the user has staged at such a path
 * is joined with the change, or stays.
 */
#include "commit_impl.h"
#include "freeze_impl.h"
#include "sys/clock.h"

#define TRIES	    20
#define EACH_TRY_MS 100

struct following {
	struct commit_work *work;
	struct strbuf lines;
	VEC(const char *) staged;
};

static int follow_one(struct following *following, const struct commit_change *change,
		      const struct blob *at, struct err *err)
{
	int rc = commit_apply(following->work, change, at, &following->lines, err);

	if (rc == 0)
		vec_push(&following->staged, change->path);
	return rc < 0 ? -1 : 0;
}

/* Whoever has git's lock now will have done soon. */
static int write_index(const struct following *following, struct err *err)
{
	for (int i = 0; following->lines.len; i++) {
		err_release(err);
		if (commit_write_entries(following->work, NULL, &following->lines, err) == 0)
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
	struct following following = { .work = work };
	struct commit_changes changes = { 0 };
	struct strmap entries = { 0 };
	const char *before = work->head ? work->head : freeze_empty_tree(work->request->repo);
	int rc = commit_diff(work, before, commit, &changes, err);

	if (rc == 0)
		rc = commit_read_entries(work, NULL, &changes, &entries, err);
	for (size_t i = 0; rc == 0 && i < changes.list.n; i++) {
		const struct commit_change *change = &changes.list.v[i];

		rc = follow_one(&following, change, strmap_get(&entries, change->path), err);
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
