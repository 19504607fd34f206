/*
 * Trees, indexes and blobs as git tells of them, for a commit.
 */
#include <stdlib.h>
#include <string.h>

#include "commit_impl.h"
#include "freeze_impl.h"
#include "git/cmd.h"
#include "merge_impl.h"
#include "objects_impl.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000)
#define IS_FILE(mode)  (((mode)&0170000) == 0100000)

/* What is committed is on the disk when HEAD is moved, and the user's index whole when it has its name. */
static struct git_cmd git_of(const struct commit_work *work, const char *const *args)
{
	static const char *const settings[] = { OBJECTS_SYNCED, NULL };

	return (struct git_cmd){ .repo = work->request->repo,
				 .args = args,
				 .settings = settings,
				 .timeout_ms = GIT_TIMEOUT_MS,
				 .writes = true };
}

int commit_git(const struct commit_work *work, const char *index, const char *const *args,
	       const struct strbuf *input, struct strbuf *out, int *exit_code, struct err *err)
{
	const char *env[] = { index ? arena_join(work->arena, "GIT_INDEX_FILE=", index, "") : NULL,
			      NULL };
	struct git_cmd cmd = git_of(work, args);

	cmd.env = env;
	cmd.input = input;
	return git_run(&cmd, out, exit_code, err);
}

int commit_git_line(const struct commit_work *work, const char *const *args, const char **line,
		    struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (commit_git(work, work->index, args, NULL, &out, NULL, err) < 0)
		return -1;
	*line = arena_strndup(work->arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return 0;
}

int commit_diff(const struct commit_work *work, const char *before, const char *after,
		struct commit_changes *changes, struct err *err)
{
	size_t n;
	const struct frozen_path *paths = freeze_compare(work->request->repo, before, after, &n,
							 work->arena, err);

	for (size_t i = 0; paths && i < n; i++) {
		struct commit_change change = { .path = paths[i].path,
						.before = { paths[i].old_mode, paths[i].old_oid },
						.after = { paths[i].mode, paths[i].oid } };

		vec_push(&changes->list, change);
	}
	return paths ? 0 : -1;
}

int commit_read_paths(const struct commit_work *work, const char *commit, struct strmap *paths,
		      struct err *err)
{
	const char *const args[] = { "diff-tree",      "-r",	      "-z",
				     "--root",	       "--name-only", "--no-renames",
				     "--no-commit-id", commit,	      NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *at, *end;

	if (commit_git(work, NULL, args, NULL, &out, NULL, err) < 0)
		return -1;
	end = strbuf_str(&out) + out.len;
	for (at = strbuf_str(&out); at < end; at += strlen(at) + 1) {
		const char *path = arena_strdup(work->arena, at);

		strmap_put(paths, path, (void *)path);
	}
	return 0;
}

/* "MODE OID STAGE\tPATH\0" */
int commit_read_entries(const struct commit_work *work, const char *index,
			const struct commit_changes *changes, struct strmap *entries,
			struct err *err)
{
	const char *const args[] = { "ls-files", "-s", "-z", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strmap wanted = { 0 };
	const char *at, *end;

	for (size_t i = 0; i < changes->list.n; i++)
		strmap_put(&wanted, changes->list.v[i].path, (void *)changes->list.v[i].path);
	if (wanted.n && commit_git(work, index, args, NULL, &out, NULL, err) < 0) {
		strmap_release(&wanted);
		return -1;
	}
	end = strbuf_str(&out) + out.len;
	for (at = strbuf_str(&out); at < end; at += strlen(at) + 1) {
		const char *path = strchr(at, '\t'),
			   *known = path ? strmap_get(&wanted, path + 1) : NULL;
		struct blob *blob;
		char *oid;

		if (!known)
			continue;
		blob = ARENA_NEW(work->arena, struct blob);
		blob->mode = (uint32_t)strtoul(at, &oid, 8);
		oid += *oid == ' ';
		blob->oid = arena_strndup(work->arena, oid, strcspn(oid, " "));
		strmap_put(entries, known, blob);
	}
	strmap_release(&wanted);
	return 0;
}

int commit_write_entries(const struct commit_work *work, const char *index,
			 const struct strbuf *lines, struct err *err)
{
	const char *const args[] = { "update-index", "-z", "--index-info", NULL };

	return commit_git(work, index, args, lines, NULL, NULL, err);
}

/* ---- One change -------------------------------------------------------------------------------------- */

bool commit_is_same(const struct blob *a, const struct blob *b)
{
	return a->mode == b->mode && (!a->mode || !strcmp(a->oid, b->oid));
}

static void add_entry(struct strbuf *lines, const char *path, const struct blob *blob)
{
	strbuf_addf(lines, "%06o %s\t%s", blob->mode, blob->oid, path);
	strbuf_addch(lines, '\0');
}

/* The change made to what is there, line by line. 1: *out; 0: they are about the same lines; -1. */
static int join(const struct commit_work *work, const struct commit_change *change,
		const struct blob *at, struct blob *out, struct err *err)
{
	const struct blob *before = &change->before, *after = &change->after;
	const char *const oids[MERGE_SIDES] = {
		[MERGE_OURS] = at->oid, [MERGE_BASE] = before->oid, [MERGE_THEIRS] = after->oid
	};
	const struct git_cmd like = git_of(work, NULL);

	if (!IS_FILE(after->mode) || !IS_FILE(at->mode) || !IS_FILE(before->mode))
		return 0;
	*out = (struct blob){ .mode = before->mode == after->mode ? at->mode : after->mode,
			      .oid = at->oid };
	if (strcmp(before->oid, after->oid) == 0)
		return 1;
	return merge_blobs(&like, work->request->folder, oids, &out->oid, work->arena, err);
}

int commit_apply(const struct commit_work *work, const struct commit_change *change,
		 const struct blob *at, struct strbuf *lines, struct err *err)
{
	static const struct blob none;
	struct blob joined = change->after;
	int rc = 1;

	at = at ? at : &none;
	if (commit_is_same(at, &change->after))
		return 1;
	if (!commit_is_same(at, &change->before))
		rc = join(work, change, at, &joined, err);
	if (rc > 0)
		add_entry(lines, change->path, &joined);
	return rc;
}
