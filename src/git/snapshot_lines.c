/*
 * How much changed between two snapshots, in lines. What a file is called text by (its content, an
 * attribute) is in the hands of who changed it, so what git does not count at once is counted as text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "git/cmd.h"
#include "git/snapshot.h"

struct line_count {
	const struct repo *repo;
	const char *before, *after; /* trees */
	struct arena arena;
	uint64_t n_lines;
	VEC(const char *) others; /* pathspecs of what git does not count */
};

/* "ADDED\tDELETED\tPATH", "-\t-\tPATH" */
static int take_entry(struct line_count *count, const char *entry, struct err *err)
{
	const char *tab = strchr(entry, '\t'), *path = tab ? strchr(tab + 1, '\t') : NULL;

	if (!path)
		return err_set(err, ERR_SYSTEM, "git diff-tree printed '%s'", entry);
	if (*entry == '-')
		vec_push(&count->others, arena_join(&count->arena, ":(literal,top)", path + 1, ""));
	else
		count->n_lines += strtoull(entry, NULL, 10) + strtoull(tab + 1, NULL, 10);
	return 0;
}

static int count_texts(struct line_count *count, struct err *err)
{
	const char *args[] = { "diff-tree",    "-r",	      "-z",	    "--numstat",
			       "--no-renames", count->before, count->after, NULL };
	struct git_cmd cmd = { .repo = count->repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(&cmd, &out, NULL, err) < 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		if (take_entry(count, out.buf + at, err) < 0)
			return -1;
	return 0;
}

/* "@@ -1,2 +1 @@": without context the numbers of lines are those that go and come; no number is 1. */
static uint64_t lines_of_hunk(const char *head)
{
	uint64_t n = 0;

	for (int i = 0; i < 2; i++) {
		const char *from = strchr(head, i ? '+' : '-');
		size_t len = from ? strcspn(from, " \n") : 0;
		const char *comma = from ? memchr(from, ',', len) : NULL;

		n += comma ? strtoull(comma + 1, NULL, 10) : from != NULL;
	}
	return n;
}

static int count_others(struct line_count *count, struct err *err)
{
	static const char *const first[] = { "diff-tree", "-r",	 "-p",
					     "--text",	  "-U0", "--no-renames" };
	size_t n = 0;
	const char **args = ARENA_ARRAY(&count->arena, const char *,
					ARRAY_SIZE(first) + count->others.n + 4);
	struct git_cmd cmd = { .repo = count->repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		args[n++] = first[i];
	args[n++] = count->before;
	args[n++] = count->after;
	args[n++] = "--";
	for (size_t i = 0; i < count->others.n; i++)
		args[n++] = count->others.v[i];
	if (git_run(&cmd, &out, NULL, err) < 0)
		return -1;
	for (size_t at = 0; at < out.len;) {
		const char *end = memchr(out.buf + at, '\n', out.len - at);

		if (out.len - at > 4 && !memcmp(out.buf + at, "@@ -", 4))
			count->n_lines += lines_of_hunk(out.buf + at + 3);
		at = end ? (size_t)(end - out.buf) + 1 : out.len;
	}
	return 0;
}

int snapshot_count_lines(const struct repo *repo, const char *before, const char *after,
			 uint64_t *n_lines, struct err *err)
{
	struct line_count count = { .repo = repo };
	int rc;

	count.before = arena_join(&count.arena, before, ":tree", "");
	count.after = arena_join(&count.arena, after, ":tree", "");
	rc = count_texts(&count, err);
	if (rc == 0 && count.others.n)
		rc = count_others(&count, err);
	*n_lines = count.n_lines;
	vec_release(&count.others);
	arena_release(&count.arena);
	return rc;
}
