/*
 * The commits of a snapshot: two that have names, and what is below them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "git/cmd.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define IDENTITY "git-wf <git-wf@localhost>"

struct commit {
	const char *tree;
	const char *parents[3]; /* NULL: no more */
	const char *prefix;	/* of the subject */
};

static void add_text(const struct snapshot_work *work, const struct commit *commit,
		     struct strbuf *text)
{
	int64_t now_s = (int64_t)time(NULL);

	strbuf_addf(text, "tree %s\n", commit->tree);
	for (size_t i = 0; i < 3 && commit->parents[i]; i++)
		strbuf_addf(text, "parent %s\n", commit->parents[i]);
	strbuf_addf(text, "author " IDENTITY " %" PRId64 " +0000\n", now_s);
	strbuf_addf(text, "committer " IDENTITY " %" PRId64 " +0000\n\n", now_s);
	strbuf_addf(text, "%s%s\n", commit->prefix, work->request->subject);
}

static int hash_commit(const struct snapshot_work *work, const struct commit *commit,
		       const char **oid, struct err *err)
{
	static const char *const args[] = { "hash-object", "-w", "-t", "commit", "--stdin", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	add_text(work, commit, &text);
	return snapshot_git_oid(work, NULL, args, &text, oid, err);
}

/* By one git, each from a file in the private folder. */
static int hash_commits(const struct snapshot_work *work, const struct commit *commits, size_t n,
			const char **oids, struct err *err)
{
	static const char *const args[] = { "hash-object",   "-w", "-t", "commit", "--no-filters",
					    "--stdin-paths", NULL };
	struct strbuf names CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	char *line, *rest = NULL;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
		const char *path = arena_printf(work->arena, "%s/commit-%zu", work->dir, i);

		add_text(work, &commits[i], &text);
		if (fs_replace(AT_FDCWD, path, 0600, text.buf, text.len, 0, err) != 0)
			return -1;
		snapshot_add_quoted(&names, path);
	}
	if (snapshot_git(work, NULL, args, &names, &out, NULL, err) != 0)
		return -1;
	strbuf_grow(&out, 1);
	for (line = strtok_r(out.buf, "\n", &rest); line && found < n;
	     line = strtok_r(NULL, "\n", &rest))
		oids[found++] = arena_strdup(work->arena, line);
	return found == n ? 0 : err_set(err, ERR_SYSTEM, "git hash-object printed too little");
}

/* HEAD; on an unborn branch a commit of nothing, for the stash shape has to have a first parent. */
static int find_base(const struct snapshot_work *work, const char **base, struct err *err)
{
	struct strbuf none CLEANUP(strbuf_release) = STRBUF_INIT;
	struct commit commit = { .prefix = "nothing yet: " };
	const char *branch;

	if (repo_head(work->request->repo, work->arena, base, &branch, err) != 0)
		return -1;
	if (**base)
		return 0;
	if (snapshot_mktree(work, &none, &commit.tree, err) != 0)
		return -1;
	return hash_commit(work, &commit, base, err);
}

int snapshot_commit_staged(const struct snapshot_work *work, struct snapshot_trees *trees,
			   struct err *err)
{
	struct commit staged = { .tree = trees->staged, .prefix = "index: " };

	if (find_base(work, &trees->base, err) != 0)
		return -1;
	staged.parents[0] = trees->base;
	return hash_commit(work, &staged, &trees->staged_commit, err);
}

static int commit_untracked(const struct snapshot_work *work, struct snapshot_trees *trees,
			    struct err *err)
{
	const struct commit untracked = { .tree = trees->untracked, .prefix = "untracked files: " };

	return trees->untracked ? hash_commit(work, &untracked, &trees->untracked_commit, err) : 0;
}

int snapshot_write_commits(const struct snapshot_work *work, struct snapshot_trees *trees,
			   const struct strbuf *notes, struct snapshot *snapshot, struct err *err)
{
	struct commit commits[] = { { .prefix = "raw: " },
				    { .tree = trees->tracked, .prefix = "WIP: " } };
	struct strbuf lines CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *oids[2];

	if (!trees->staged_commit && snapshot_commit_staged(work, trees, err) != 0)
		return -1;
	strbuf_add(&lines, notes->buf, notes->len);
	strbuf_addf(&lines, "040000 tree %s\ttree\n", trees->content);
	if (snapshot_mktree(work, &lines, &commits[0].tree, err) != 0 ||
	    commit_untracked(work, trees, err) != 0)
		return -1;
	commits[1].parents[0] = trees->base;
	commits[1].parents[1] = trees->staged_commit;
	commits[1].parents[2] = trees->untracked_commit;
	if (hash_commits(work, commits, ARRAY_SIZE(commits), oids, err) != 0)
		return -1;
	snapshot->raw = oids[0];
	snapshot->tree = oids[1];
	snapshot->content = trees->content;
	return 0;
}
