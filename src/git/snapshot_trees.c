/*
 * The rest of a snapshot's trees, when that of tracked files is there: untracked ones, and the bytes of those
 * that git keeps otherwise than they are on the disk. Mostly there are none of the latter, and to be sure of
 * it takes as long as the commits do: they are made meanwhile, and again if there are some.
 */
#include <string.h>

#include "snapshot_impl.h"

/* ---- Untracked files --------------------------------------------------------------------------- */

static int hash_untracked(struct snapshot_work *work, const char *index, struct err *err)
{
	static const char *const add[] = { "update-index", "--add",   "--remove",
					   "-z",	   "--stdin", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	int code;

	snapshot_join_paths(&work->untracked, &text);
	if (snapshot_git(work, index, add, &text, NULL, &code, err) != 0)
		return -1;
	/* One file that git cannot take (a required filter fails) keeps it from taking any. */
	return code == 0 ? 0 : snapshot_hash_raw(work, index, &work->untracked, err);
}

/* In an index of their own first, for the third parent; then moved over to the others. */
static int add_untracked(struct snapshot_work *work, const char **tree, struct err *err)
{
	static const char *const show[] = { "ls-files", "-s", "-z", NULL };
	static const char *const move[] = { "update-index", "-z", "--index-info", NULL };
	const char *index = arena_join(work->arena, work->dir, "/untracked", "");
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;

	if (snapshot_drop_unreadable(work, &work->untracked, err) != 0)
		return -1;
	if (!work->untracked.list.n)
		return 0;
	if (hash_untracked(work, index, err) != 0 ||
	    snapshot_write_tree(work, index, tree, err) != 0 ||
	    snapshot_git(work, index, show, NULL, &entries, NULL, err) != 0)
		return -1;
	return snapshot_git(work, NULL, move, &entries, NULL, NULL, err);
}

/* ---- Bytes as they are ------------------------------------------------------------------------- */

/* In a thread, which has arena and lists of its own. */
struct search {
	struct snapshot_work side;
	struct arena arena;
	struct behind behind;
	struct path_list converted;
	int status;
	struct err err;
};

static void find_converted(void *data)
{
	struct search *search = data;

	search->status = snapshot_find_converted(&search->side, &search->side.attributed,
						 &search->converted, &search->err);
}

static void search_begin(struct search *search, const struct snapshot_work *work)
{
	*search = (struct search){ .side = *work };
	search->side.arena = &search->arena;
	memset(&search->side.attributed, 0, sizeof search->side.attributed);
	for (size_t i = 0; i < work->attributed.list.n; i++)
		vec_push(&search->side.attributed.list, work->attributed.list.v[i]);
	behind_start(&search->behind, find_converted, search);
}

static int search_wait(struct search *search, struct snapshot_work *work, struct err *err)
{
	int status;

	behind_wait(&search->behind);
	for (size_t i = 0; i < search->converted.list.n; i++)
		vec_push(&work->raw_paths.list,
			 arena_strdup(work->arena, search->converted.list.v[i]));
	status = search->status;
	if (status != 0)
		err_copy(err, &search->err);
	err_release(&search->err);
	vec_release(&search->side.attributed.list);
	vec_release(&search->converted.list);
	arena_release(&search->arena);
	return status;
}

static bool has_raw(const struct snapshot_work *work)
{
	return work->raw_paths.list.n || work->request->n_include;
}

static int add_raw(struct snapshot_work *work, struct snapshot_trees *trees, struct err *err)
{
	if (snapshot_drop_unreadable(work, &work->raw_paths, err) != 0 ||
	    snapshot_overlay_raw(work, err) != 0 ||
	    snapshot_write_tree(work, NULL, &trees->content, err) != 0)
		return -1;
	snapshot_keep_raw(work);
	return 0;
}

/* ---- All of them ------------------------------------------------------------------------------- */

/* As if what is found were nothing: true if there are commits then, for what it is worth. */
static bool write_plain(struct snapshot_work *work, struct snapshot_trees *trees,
			const struct strbuf *notes, struct snapshot *snapshot)
{
	if (trees->untracked || has_raw(work) || work->attributed.list.n)
		return false;
	trees->content = trees->tracked;
	return snapshot_write_commits(work, trees, notes, snapshot, NULL) == 0;
}

int snapshot_write_trees(struct snapshot_work *work, struct snapshot_trees *trees,
			 const struct strbuf *notes, struct snapshot *snapshot, struct err *err)
{
	struct search search;
	bool is_written;

	if (add_untracked(work, &trees->untracked, err) != 0)
		return -1;
	if (!trees->staged)
		trees->staged = trees->tracked;
	search_begin(&search, work);
	is_written = write_plain(work, trees, notes, snapshot);
	if (search_wait(&search, work, err) != 0)
		return -1;
	if (is_written && !has_raw(work))
		return 0;
	trees->content = trees->tracked;
	if ((trees->untracked || has_raw(work)) && add_raw(work, trees, err) != 0)
		return -1;
	return snapshot_write_commits(work, trees, notes, snapshot, err);
}
