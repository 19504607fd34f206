/*
 * Permissions in the comparison of two snapshots: git's trees know only whether a file is executable,
 * the notes of a snapshot hold the others.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strmap.h"
#include "git/cmd.h"
#include "raw_notes_impl.h"
#include "snapshot_impl.h"

/* "MODE PATH\0" of one snapshot. */
struct modes {
	struct strbuf text;
	struct strmap by_path; /* to the entry's text */
};

static void modes_release(struct modes *modes)
{
	strbuf_release(&modes->text);
	strmap_release(&modes->by_path);
}

static int read_modes(struct modes *modes, const struct repo *repo, const char *raw,
		      struct arena *arena, struct err *err)
{
	struct raw_notes notes;
	int status = raw_notes_open(&notes, repo, raw, arena, err);

	if (status == 0 && raw_notes_read(&notes, "modes", &modes->text, err) < 0)
		status = -1;
	raw_notes_release(&notes);
	for (size_t at = 0; at < modes->text.len; at += strlen(modes->text.buf + at) + 1) {
		char *entry = modes->text.buf + at, *path = strchr(entry, ' ');

		if (path)
			strmap_put(&modes->by_path, path + 1, entry);
	}
	return status;
}

static uint32_t perm_of(const struct modes *modes, const char *path, uint32_t mode)
{
	const char *entry = strmap_get(&modes->by_path, path);

	if (entry)
		return (uint32_t)strtoul(entry, NULL, 8);
	return mode & 0111 ? 0755 : 0644;
}

static int compare_changes(const void *a, const void *b)
{
	const struct snapshot_change *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The tree entry of a path that is the same in both: "MODE TYPE OID\tPATH\0". */
static int add_same(const struct repo *repo, const char *after, const struct path_list *paths,
		    struct arena *arena, struct change_list *changes, struct err *err)
{
	const char **args = ARENA_ARRAY(arena, const char *, paths->list.n + 6);
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	static const char *const env[] = { "GIT_LITERAL_PATHSPECS=1",
					   NULL }; /* a name may begin with ':' */
	struct git_cmd cmd = { .repo = repo, .args = args, .env = env };
	size_t n = 0;

	args[n++] = "ls-tree";
	args[n++] = "-z";
	args[n++] = "--full-tree";
	args[n++] = arena_join(arena, after, ":tree", "");
	args[n++] = "--";
	for (size_t i = 0; i < paths->list.n; i++)
		args[n++] = paths->list.v[i];
	if (git_run(&cmd, &out, NULL, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		struct snapshot_change change = { 0 };
		const char *tab = strchr(out.buf + at, '\t'), *oid;

		change.old_mode = change.new_mode = (uint32_t)strtoul(out.buf + at, NULL, 8);
		if (!tab || !S_ISREG(change.old_mode))
			continue;
		for (oid = tab; oid[-1] != ' '; oid--)
			;
		change.old_oid = change.new_oid = arena_strndup(arena, oid, (size_t)(tab - oid));
		change.path = arena_strdup(arena, tab + 1);
		vec_push(&changes->list, change);
	}
	return 0;
}

/* Every path that is noted on one side, otherwise than on the other. */
static void list_differing(const struct modes *a, const struct modes *b, bool takes_both,
			   const struct strmap *known, struct path_list *paths)
{
	for (size_t i = 0; i < a->by_path.n; i++) {
		const char *path = a->by_path.entries[i].key;
		const char *other = strmap_get(&b->by_path, path);

		if (strmap_get(known, path) || (other && !takes_both) ||
		    (other && !strcmp(other, a->by_path.entries[i].value)))
			continue;
		vec_push(&paths->list, path);
	}
}

static int add_mode_changes(const struct repo *repo, const char *after, const struct modes sides[2],
			    struct arena *arena, struct change_list *changes, struct err *err)
{
	enum { BATCH = 500 }; /* paths an `ls-tree` */
	struct path_list paths = { 0 };
	struct strmap known = { 0 };
	int status = 0;

	for (size_t i = 0; i < changes->list.n; i++)
		strmap_put(&known, changes->list.v[i].path, changes);
	list_differing(&sides[0], &sides[1], true, &known, &paths);
	list_differing(&sides[1], &sides[0], false, &known, &paths);
	for (size_t at = 0; at < paths.list.n && status == 0; at += BATCH) {
		struct path_list batch = { .list = { .v = paths.list.v + at } };

		batch.list.n = paths.list.n - at < BATCH ? paths.list.n - at : BATCH;
		status = add_same(repo, after, &batch, arena, changes, err);
	}
	strmap_release(&known);
	vec_release(&paths.list);
	return status;
}

int snapshot_diff_modes(const struct repo *repo, const char *before, const char *after,
			struct arena *arena, struct change_list *changes, struct err *err)
{
	struct modes sides[2] = { 0 };
	int status = -1;

	if (read_modes(&sides[0], repo, before, arena, err) == 0 &&
	    read_modes(&sides[1], repo, after, arena, err) == 0)
		status = add_mode_changes(repo, after, sides, arena, changes, err);
	for (size_t i = 0; i < changes->list.n; i++) {
		struct snapshot_change *change = &changes->list.v[i];

		change->old_perm = perm_of(&sides[0], change->path, change->old_mode);
		change->new_perm = perm_of(&sides[1], change->path, change->new_mode);
	}
	if (changes->list.n)
		qsort(changes->list.v, changes->list.n, sizeof *changes->list.v, compare_changes);
	modes_release(&sides[0]);
	modes_release(&sides[1]);
	return status;
}
