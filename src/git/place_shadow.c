/*
 * The shadow: a worktree that is brought from the tree it holds to another. It is believed to hold what
 * its index says only if it was left clean since the machine was started; its files are not synced.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place_impl.h"

enum trust {
	TRUST_NONE,  /* other files may stand where the index says nothing of it */
	TRUST_INDEX, /* used: files may be changed, added, removed, but stat tells */
	TRUST_CLEAN, /* not used since it was staged, with another tree */
	TRUST_TREE,  /* nor with another tree */
};

/* ---- What is known of it --------------------------------------------------------------------------- */

/* Of this start of the machine; "-" where it cannot be told, which is believed. */
static const char *boot_id(struct arena *arena)
{
	struct strbuf id CLEANUP(strbuf_release) = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128, &id, NULL) != 0)
		return "-";
	return arena_strndup(arena, strbuf_str(&id), strcspn(strbuf_str(&id), "\n"));
}

static const char *file_of(const struct place *place, const char *name, struct arena *arena)
{
	return arena_join(arena, place->dir, "/", name);
}

static int write_note(const struct place *place, const char *name, const char *tree,
		      struct arena *arena, struct err *err)
{
	const char *text = arena_join(arena, boot_id(arena), " ",
				      arena_join(arena, tree, "\n", ""));

	return fs_replace(AT_FDCWD, file_of(place, name, arena), 0600, text, strlen(text), 0, err);
}

/* The tree of a note that was written since the machine was started, or NULL. */
static const char *read_note(const struct place *place, const char *name, struct arena *arena)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *boot = boot_id(arena), *tree;
	size_t len = strlen(boot);

	if (fs_read_file(AT_FDCWD, file_of(place, name, arena), 256, &text, NULL) != 0)
		return NULL;
	tree = strbuf_str(&text) + len + 1;
	if (text.len < len + 2 || strncmp(text.buf, boot, len) != 0 || text.buf[len] != ' ')
		return NULL;
	return arena_strndup(arena, tree, strcspn(tree, "\n"));
}

/* "clean" says it is not used since; "staged" that its index is from this start of the machine. */
static enum trust look(const struct place *place, struct arena *arena)
{
	const char *tree = read_note(place, "clean", arena);

	if (access(place->index, F_OK) != 0)
		return TRUST_NONE;
	if (tree)
		return strcmp(tree, place->frozen->tree) ? TRUST_CLEAN : TRUST_TREE;
	return read_note(place, "staged", arena) ? TRUST_INDEX : TRUST_NONE;
}

/* ---- Bringing it to a tree -------------------------------------------------------------------------- */

/* What stands in for a name in a pattern of ignore rules. */
static const char *as_pattern(const char *path, struct arena *arena)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addstr(&text, "/");
	for (const char *c = path; *c; c++) {
		if (strchr("\\*?[ ", *c))
			strbuf_addch(&text, '\\');
		strbuf_addch(&text, *c);
	}
	while (text.len > 1 && text.buf[text.len - 1] == '/')
		strbuf_setlen(&text, text.len - 1);
	return arena_strdup(arena, strbuf_str(&text));
}

static int clean(const struct place *place, const struct place_request *request,
		 struct arena *arena, struct err *err)
{
	size_t n = 0, room = 2 * (request->n_keep + request->n_share) + 3;
	const char **args = ARENA_ARRAY(arena, const char *, room);

	args[n++] = "clean";
	args[n++] = "-ffdxq";
	for (size_t i = 0; i < request->n_keep + request->n_share; i++) {
		args[n++] = "-e";
		args[n++] = as_pattern(i < request->n_keep ? request->keep[i]
							   : request->share[i - request->n_keep],
				       arena);
	}
	return place_git(place, args, NULL, NULL, err);
}

static int read_tree(const struct place *place, struct err *err)
{
	const char *args[] = { "read-tree", "--reset", "-u", place->frozen->tree, NULL };

	return place_git(place, args, NULL, NULL, err);
}

/* Untracked files go first, as long as the index knows which they are. */
static int bring(const struct place *place, const struct place_request *request, enum trust trust,
		 struct arena *arena, struct err *err)
{
	if (trust == TRUST_TREE)
		return 0;
	if (trust == TRUST_NONE)
		unlink(place->index);
	if (trust == TRUST_INDEX && clean(place, request, arena, err) != 0)
		return -1;
	if (read_tree(place, err) != 0)
		return -1;
	return trust == TRUST_NONE ? clean(place, request, arena, err) : 0;
}

/* ---- A sparse checkout ------------------------------------------------------------------------------ */

static const char *in_user(const struct place *place, const char *name, struct arena *arena)
{
	return arena_join(arena, place->user->git_dir, name, "");
}

