/*
 * Branches, HEAD and git's notes about an operation: each goes back only where it moved between the two
 * snapshots, and only if it still is where the second one has it. Commits that a branch leaves stay at a
 * private ref.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strmap.h"
#include "git/cmd.h"
#include "restore_impl.h"
#include "sys/fs.h"

#define MOVED_SINCE "it was moved since"
#define HEADS	    "refs/heads/"

/* The note `refs`: names to values, HEAD among them. */
struct ref_map {
	struct strbuf text;
	struct strmap by_name;
};

static void map_release(struct ref_map *map)
{
	strbuf_release(&map->text);
	strmap_release(&map->by_name);
}

static const char *map_get(const struct ref_map *map, const char *name)
{
	const char *value = strmap_get(&map->by_name, name);

	return value ? value : "";
}

/* "HEAD VALUE", then "OID NAME" lines. Cuts the text into pieces. */
static void map_parse(struct ref_map *map)
{
	char *line, *rest = NULL;

	strbuf_grow(&map->text, 1);
	for (line = strtok_r(map->text.buf, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *space = strchr(line, ' ');

		if (!space)
			continue;
		*space = 0;
		if (!strcmp(line, "HEAD"))
			strmap_put(&map->by_name, line, space + 1);
		else
			strmap_put(&map->by_name, space + 1, line);
	}
}

static int read_map(const struct raw_notes *notes, struct ref_map *map, struct err *err)
{
	if (raw_notes_read(notes, "refs", &map->text, err) < 0)
		return -1;
	map_parse(map);
	return 0;
}

static int read_current(const struct restore_work *work, struct ref_map *map, struct err *err)
{
	static const char *const args[] = { "for-each-ref", "--format=%(objectname) %(refname)",
					    HEADS, NULL };
	struct git_cmd cmd = { .repo = work->request->repo, .args = args };

	strbuf_addstr(&map->text, "HEAD ");
	if (fs_read_file(AT_FDCWD,
			 arena_join(work->arena, work->request->repo->git_dir, "/HEAD", ""), 4096,
			 &map->text, err) != 0 ||
	    git_run(&cmd, &map->text, NULL, err) != 0)
		return -1;
	map_parse(map);
	return 0;
}

/* ---- Branches ----------------------------------------------------------------------------------- */

static int run_git(const struct restore_work *work, const char *const *args,
		   const struct strbuf *input, struct err *err)
{
	struct git_cmd cmd = {
		.repo = work->request->repo, .args = args, .input = input, .writes = true
	};

	return git_run(&cmd, NULL, NULL, err);
}

/* A git that was killed has left its lock, and nobody else makes refs of this run: it is not held. */
static void remove_kept_lock(const struct restore_work *work, const char *name)
{
	unlink(arena_printf(work->arena, "%s/%s/%s.lock", work->request->repo->common_dir,
			    work->request->kept_refs, name + strlen(HEADS)));
}

/* The commit that the branch leaves is kept in the same transaction. */
static int move_branch(const struct restore_work *work, const char *name, const char *from,
		       const char *to, struct err *err)
{
	static const char *const args[] = { "update-ref", "-m", "git wf: taken back",
					    "--no-deref", "-z", "--stdin",
					    NULL };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (!*from)
		strbuf_addf(&text, "create %s%c%s%c", name, 0, to, 0);
	else if (!*to)
		strbuf_addf(&text, "delete %s%c%s%c", name, 0, from, 0);
	else
		strbuf_addf(&text, "update %s%c%s%c%s%c", name, 0, to, 0, from, 0);
	if (*from)
		strbuf_addf(&text, "update %s/%s%c%s%c%c", work->request->kept_refs,
			    name + strlen(HEADS), 0, from, 0, 0);
	remove_kept_lock(work, name);
	return run_git(work, args, &text, err);
}

static void restore_branch(struct restore_work *work, const char *name,
			   const struct ref_map maps[3])
{
	const char *before = map_get(&maps[0], name), *after = map_get(&maps[1], name);
	const char *now = map_get(&maps[2], name);
	struct err why CLEANUP(err_release) = ERR_INIT;

	name = arena_strdup(work->arena, name);
	if (!strcmp(before, after))
		return;
	if (!strcmp(now, before))
		restore_add_item(work, name, RESTORE_ALREADY, NULL);
	else if (strcmp(now, after) != 0)
		restore_add_item(work, name, RESTORE_LEFT, MOVED_SINCE);
	else if (move_branch(work, name, after, before, &why) != 0)
		restore_add_item(work, name, RESTORE_LEFT,
				 arena_strdup(work->arena, err_msg(&why)));
	else
		restore_add_item(work, name, RESTORE_PUT_BACK, NULL);
}

static int move_head(const struct restore_work *work, const char *to, struct err *err)
{
	const char *attach[] = { "symbolic-ref", "-m", "git wf: taken back", "HEAD", to + 5, NULL };
	const char *detach[] = { "update-ref", "-m", "git wf: taken back", "--no-deref", "HEAD",
				 to,	       NULL };

	return run_git(work, !strncmp(to, "ref: ", 5) ? attach : detach, NULL, err);
}

static void restore_head(struct restore_work *work, const struct ref_map maps[3])
{
	const char *before = map_get(&maps[0], "HEAD"), *after = map_get(&maps[1], "HEAD");
	const char *now = map_get(&maps[2], "HEAD");
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (!*before || !strcmp(before, after))
		return;
	if (!strcmp(now, before))
		restore_add_item(work, "HEAD", RESTORE_ALREADY, NULL);
	else if (strcmp(now, after) != 0)
		restore_add_item(work, "HEAD", RESTORE_LEFT, MOVED_SINCE);
	else if (move_head(work, before, &why) != 0)
		restore_add_item(work, "HEAD", RESTORE_LEFT,
				 arena_strdup(work->arena, err_msg(&why)));
	else
		restore_add_item(work, "HEAD", RESTORE_PUT_BACK, NULL);
}

/* HEAD first: no branch is deleted while it is checked out. */
int restore_refs(struct restore_work *work, struct err *err)
{
	struct ref_map maps[3] = { 0 };
	int status = -1;

	if (read_map(&work->before, &maps[0], err) == 0 &&
	    read_map(&work->after, &maps[1], err) == 0 && read_current(work, &maps[2], err) == 0) {
		restore_head(work, maps);
		for (size_t side = 0; side < 2; side++)
			for (size_t i = 0; i < maps[side].by_name.n; i++) {
				const char *name = maps[side].by_name.entries[i].key;

				if (!strncmp(name, HEADS, strlen(HEADS)) &&
				    (side == 0 || !*map_get(&maps[0], name)))
					restore_branch(work, name, maps);
			}
		status = 0;
	}
	for (size_t i = 0; i < 3; i++)
		map_release(&maps[i]);
	return status;
}

/* ---- Operations in progress ----------------------------------------------------------------------- */

/* A file of the git directory: as one of the snapshots has it, or as it is. Zeroed: it is not there. */
struct operation {
	struct strbuf text;
	bool is_there;
};

static bool is_equal(const struct operation *a, const struct operation *b)
{
	return a->is_there == b->is_there && a->text.len == b->text.len &&
	       (!a->text.len || !memcmp(a->text.buf, b->text.buf, a->text.len));
}

static int read_operation(const struct raw_notes *notes, const char *name,
			  struct operation *operation, struct err *err)
{
	int status = raw_notes_read(notes, name, &operation->text, err);

	operation->is_there = status == 0;
	return status < 0 ? -1 : 0;
}

static int look_at_operation(const char *path, struct operation *operation, struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	operation->is_there = fs_read_file(AT_FDCWD, path, SIZE_MAX, &operation->text, &why) == 0;
	if (!operation->is_there && why.kind != ERR_NOT_FOUND)
		return err_copy(err, &why);
	return 0;
}

static int put_operation(const char *path, const struct operation *wanted, struct err *err)
{
	if (wanted->is_there)
		return fs_replace(AT_FDCWD, path, 0666, strbuf_str(&wanted->text), wanted->text.len,
				  FS_DURABLE, err);
	if (unlink(path) != 0)
		return err_errno(err, "cannot remove '%s'", path);
	return 0;
}

/* before, after, now */
static int swap_operation(struct restore_work *work, const char *name, const char *path,
			  const struct operation sides[3], struct err *err)
{
	if (is_equal(&sides[2], &sides[0])) {
		restore_add_item(work, name, RESTORE_ALREADY, NULL);
	} else if (!is_equal(&sides[2], &sides[1])) {
		restore_add_item(work, name, RESTORE_LEFT, "it was changed since");
	} else {
		if (put_operation(path, &sides[0], err) != 0)
			return -1;
		restore_add_item(work, name, RESTORE_PUT_BACK, NULL);
	}
	return 0;
}

static int restore_operation(struct restore_work *work, const char *name, struct err *err)
{
	const char *path = arena_join(work->arena, work->request->repo->git_dir, "/", name);
	const char *before = raw_notes_find(&work->before, name);
	const char *after = raw_notes_find(&work->after, name);
	struct operation sides[3] = { 0 };
	int status = -1;

	if (before == after || (before && after && !strcmp(before, after)))
		return 0;
	if (read_operation(&work->before, name, &sides[0], err) == 0 &&
	    read_operation(&work->after, name, &sides[1], err) == 0 &&
	    look_at_operation(path, &sides[2], err) == 0)
		status = swap_operation(work, name, path, sides, err);
	for (size_t i = 0; i < 3; i++)
		strbuf_release(&sides[i].text);
	return status;
}

/* ORIG_HEAD and AUTO_MERGE are left: they only help, and nobody misses them. */
int restore_operations(struct restore_work *work, struct err *err)
{
	static const char *const names[] = { "MERGE_HEAD", "MERGE_MSG",	 "MERGE_MODE",
					     "MERGE_RR",   "SQUASH_MSG", "CHERRY_PICK_HEAD",
					     "REVERT_HEAD" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (restore_operation(work, names[i], err) != 0)
			return -1;
	return 0;
}
