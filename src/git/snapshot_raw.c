/*
 * The bytes of files that git would convert, and of ignored files that are to be kept. The index of raw
 * files stays for the next time, so that only what changed is read again.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strmap.h"
#include "raw_repo_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define RAW_INDEX "/raw-index"

/* ---- What to keep ------------------------------------------------------------------------------ */

/* With an index that is not there every file is one of the "others", ignored or not. */
static int find_included(const struct snapshot_work *work, const struct raw_repo *raw,
			 struct path_list *paths, struct err *err)
{
	const struct snapshot_request *request = work->request;
	struct raw_repo empty = *raw;
	const char **args = ARENA_ARRAY(work->arena, const char *, request->n_include + 5);
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 0;

	if (!request->n_include)
		return 0;
	empty.index = arena_join(work->arena, work->dir, "/none", "");
	args[n++] = "ls-files";
	args[n++] = "-o";
	args[n++] = "-z";
	args[n++] = "--";
	for (size_t i = 0; i < request->n_include; i++)
		args[n++] = arena_join(work->arena, ":(glob)", request->include[i], "");
	if (raw_repo_run(&empty, work->arena, args, NULL, &out, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *path = out.buf + at;

		if (path[strlen(path) - 1] != '/')
			vec_push(&paths->list, arena_strdup(work->arena, path));
	}
	return 0;
}

/* 1: below something that is no directory, as a link to one is not; 0; -1. */
static int is_beyond(const struct snapshot_work *work, const char *path, struct err *err)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct file_id id;
		int status = fs_stat(work->root_fd,
				     arena_strndup(work->arena, path, (size_t)(slash - path)), &id,
				     err);

		if (status != 0 || !S_ISDIR(id.mode))
			return status != 0 ? status : 1;
	}
	return 0;
}

/* What is there as a file or link, and the others; a name may stand for a directory by now, and the folder
 * above it for a link, beyond which git does not look. */
static int sort_paths(const struct snapshot_work *work, const struct path_list *paths,
		      struct strbuf *there, struct strbuf *missing, struct err *err)
{
	for (size_t i = 0; i < paths->list.n; i++) {
		const char *path = paths->list.v[i];
		struct file_id id;
		int status = is_beyond(work, path, err);
		bool is_there;

		if (status == 0)
			status = fs_stat(work->root_fd, path, &id, err);
		if (status < 0)
			return -1;
		is_there = status == 0 && !S_ISDIR(id.mode);
		strbuf_add(is_there ? there : missing, path, strlen(path) + 1);
	}
	return 0;
}

/* Lines of `ls-files -s -z` whose path is one of `wanted`. */
static void pick_entries(const struct strbuf *all, const struct strbuf *wanted,
			 struct strbuf *picked)
{
	struct strmap paths = { 0 };

	for (size_t at = 0; at < wanted->len; at += strlen(wanted->buf + at) + 1)
		strmap_put(&paths, wanted->buf + at, &paths);
	for (size_t at = 0; at < all->len; at += strlen(all->buf + at) + 1) {
		const char *entry = all->buf + at, *tab = strchr(entry, '\t');

		if (tab && strmap_get(&paths, tab + 1))
			strbuf_add(picked, entry, strlen(entry) + 1);
	}
	strmap_release(&paths);
}

/* What git has overlooked in one index it would overlook in this one, which is kept, too. */
static int forget_overlooked(const struct snapshot_work *work, const struct raw_repo *raw,
			     struct err *err)
{
	static const char *const drop[] = { "update-index", "--force-remove", "-z", "--stdin",
					    NULL };
	struct strbuf paths CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!work->overlooked.list.n)
		return 0;
	snapshot_join_paths(&work->overlooked, &paths);
	return raw_repo_run(raw, work->arena, drop, &paths, NULL, err);
}

/* Into the index without conversions. */
static int hash_raw(const struct snapshot_work *work, const struct raw_repo *raw,
		    const struct strbuf *there, struct strbuf *entries, struct err *err)
{
	static const char *const add[] = { "update-index", "--add",   "--remove",
					   "-z",	   "--stdin", NULL };
	static const char *const show[] = { "ls-files", "-s", "-z", NULL };
	struct strbuf all CLEANUP(strbuf_release) = STRBUF_INIT;

	if (forget_overlooked(work, raw, err) != 0 ||
	    raw_repo_run(raw, work->arena, add, there, NULL, err) != 0 ||
	    raw_repo_run(raw, work->arena, show, NULL, &all, err) != 0)
		return -1;
	pick_entries(&all, there, entries);
	return 0;
}

/* And from there into the other index. */
static int move_raw(const struct snapshot_work *work, const struct raw_repo *raw,
		    const struct path_list *paths, const char *index, struct err *err)
{
	static const char *const move[] = { "update-index", "-z", "--index-info", NULL };
	static const char *const drop[] = { "update-index", "--force-remove", "-z", "--stdin",
					    NULL };
	struct strbuf there CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf missing CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf entries CLEANUP(strbuf_release) = STRBUF_INIT;

	if (sort_paths(work, paths, &there, &missing, err) != 0 ||
	    hash_raw(work, raw, &there, &entries, err) != 0 ||
	    (missing.len && snapshot_git(work, index, drop, &missing, NULL, NULL, err) != 0))
		return -1;
	return snapshot_git(work, index, move, &entries, NULL, NULL, err);
}

int snapshot_hash_raw(const struct snapshot_work *work, const char *index,
		      const struct path_list *paths, struct err *err)
{
	const struct snapshot_request *request = work->request;
	struct raw_repo raw;

	if (raw_repo_open(&raw, request->repo, request->scratch, work->arena, err) != 0)
		return -1;
	raw.index = arena_join(work->arena, index, "-raw", "");
	return move_raw(work, &raw, paths, index, err);
}

static int overlay(const struct snapshot_work *work, struct raw_repo *raw, struct path_list *paths,
		   struct err *err)
{
	const char *kept = raw->index;

	raw->index = arena_join(work->arena, work->dir, RAW_INDEX, "");
	if (!work->is_retry && index_copy(kept, raw->index, err) < 0)
		return -1;
	if (find_included(work, raw, paths, err) != 0)
		return -1;
	if (!paths->list.n)
		return 0;
	return move_raw(work, raw, paths, NULL, err);
}

int snapshot_overlay_raw(const struct snapshot_work *work, struct err *err)
{
	const struct snapshot_request *request = work->request;
	struct path_list paths = { 0 };
	struct raw_repo raw;
	int status;

	if (!work->raw_paths.list.n && !request->n_include)
		return 0;
	if (raw_repo_open(&raw, request->repo, request->scratch, work->arena, err) != 0)
		return -1;
	for (size_t i = 0; i < work->raw_paths.list.n; i++)
		vec_push(&paths.list, work->raw_paths.list.v[i]);
	status = overlay(work, &raw, &paths, err);
	vec_release(&paths.list);
	return status;
}

void snapshot_keep_raw(const struct snapshot_work *work)
{
	const char *index = arena_join(work->arena, work->dir, RAW_INDEX, "");
	struct raw_repo raw;

	if (access(index, F_OK) == 0 &&
	    raw_repo_open(&raw, work->request->repo, work->request->scratch, work->arena, NULL) ==
		    0)
		rename(index, raw.index);
}
