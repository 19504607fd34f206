/*
 * The first part of a snapshot's trees, which is mostly git's work: what is staged, and tracked files as they
 * are. It goes on behind while the caller looks at what else there is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "snapshot_impl.h"

int snapshot_write_tree(const struct snapshot_work *work, const char *index, const char **tree,
			struct err *err)
{
	static const char *const args[] = { "write-tree", NULL };

	return snapshot_git_oid(work, index, args, NULL, tree, err);
}

/* The same entries without what stat() said of the files: when git writes an index it looks again at those
 * that changed as it was written, and a required filter that fails ends that. */
static int forget_stats(const struct snapshot_work *work, struct strbuf *entries, struct err *err)
{
	static const char *const show[] = { "ls-files", "-s", "-z", NULL };
	static const char *const load[] = { "update-index", "-z", "--index-info", NULL };

	if (snapshot_git(work, NULL, show, NULL, entries, NULL, err) != 0)
		return -1;
	if (unlink(work->index) != 0)
		return err_errno(err, "cannot remove '%s'", work->index);
	return snapshot_git(work, NULL, load, entries, NULL, NULL, err);
}

static bool is_there(const struct snapshot_work *work, const char *oid)
{
	const char *const args[] = { "cat-file", "-e", oid, NULL };

	return snapshot_git(work, NULL, args, NULL, NULL, NULL, NULL) == 0;
}

/* An index with unmerged entries has no tree: left NULL. Its entries are kept by their own. */
static int write_staged_tree(struct snapshot_work *work, const char **tree, struct err *err)
{
	static const char *const args[] = { "ls-files", "-u", "-z", NULL };
	struct strbuf unmerged CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;

	*tree = NULL;
	if (snapshot_write_tree(work, NULL, tree, NULL) == 0)
		return 0;
	if (snapshot_git(work, NULL, args, NULL, &unmerged, NULL, err) != 0)
		return -1;
	if (unmerged.len)
		return 0;
	if (work->has_index && forget_stats(work, &entries, err) != 0)
		return -1;
	return snapshot_write_tree(work, NULL, tree, err);
}

/* One file that git cannot take keeps it from taking any, and from telling which it is: the bytes of all
 * are kept as they are. */
static int take_all_raw(struct snapshot_work *work, struct err *err)
{
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;

	if (forget_stats(work, &entries, err) != 0)
		return -1;
	for (size_t at = 0; at < entries.len; at += strlen(entries.buf + at) + 1) {
		const char *tab = strchr(entries.buf + at, '\t');

		if (tab && strncmp(entries.buf + at, "160000", 6) != 0)
			vec_push(&work->raw_paths.list, arena_strdup(work->arena, tab + 1));
	}
	return 0;
}

static int add_tracked(struct snapshot_work *work, const char **tree, struct err *err)
{
	static const char *const args[] = { "add", "-u", "--ignore-errors", "--", ":/", NULL };
	int code;

	if (!work->has_index)
		return snapshot_write_tree(work, NULL, tree, err);
	if (snapshot_git(work, NULL, args, NULL, NULL, &code, err) != 0)
		return -1;
	if (code != 0 && take_all_raw(work, err) != 0)
		return -1;
	return snapshot_write_tree(work, NULL, tree, err);
}

/* ---- Behind ------------------------------------------------------------------------------------ */

static const char *staged_index(const struct snapshot_work *work)
{
	return arena_join(work->arena, work->dir, "/staged-index", "");
}

/* Of an index of its own: git replaces it by one that knows its trees. */
static void write_staged(void *data)
{
	struct snapshot_tracked *tracked = data;
	struct snapshot_work *work = &tracked->sides[0];

	if (tracked->known && is_there(work, tracked->known))
		tracked->staged = tracked->known;
	else if (!work->has_index ||
		 snapshot_write_tree(work, staged_index(work), &tracked->staged, NULL) != 0)
		tracked->staged = NULL;
}

/* Nobody waits for it but the end. Without it it is made there. */
static void commit_staged(void *data)
{
	struct snapshot_tracked *tracked = data;

	tracked->commit.staged = tracked->staged;
	if (snapshot_commit_staged(&tracked->sides[2], &tracked->commit, NULL) != 0)
		tracked->commit.staged_commit = NULL;
}

/* On the index of the staged side, which knows its trees by then: only what changed is looked at and written.
 * 1: git has to look at all of them. */
