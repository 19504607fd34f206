/*
 * The last passed run wrote down its HEAD; what git says differs between that commit and the HEAD of
 * now, or between that and the worktree, has changed, untracked files too. A file that was already
 * different during that run, or that is as it was after a change and back, counts as changed as well:
 * it is never missed.
 */
#include "changed_impl.h"

#include <string.h>

#include "base/glob.h"
#include "base/strbuf.h"
#include "git/cmd.h"
#include "store/history.h"

struct last_pass {
	const char *workflow;
	struct arena *arena;
	const char *head; /* NULL: none found; "": unborn then */
};

/* The history is a file of the worktree, where anything may stand; git takes it for an argument. */
static bool is_commit(const char *head)
{
	size_t len = head ? strlen(head) : 0;

	return len >= 40 && strspn(head, "0123456789abcdef") == len;
}

static int find_last_pass(void *data, const struct history_entry *entry)
{
	struct last_pass *last = data;

	if (entry->status != RUN_PASSED || strcmp(entry->workflow, last->workflow) != 0)
		return 0;
	last->head = arena_strdup(last->arena, is_commit(entry->head) ? entry->head : "");
	return 1;
}

/* `skip`: bytes before each path. */
static bool any_match(struct arena *arena, const char *pattern, const struct strbuf *paths,
		      size_t skip)
{
	struct glob *glob = glob_compile(arena, pattern);
	const char *end = paths->buf + paths->len;

	for (const char *path = paths->buf; path < end; path += strlen(path) + 1) {
		if (strlen(path) > skip && glob_match(glob, path + skip))
			return true;
	}
	return false;
}

static int list_paths(struct session *session, const char *const *args, struct strbuf *out,
		      bool *known, struct err *err)
{
	struct git_cmd cmd = { .repo = &session->repo, .args = args };
	int exit_code = 0;

	if (git_run(&cmd, out, &exit_code, err) < 0)
		return -1;
	*known = exit_code == 0;
	return 0;
}

int changed_since_last_pass(struct session *session, const char *glob, bool *changed,
			    struct err *err)
{
	/* `git diff` of a commit and the worktree would write the index anew. */
	static const char *const status[] = { "status", "--porcelain=v1", "-z",
					      "-uall",	"--no-renames",	  NULL };
	struct last_pass last = { session->wf->id, &session->arena, NULL };
	CLEANUP(strbuf_release)
	struct strbuf paths = STRBUF_INIT;
	bool known = true;

	if (history_read(session->layout.runs_dir, find_last_pass, &last, err) < 0)
		return -1;
	*changed = true;
	if (!last.head || !*last.head)
		return 0;
	const char *diff[] = { "diff-tree", "-r", "--name-only", "--no-renames", "-z", last.head,
			       "HEAD",	    "--", NULL };
	if (list_paths(session, diff, &paths, &known, err) < 0)
		return -1;
	if (!known) /* that commit is gone: rewritten history */
		return 0;
	if (paths.len > 0 && any_match(&session->arena, glob, &paths, 0))
		return 0;
	strbuf_clear(&paths);
	if (list_paths(session, status, &paths, &known, err) < 0)
		return -1;
	*changed = !known || (paths.len > 0 && any_match(&session->arena, glob, &paths, 3));
	return 0;
}
