/*
 * Trees, indexes and blobs as git tells of them, for a commit.
 */
#include <stdlib.h>
#include <string.h>

#include "commit_impl.h"
#include "git/cmd.h"
#include "sys/fs.h"

#define GIT_TIMEOUT_MS (15 * 60 * 1000)
#define IS_FILE(mode)  (((mode)&0170000) == 0100000)

int commit_git(const struct commit_work *work, const char *index, const char *const *args,
	       const struct strbuf *input, struct strbuf *out, int *exit_code, struct err *err)
{
	const char *env[] = { index ? arena_join(work->arena, "GIT_INDEX_FILE=", index, "") : NULL,
			      NULL };
	struct git_cmd cmd = { .repo = work->request->repo,
			       .args = args,
			       .input = input,
			       .env = env,
			       .timeout_ms = GIT_TIMEOUT_MS,
			       .writes = true };

	return git_run(&cmd, out, exit_code, err);
}

int commit_git_line(const struct commit_work *work, const char *const *args,
		    const struct strbuf *input, const char **line, struct err *err)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (commit_git(work, work->index, args, input, &out, NULL, err) < 0)
		return -1;
	*line = arena_strndup(work->arena, strbuf_str(&out), strcspn(strbuf_str(&out), "\n"));
	return 0;
}

/* "MODE" and behind it a space. */
static const char *read_mode(const char *at, uint32_t *mode)
{
	char *end;

	*mode = (uint32_t)strtoul(at, &end, 8);
	return end + (*end == ' ');
}

static const char *read_oid(struct arena *arena, const char *at, const char **oid)
{
	size_t len = strcspn(at, " \t");

	*oid = arena_strndup(arena, at, len);
	return at + len + (at[len] == ' ');
}

/* ":100644 100644 OID OID M\0PATH\0" */
int commit_diff(const struct commit_work *work, const char *before, const char *after,
		struct commit_changes *changes, struct err *err)
{
	const char *const args[] = { "diff-tree",    "-r",    "-z",
				     "--no-renames", "--raw", "--no-abbrev",
				     before,	     after,   NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *at, *end;

	if (commit_git(work, NULL, args, NULL, &out, NULL, err) < 0)
		return -1;
	end = strbuf_str(&out) + out.len;
	for (at = strbuf_str(&out); at < end && *at == ':';) {
		struct commit_change change = { 0 };

		at = read_mode(at + 1, &change.before.mode);
		at = read_mode(at, &change.after.mode);
		at = read_oid(work->arena, at, &change.before.oid);
		at = read_oid(work->arena, at, &change.after.oid);
		at += strlen(at) + 1;
		if (at >= end)
			break;
		change.path = arena_strdup(work->arena, at);
		at += strlen(at) + 1;
		vec_push(&changes->list, change);
	}
	return 0;
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

		if (!known)
			continue;
		blob = ARENA_NEW(work->arena, struct blob);
		read_oid(work->arena, read_mode(at, &blob->mode), &blob->oid);
		strmap_put(entries, known, blob);
	}
	strmap_release(&wanted);
	return 0;
}

void commit_add_entry(struct strbuf *lines, const char *path, const struct blob *blob)
{
	strbuf_addf(lines, "%06o %s\t%s", blob->mode, blob->oid, path);
	strbuf_addch(lines, '\0');
}

/* ---- Three versions into one ---- */

static int write_version(const struct commit_work *work, const char *name, const struct blob *blob,
			 const char **path, struct err *err)
{
	const char *const args[] = { "cat-file", "blob", blob->oid, NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	*path = arena_join(work->arena, work->request->folder, "/", name);
	if (blob->mode && commit_git(work, NULL, args, NULL, &text, NULL, err) < 0)
		return -1;
	return fs_replace(AT_FDCWD, *path, 0600, strbuf_str(&text), text.len, 0, err);
}

static uint32_t join_modes(const struct blob *before, const struct blob *after,
			   const struct blob *at)
{
	return before->mode == after->mode ? at->mode : after->mode;
}

int commit_join(const struct commit_work *work, const struct blob *before, const struct blob *after,
		const struct blob *at, struct blob *out, struct err *err)
{
	const char *ours, *base, *theirs;
	struct strbuf merged CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *const store[] = { "hash-object", "-w", "--stdin", NULL };
	int exit_code;

	if (!IS_FILE(after->mode) || !IS_FILE(at->mode) || !IS_FILE(before->mode))
		return 0;
	*out = (struct blob){ .mode = join_modes(before, after, at), .oid = at->oid };
	if (strcmp(before->oid, after->oid) == 0)
		return 1;
	if (write_version(work, "ours", at, &ours, err) < 0 ||
	    write_version(work, "base", before, &base, err) < 0 ||
	    write_version(work, "theirs", after, &theirs, err) < 0)
		return -1;
	{
		const char *const merge[] = { "merge-file", "-p", "-q", ours, base, theirs, NULL };

		if (commit_git(work, NULL, merge, NULL, &merged, &exit_code, err) < 0)
			return -1;
	}
	if (exit_code != 0) /* conflicts, or it is no text */
		return 0;
	return commit_git_line(work, store, &merged, &out->oid, err) < 0 ? -1 : 1;
}
