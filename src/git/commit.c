/*
 * See git/commit.h: the order of it all.
 */
#include "git/commit.h"

#include <string.h>
#include <unistd.h>

#include "commit_impl.h"
#include "freeze_impl.h"
#include "git/cmd.h"
#include "objects_impl.h"
#include "snapshot_impl.h"
#include "sys/fs.h"

#define HOOK_TIMEOUT_MS (60 * 60 * 1000)

/* ---- Before it ---- */

static int refuse_in_progress(const struct commit_work *work, struct err *err)
{
	static const char *const notes[] = { "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
					     "rebase-merge", "rebase-apply" };

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		const char *path = arena_join(work->arena, work->request->repo->git_dir, "/",
					      notes[i]);

		if (access(path, F_OK) == 0)
			return err_set(err, ERR_VALUE,
				       "a merge, rebase or the like is in progress (%s): finish it "
				       "before anything is committed",
				       notes[i]);
	}
	return 0;
}

static int find_head(struct commit_work *work, struct err *err)
{
	const char *const args[] = { "rev-parse", "--verify", "-q", "HEAD^{commit}", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int exit_code;

	if (commit_git(work, NULL, args, NULL, &out, &exit_code, err) < 0)
		return -1;
	if (exit_code == 0)
		work->head = arena_strndup(work->arena, out.buf, strcspn(out.buf, "\n"));
	return 0;
}

/* With what the user's knows of files, so that hooks need not read them all; else without. */
static int make_index(struct commit_work *work, struct err *err)
{
	const char *const merge[] = { "read-tree", "-m", "HEAD", NULL };
	const char *const read[] = { "read-tree", work->head ? "HEAD" : "--empty", NULL };
	const char *from = index_path(work->request->repo, work->arena);
	int exit_code = 1, copied;

	work->index = arena_join(work->arena, work->request->folder, "/index", "");
	if (fs_mkdir_p(AT_FDCWD, work->request->folder, 0700, err) < 0)
		return -1;
	copied = index_copy(from, work->index, err);
	if (copied < 0)
		return -1;
	if (copied == 0 && work->head &&
	    commit_git(work, work->index, merge, NULL, NULL, &exit_code, err) < 0)
		return -1;
	if (exit_code == 0)
		return 0;
	unlink(work->index);
	return commit_git(work, work->index, read, NULL, NULL, NULL, err);
}

/* ---- Its message and hooks ---- */

/* Exit status of the hook, 0 where there is none; -1. */
static int run_hook(struct commit_work *work, const char *name, const char *file,
		    const char *source, struct err *err)
{
	const char *env[] = { arena_join(work->arena, "GIT_INDEX_FILE=", work->index, ""),
			      "GIT_EDITOR=:", "WF_IN_COMMIT=1", NULL };
	const char *args[9];
	struct git_cmd cmd = { .repo = work->request->repo,
			       .args = args,
			       .env = env,
			       .said = work->said,
			       .timeout_ms = HOOK_TIMEOUT_MS,
			       .writes = true,
			       .runs_hooks = true };
	int exit_code, n = 0;

	args[n++] = "hook";
	args[n++] = "run";
	args[n++] = "--ignore-missing";
	args[n++] = name;
	if (file) {
		args[n++] = "--";
		args[n++] = file;
	}
	if (source)
		args[n++] = source;
	args[n] = NULL;
	return git_run(&cmd, work->said, &exit_code, err) < 0 ? -1 : exit_code;
}

static int need_hook(struct commit_work *work, const char *name, const char *file,
		     const char *source, struct err *err)
{
	int exit_code = run_hook(work, name, file, source, err);

	if (exit_code > 0)
		return err_set(err, ERR_VALUE, "the hook '%s' refuses (exit %d)", name, exit_code);
	return exit_code;
}

static int write_message(struct commit_work *work, const char *file, struct err *err)
{
	const struct commit_request *request = work->request;
	const char **args = ARENA_ARRAY(work->arena, const char *, 2 * request->n_trailers + 2);
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t n = 0;

	strbuf_addstr(&text, request->message);
	if (!text.len || text.buf[text.len - 1] != '\n')
		strbuf_addch(&text, '\n');
	args[n++] = "interpret-trailers";
	for (size_t i = 0; i < request->n_trailers; i++) {
		args[n++] = "--trailer";
		args[n++] = request->trailers[i];
	}
	args[n] = NULL;
	if (commit_git(work, work->index, args, &text, &out, NULL, err) < 0)
		return -1;
	return fs_replace(AT_FDCWD, file, 0600, strbuf_str(&out), out.len, 0, err);
}

/* What the hooks made of it, as git cleans it. */
static int read_message(struct commit_work *work, const char *file, struct err *err)
{
	const char *const args[] = { "stripspace", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, file, (size_t)16 << 20, &text, err) < 0 ||
	    commit_git(work, work->index, args, &text, &out, NULL, err) < 0)
		return -1;
	if (!out.len)
		return err_set(err, ERR_VALUE, "the message of the commit is empty");
	work->report->subject = arena_strndup(work->arena, out.buf, strcspn(out.buf, "\n"));
	return fs_replace(AT_FDCWD, file, 0600, out.buf, out.len, 0, err);
}