static int add_changes(struct snapshot_tracked *tracked, struct err *err)
{
	static const char *const args[] = { "update-index", "--remove", "-z", "--stdin", NULL };
	struct snapshot_work *work = &tracked->sides[1];
	int code = 0;

	if (!tracked->changes.len) {
		tracked->tracked = tracked->staged;
		return 0;
	}
	if (rename(staged_index(work), work->index) != 0)
		return err_errno(err, "cannot move the index in '%s'", work->dir);
	if (snapshot_git(work, NULL, args, &tracked->changes, NULL, &code, err) != 0)
		return -1;
	return code ? 1 : snapshot_write_tree(work, NULL, &tracked->tracked, err);
}

static void write_tracked(void *data)
{
	struct snapshot_tracked *tracked = data;
	int status = 1;

	if (tracked->has_changes) {
		behind_wait(&tracked->behind[0]);
		if (!tracked->staged) /* the index has no tree: write_in_order() is to follow */
			return;
		behind_start(&tracked->behind[2], commit_staged, tracked);
		status = add_changes(tracked, &tracked->err);
	}
	if (status > 0)
		status = add_tracked(&tracked->sides[1], &tracked->tracked, &tracked->err);
	tracked->status = status;
}

/* Where the index has no tree as it is. */
static int write_in_order(struct snapshot_work *work, const char **staged, struct err *err)
{
	if (work->has_index && index_copy(staged_index(work), work->index, err) != 0)
		return -1;
	if (write_staged_tree(work, staged, err) != 0)
		return -1;
	return add_tracked(work, &work->tracked, err);
}

int snapshot_tracked_begin(struct snapshot_tracked *tracked, const struct snapshot_work *work,
			   const char *known, struct err *err)
{
	*tracked = (struct snapshot_tracked){ .sides = { *work, *work, *work },
					      .status = -1,
					      .is_begun = true };
	for (size_t i = 0; i < ARRAY_SIZE(tracked->sides); i++) {
		tracked->sides[i].arena = &tracked->arenas[i];
		memset(&tracked->sides[i].raw_paths, 0, sizeof tracked->sides[i].raw_paths);
	}
	tracked->known = known ? arena_strdup(&tracked->arenas[0], known) : NULL;
	if (work->has_index && link(work->index, staged_index(&tracked->sides[0])) != 0)
		return err_errno(err, "cannot keep the index in '%s'", work->dir);
	behind_start(&tracked->behind[0], write_staged, tracked);
	return 0;
}

void snapshot_tracked_go_on(struct snapshot_tracked *tracked)
{
	tracked->is_going_on = true;
	behind_start(&tracked->behind[1], write_tracked, tracked);
}

static void tracked_release(struct snapshot_tracked *tracked)
{
	err_release(&tracked->err);
	strbuf_release(&tracked->changes);
	for (size_t i = 0; i < ARRAY_SIZE(tracked->sides); i++) {
		vec_release(&tracked->sides[i].raw_paths.list);
		arena_release(&tracked->arenas[i]);
	}
	tracked->is_begun = false;
}

static void take_commit(const struct snapshot_tracked *tracked, struct arena *arena,
			struct snapshot_trees *trees)
{
	if (!tracked->commit.staged_commit)
		return;
	trees->base = arena_strdup(arena, tracked->commit.base);
	trees->staged_commit = arena_strdup(arena, tracked->commit.staged_commit);
}

int snapshot_tracked_wait(struct snapshot_tracked *tracked, struct snapshot_work *work,
			  struct snapshot_trees *trees, struct err *err)
{
	const struct path_list *raw = &tracked->sides[1].raw_paths;
	int status = 0;

	if (!tracked->is_begun)
		return 0;
	behind_wait(&tracked->behind[1]); /* which may wait for the first, and begin the last */
	behind_wait(&tracked->behind[0]);
	behind_wait(&tracked->behind[2]);
	if (!tracked->staged) {
		status = write_in_order(work, &trees->staged, err);
	} else if (tracked->status != 0) {
		status = err_copy(err, &tracked->err);
	} else {
		trees->staged = arena_strdup(work->arena, tracked->staged);
		take_commit(tracked, work->arena, trees);
		work->tracked = arena_strdup(work->arena, tracked->tracked);
		for (size_t i = 0; i < raw->list.n; i++)
			vec_push(&work->raw_paths.list, arena_strdup(work->arena, raw->list.v[i]));
	}
	trees->tracked = work->tracked;
	tracked_release(tracked);
	return status;
}