static const char *in_place(const struct place *place, const char *name, struct arena *arena)
{
	return arena_join(arena, place->repo.git_dir, name, "");
}

/* The shadow leaves out what the user leaves out, but for the definitions. */
static int copy_patterns(const struct place *place, struct arena *arena, struct err *err)
{
	static const char name[] = "/info/sparse-checkout", more[] = "\n/.workflows/\n";
	const char *from = in_user(place, name, arena), *to = in_place(place, name, arena);
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (access(from, F_OK) != 0) {
		unlink(to);
		return 0;
	}
	if (fs_read_file(AT_FDCWD, from, SIZE_MAX, &text, err) != 0 ||
	    fs_mkdir_p(AT_FDCWD, in_place(place, "/info", arena), 0700, err) != 0)
		return -1;
	strbuf_addstr(&text, more);
	return fs_replace(AT_FDCWD, to, 0600, strbuf_str(&text), text.len, 0, err);
}

/* Where the user's own worktree is, is said there too. */
static int copy_config(const struct place *place, struct arena *arena, struct err *err)
{
	const char *from = in_user(place, "/config.worktree", arena);
	const char *to = in_place(place, "/config.worktree", arena);
	const char *args[] = { "config", "--file", to, "--unset-all", "core.worktree", NULL };
	struct git_cmd cmd = { .repo = place->user, .args = args, .writes = true };
	int code;

	if (access(from, F_OK) != 0) {
		unlink(to);
		return 0;
	}
	if (fs_copy(AT_FDCWD, from, AT_FDCWD, to, 0, err) != 0)
		return -1;
	return git_run(&cmd, NULL, &code, err);
}

static int copy_sparse(const struct place *place, struct arena *arena, struct err *err)
{
	return copy_patterns(place, arena, err) == 0 ? copy_config(place, arena, err) : -1;
}

/* ---- Shares ----------------------------------------------------------------------------------------- */

static int make_above(const struct place *place, const char *path, struct arena *arena,
		      struct err *err)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return 0;
	return fs_mkdir_p(AT_FDCWD,
			  arena_join(arena, place->repo.root, "/",
				     arena_strndup(arena, path, (size_t)(slash - path))),
			  0700, err);
}

static int link_share(const struct place *place, const char *share, struct arena *arena,
		      struct err *err)
{
	size_t len = strlen(share);
	const char *path, *theirs, *ours;
	struct file_id id;

	while (len && share[len - 1] == '/')
		len--;
	path = arena_strndup(arena, share, len);
	theirs = arena_join(arena, place->user->root, "/", path);
	ours = arena_join(arena, place->repo.root, "/", path);
	if (fs_stat(AT_FDCWD, ours, &id, NULL) == 0 && !S_ISLNK(id.mode))
		return err_set(err, ERR_USAGE, "'%s' is to be shared, but it is part of the tree",
			       path);
	unlink(ours);
	if (fs_stat(AT_FDCWD, theirs, &id, NULL) != 0)
		return 0; /* the user has none */
	if (make_above(place, path, arena, err) != 0)
		return -1;
	return symlink(theirs, ours) == 0 ? 0 : err_errno(err, "cannot share '%s'", path);
}

/* ---- The whole -------------------------------------------------------------------------------------- */

static int stage(struct place *place, const struct place_request *request, struct arena *arena,
		 struct err *err)
{
	enum trust trust = look(place, arena);

	unlink(file_of(place, "clean", arena));
	unlink(arena_join(arena, place->index, ".lock",
			  "")); /* of a git that was killed: ours is held */
	if (place_write_git_dir(place, arena, err) != 0 || copy_sparse(place, arena, err) != 0 ||
	    bring(place, request, trust, arena, err) != 0)
		return -1;
	if (trust < TRUST_CLEAN &&
	    write_note(place, "staged", place->frozen->tree, arena, err) != 0)
		return -1;
	for (size_t i = 0; i < request->n_share; i++)
		if (link_share(place, request->share[i], arena, err) != 0)
			return -1;
	return 0;
}

int place_stage_shadow(struct place *place, const struct place_request *request,
		       struct arena *arena, struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (stage(place, request, arena, &why) == 0)
		return 0;
	if (why.kind == ERR_USAGE)
		return err_set(err, why.kind, "%s", err_msg(&why));
	/* Whatever it was that a step or a crash has left there. */
	if (place_wipe(place, arena, err) != 0)
		return -1;
	return stage(place, request, arena, err);
}

void place_end_shadow(struct place *place, bool is_used)
{
	struct arena arena CLEANUP(arena_release) = { 0 };

	if (!is_used)
		write_note(place, "clean", place->frozen->tree, &arena, NULL);
}
