/*
 * Looking at snapshots: which there are, what differs between two, whether one is whole, and removing.
 */
#include "git/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "freeze_impl.h"
#include "git/cmd.h"
#include "snapshot_impl.h"

/* ---- Listing ----------------------------------------------------------------------------------- */

struct entry_list {
	VEC(struct snapshot_entry) list;
};

/* "refs/wf/<run>/<n>/<which>": false for any other ref below refs/wf/. */
static bool parse_ref(struct snapshot_entry *entry, const char *ref, const char **which,
		      struct arena *arena)
{
	const char *run = ref + strlen(SNAPSHOT_REFS);
	const char *number = strchr(run, '/'), *last;
	char *end;

	if (!number)
		return false;
	entry->number = (unsigned)strtoul(number + 1, &end, 10);
	if (!entry->number || *end != '/')
		return false;
	last = end + 1;
	if (strcmp(last, "tree") != 0 && strcmp(last, "raw") != 0)
		return false;
	entry->run = arena_strndup(arena, run, (size_t)(number - run));
	entry->ref = arena_strndup(arena, ref, (size_t)(end - ref));
	*which = last;
	return true;
}

/* Fields of one line of for-each-ref, each with a NUL behind it. */
static void take_line(struct entry_list *entries, const char *const fields[4], struct arena *arena)
{
	struct snapshot_entry entry = { .tree = "", .raw = "" };
	struct snapshot_entry *last = entries->list.n ? vec_last(&entries->list) : NULL;
	const char *which, *oid = arena_strdup(arena, fields[1]);

	if (!parse_ref(&entry, fields[0], &which, arena))
		return;
	if (!last || strcmp(last->ref, entry.ref) != 0) {
		entry.time_s = strtoll(fields[2], NULL, 10);
		entry.subject = arena_strdup(arena, fields[3]);
		vec_push(&entries->list, entry);
		last = vec_last(&entries->list);
	}
	if (!strcmp(which, "raw"))
		last->raw = oid;
	else
		last->tree = oid;
}

static int compare_entries(const void *a, const void *b)
{
	const struct snapshot_entry *x = a, *y = b;
	int runs;

	if (x->time_s != y->time_s)
		return x->time_s < y->time_s ? -1 : 1;
	runs = strcmp(x->run, y->run);
	if (runs)
		return runs;
	return (x->number > y->number) - (x->number < y->number);
}

int snapshot_list(const struct repo *repo, const char *run, struct arena *arena,
		  struct snapshot_entry **entries, size_t *n, struct err *err)
{
	const char *args[] = { "for-each-ref",
			       "--format=%(refname)%00%(objectname)%00%(creatordate:unix)%00%("
			       "contents:subject)%00",
			       arena_join(arena, SNAPSHOT_REFS, run ? run : "", run ? "/" : ""),
			       NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct entry_list found = { 0 };

	if (git_run(&cmd, &out, NULL, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len;) {
		const char *fields[4];

		for (size_t i = 0; i < 4; i++) {
			fields[i] = out.buf + at;
			at += strlen(fields[i]) + 1;
		}
		at += 1; /* the end of the line */
		take_line(&found, fields, arena);
	}
	*n = found.list.n;
	*entries = arena_memdup(arena, found.list.v, found.list.n * sizeof *found.list.v);
	if (*n)
		qsort(*entries, *n, sizeof **entries, compare_entries);
	vec_release(&found.list);
	return 0;
}

/* ---- Comparing --------------------------------------------------------------------------------- */

static int diff_content(const struct repo *repo, const char *before, const char *after,
			struct arena *arena, struct change_list *found, struct err *err)
{
	size_t n;
	const struct frozen_path *paths = freeze_compare(
		repo, arena_join(arena, before, ":tree", ""), arena_join(arena, after, ":tree", ""),
		&n, arena, err);

	for (size_t i = 0; paths && i < n; i++) {
		struct snapshot_change change = { .path = paths[i].path,
						  .old_mode = paths[i].old_mode,
						  .new_mode = paths[i].mode,
						  .old_oid = paths[i].old_oid,
						  .new_oid = paths[i].oid };

		vec_push(&found->list, change);
	}
	return paths ? 0 : -1;
}

int snapshot_diff(const struct repo *repo, const char *before, const char *after,
		  struct arena *arena, struct snapshot_change **changes, size_t *n, struct err *err)
{
	struct change_list found = { 0 };
	int status = diff_content(repo, before, after, arena, &found, err);

	if (status == 0)
		status = snapshot_diff_modes(repo, before, after, arena, &found, err);
	*n = found.list.n;
	*changes = arena_memdup(arena, found.list.v, found.list.n * sizeof *found.list.v);
	vec_release(&found.list);
	return status;
}

/* ---- Whole, and away ----------------------------------------------------------------------------- */

int snapshot_is_whole_beside(const struct repo *repo, const char *raw, const char *tree,
			     const char *base, struct err *err)
{
	const char *args[] = { "rev-list", "--objects", "--quiet", raw, tree, "--not", base, NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	int code;

	if (git_run(&cmd, NULL, &code, err) != 0)
		return -1;
	return code == 0;
}

int snapshot_is_whole(const struct repo *repo, const char *raw, struct err *err)
{
	const char *args[] = { "rev-list", "--objects", "--quiet", raw, NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	int code;

	if (git_run(&cmd, NULL, &code, err) != 0)
		return -1;
	return code == 0;
}

/* What branches left in the rollback that this snapshot was taken for. */
static int add_kept(const struct repo *repo, const struct snapshot_entry *entry,
		    struct strbuf *text, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *args[] = { "for-each-ref", "--format=%(refname)%00%(objectname)%00",
			       arena_join(&arena, entry->ref, "/kept/", ""), NULL };
	struct git_cmd cmd = { .repo = repo, .args = args };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (git_run(&cmd, &out, NULL, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at++) { /* the end of the line */
		const char *name = out.buf + at, *oid = name + strlen(name) + 1;

		strbuf_addf(text, "delete %s%c%s%c", name, 0, oid, 0);
		at += strlen(name) + 1 + strlen(oid) + 1;
	}
	return 0;
}

int snapshot_remove(const struct repo *repo, const struct snapshot_entry *entry, struct err *err)
{
	static const char *const args[] = { "update-ref", "--no-deref", "-z", "--stdin", NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = repo, .args = args, .writes = true };

	if (*entry->tree)
		strbuf_addf(&text, "delete %s/tree%c%s%c", entry->ref, 0, entry->tree, 0);
	if (*entry->raw)
		strbuf_addf(&text, "delete %s/raw%c%s%c", entry->ref, 0, entry->raw, 0);
	if (add_kept(repo, entry, &text, err) != 0)
		return -1;
	cmd.input = &text;
	return git_run(&cmd, NULL, NULL, err);
}

bool snapshot_is_locked(const struct repo *repo, const struct snapshot_entry *entry)
{
	static const char *const names[] = { "/tree.lock", "/raw.lock" };
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *dir = arena_join(&arena, repo->common_dir, "/", entry->ref);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (access(arena_join(&arena, dir, names[i], ""), F_OK) == 0)
			return true;
	return false;
}
