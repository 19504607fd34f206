/*
 * Gates about the repository: its branch, and that nothing differs from HEAD.
 */
#include <string.h>

#include "base/glob.h"
#include "base/strbuf.h"
#include "gate_impl.h"
#include "git/cmd.h"

enum { PATHS_SHOWN = 5 };

int gate_branch(struct gate_check *check, struct err *err)
{
	struct session *session = check->session;
	const char *commit, *branch;

	session->is_volatile = true;
	if (repo_head(session->user, check->arena, &commit, &branch, err) < 0)
		return -1;
	if (!branch)
		return gate_found(check, "no branch, HEAD is detached");
	for (size_t i = 0; i < check->gate->n_words; i++) {
		const char *pattern = gate_render(check, &check->gate->words[i], err);

		if (!pattern)
			return -1;
		if (strcmp(pattern, branch) == 0 ||
		    glob_match(glob_compile(check->arena, pattern), branch))
			return 0;
	}
	return gate_found(check, "%s", branch);
}

static int list_changes(struct gate_check *check, const struct strbuf *changes)
{
	CLEANUP(strbuf_release)
	struct strbuf shown = STRBUF_INIT;
	const char *end = changes->buf + changes->len;
	size_t n = 0;

	for (const char *line = changes->buf; line < end; line += strlen(line) + 1)
		if (n++ < PATHS_SHOWN && strlen(line) > 3)
			strbuf_addf(&shown, "%s%s", n > 1 ? ", " : "", line + 3);
	if (n > PATHS_SHOWN)
		strbuf_addf(&shown, " and %zu more", n - PATHS_SHOWN);
	return gate_found(check, "changes in %s", strbuf_str(&shown));
}

int gate_clean(struct gate_check *check, struct err *err)
{
	static const char *const args[] = { "status", "--porcelain=v1", "-z", "--no-renames",
					    NULL };
	struct git_cmd cmd = { .repo = &check->session->repo, .args = args };
	CLEANUP(strbuf_release)
	struct strbuf changes = STRBUF_INIT;

	if (git_run(&cmd, &changes, NULL, err) < 0)
		return -1;
	if (check->gate->wants_changes)
		return changes.len ? 0 : gate_found(check, "nothing has changed");
	return changes.len ? list_changes(check, &changes) : 0;
}