static int prepare_message(struct commit_work *work, const char *file, struct err *err)
{
	if (write_message(work, file, err) < 0 ||
	    need_hook(work, "prepare-commit-msg", file, "message", err) < 0 ||
	    need_hook(work, "commit-msg", file, NULL, err) < 0)
		return -1;
	return read_message(work, file, err);
}

/* ---- The commit ---- */

static int is_signed(const struct commit_work *work, bool *is, struct err *err)
{
	const char *const args[] = { "config", "--type=bool", "--get", "commit.gpgSign", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	int exit_code;

	if (commit_git(work, NULL, args, NULL, &out, &exit_code, err) < 0)
		return -1;
	*is = exit_code == 0 && !strncmp(strbuf_str(&out), "true", 4);
	return 0;
}

static int write_commit(struct commit_work *work, const char *tree, const char *file,
			const char **commit, struct err *err)
{
	const char *args[8];
	bool has_signature;
	int n = 0;

	if (is_signed(work, &has_signature, err) < 0)
		return -1;
	args[n++] = "commit-tree";
	if (has_signature)
		args[n++] = "-S";
	if (work->head) {
		args[n++] = "-p";
		args[n++] = work->head;
	}
	args[n++] = "-F";
	args[n++] = file;
	args[n++] = tree;
	args[n] = NULL;
	return commit_git_line(work, args, commit, err);
}

/* Whoever was told of the commit finds it after a power cut. */
static int sync_head(const struct commit_work *work, struct err *err)
{
	const struct repo *repo = work->request->repo;
	const char *commit, *branch = NULL;

	if (repo_head(repo, work->arena, &commit, &branch, err) < 0)
		return -1;
	return branch ? ref_sync_name(repo, arena_join(work->arena, "refs/heads/", branch, ""),
				      work->arena, err)
		      : fs_sync_dir(AT_FDCWD, repo->git_dir, err);
}

/* By compare and swap. */
static int move_head(struct commit_work *work, const char *commit, struct err *err)
{
	const char *zeros = arena_printf(work->arena, "%0*d", (int)strlen(commit), 0);
	const char *reason = arena_join(work->arena, "commit: ", work->report->subject, "");
	const char *const args[] = { "update-ref", "-m",   reason,
				     "HEAD",	   commit, work->head ? work->head : zeros,
				     NULL };

	if (objects_sync_names(work->request->repo, work->arena, err) < 0)
		return -1;
	if (commit_git(work, NULL, args, NULL, NULL, NULL, err) < 0)
		return err_wrap(err, "HEAD was not moved, nothing is committed");
	if (sync_head(work, err) < 0)
		return err_wrap(err, "HEAD is at %s, but that may not be on the disk", commit);
	return 0;
}

static int tree_of_index(struct commit_work *work, const char **tree, bool *is_new, struct err *err)
{
	const char *const write[] = { "write-tree", NULL };
	const char *const known[] = { "rev-parse", "HEAD^{tree}", NULL };
	const char *old = freeze_empty_tree(work->request->repo);

	if (commit_git_line(work, write, tree, err) < 0 ||
	    (work->head && commit_git_line(work, known, &old, err) < 0))
		return -1;
	*is_new = strcmp(old, *tree) != 0;
	return 0;
}

static int make(struct commit_work *work, struct err *err)
{
	const char *file = arena_join(work->arena, work->request->folder, "/COMMIT_EDITMSG", "");
	const char *tree, *commit;
	bool is_new;

	if (refuse_in_progress(work, err) < 0 || find_head(work, err) < 0 ||
	    make_index(work, err) < 0 || commit_pick(work, err) < 0 ||
	    tree_of_index(work, &tree, &is_new, err) < 0)
		return -1;
	if (!is_new)
		return 0;
	/* The hook may have put more into the index. */
	if (need_hook(work, "pre-commit", NULL, NULL, err) < 0 ||
	    tree_of_index(work, &tree, &is_new, err) < 0)
		return -1;
	if (!is_new)
		return 0;
	if (prepare_message(work, file, err) < 0 ||
	    write_commit(work, tree, file, &commit, err) < 0 || move_head(work, commit, err) < 0)
		return -1;
	work->report->commit = commit;
	if (commit_follow(work, commit, err) < 0) {
		strbuf_addf(work->said, "the index was not brought up to the commit: %s\n",
			    err_msg(err));
		err_release(err);
	}
	if (run_hook(work, "post-commit", NULL, NULL, err) < 0)
		err_release(err);
	return 0;
}

int commit_make(const struct commit_request *request, struct commit_report *report,
		struct strbuf *said, struct arena *arena, struct err *err)
{
	struct commit_work work = {
		.request = request, .report = report, .said = said, .arena = arena
	};
	int rc;

	memset(report, 0, sizeof *report);
	rc = make(&work, err);
	fs_remove_tree(AT_FDCWD, request->folder, NULL);
	return rc;
}
