/*
 * The shadow: a worktree that is brought from the tree it holds to another. It is believed to hold what
 * its index says only if it was left so since the machine was started; its files are not synced. After
 * steps have run there each file is looked at once, for what they changed; if that is nothing, the next
 * one need not look again.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place_impl.h"

#define NOTE_MAX ((size_t)1 << 20) /* bytes */

/* What is said of it: see place_trust. */
#define STAGED	"staged"
#define TRACKED "tracked"
#define CLEAN	"clean"

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

/* Of which index that is said, and what may be there beside its files. */
static void add_circumstances(const struct place *place, const struct file_id *index,
			      struct strbuf *text)
{
	strbuf_addf(text, "%llu %llu %lld %lld\n", (unsigned long long)index->ino,
		    (unsigned long long)index->size_bytes, (long long)index->mtime_ns,
		    (long long)index->ctime_ns);
	for (size_t i = 0; i < place->n_beside; i++)
		strbuf_addf(text, "%s\n", place->beside[i]);
}

static int write_note(const struct place *place, const char *name, const struct file_id *index,
		      struct arena *arena, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&text, "%s %s\n", boot_id(arena), place->frozen->tree);
	if (index)
		add_circumstances(place, index, &text);
	return fs_replace(AT_FDCWD, file_of(place, name, arena), 0600, strbuf_str(&text), text.len,
			  0, err);
}

/* The tree of a note that was written since the machine was started, or NULL. `index`: and says the same
 * about it. */
static const char *read_note(const struct place *place, const char *name,
			     const struct file_id *index, struct arena *arena)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct strbuf rest CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *boot = boot_id(arena), *tree;
	size_t len = strlen(boot), end;

	if (fs_read_file(AT_FDCWD, file_of(place, name, arena), NOTE_MAX, &text, NULL) != 0 ||
	    text.len < len + 2 || strncmp(text.buf, boot, len) != 0 || text.buf[len] != ' ')
		return NULL;
	tree = strbuf_str(&text) + len + 1;
	end = strcspn(tree, "\n");
	if (index)
		add_circumstances(place, index, &rest);
	if (!tree[end] || (index && strcmp(tree + end + 1, strbuf_str(&rest)) != 0))
		return NULL;
	return arena_strndup(arena, tree, end);
}

/* *from: the tree that it holds, from TRUST_TRACKED on. */
static enum place_trust look(const struct place *place, const char **from, struct arena *arena)
{
	struct file_id id = { 0 };

	*from = NULL;
	if (fs_stat(AT_FDCWD, place->index, &id, NULL) != 0)
		return TRUST_NONE;
	*from = read_note(place, CLEAN, &id, arena);
	if (*from)
		return strcmp(*from, place->frozen->tree) ? TRUST_CLEAN : TRUST_TREE;
	*from = read_note(place, TRACKED, &id, arena);
	if (*from)
		return TRUST_TRACKED;
	return read_note(place, STAGED, NULL, arena) ? TRUST_INDEX : TRUST_NONE;
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

static const char *without_slashes(const char *path, struct arena *arena)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	return arena_strndup(arena, path, len);
}

static int link_share(const struct place *place, const char *share, struct arena *arena,
		      struct err *err)
{
	const char *path = without_slashes(share, arena), *theirs, *ours;
	struct file_id id;

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

static void name_beside(struct place *place, const struct place_request *request,
			struct arena *arena)
{
	size_t n = 0;

	place->beside = ARENA_ARRAY(arena, const char *, request->n_keep + request->n_share + 1);
	for (size_t i = 0; i < request->n_keep; i++)
		place->beside[n++] = without_slashes(request->keep[i], arena);
	for (size_t i = 0; i < request->n_share; i++)
		place->beside[n++] = without_slashes(request->share[i], arena);
	place->n_beside = n;
}

bool place_is_beside(const struct place *place, const char *path)
{
	for (size_t i = 0; i < place->n_beside; i++)
		if (!strcmp(place->beside[i], path))
			return true;
	return false;
}

static int stage(struct place *place, const struct place_request *request, struct arena *arena,
		 struct err *err)
{
	const char *from;
	enum place_trust trust = look(place, &from, arena);

	unlink(file_of(place, CLEAN, arena));
	unlink(file_of(place, TRACKED, arena));
	unlink(arena_join(arena, place->index, ".lock",
			  "")); /* of a git that was killed: ours is held */
	if (place_write_git_dir(place, arena, err) != 0 || copy_sparse(place, arena, err) != 0)
		return -1;
	if (trust < TRUST_TREE && place_bring(place, trust, from, arena, err) != 0)
		return -1;
	if (trust < TRUST_TRACKED && write_note(place, STAGED, NULL, arena, err) != 0)
		return -1;
	for (size_t i = 0; i < request->n_share; i++)
		if (link_share(place, request->share[i], arena, err) != 0)
			return -1;
	return 0;
}

static int stage_anyhow(struct place *place, const struct place_request *request,
			struct arena *arena, struct err *err)
{
	struct err why CLEANUP(err_release) = ERR_INIT;

	if (stage(place, request, arena, &why) == 0)
		return 0;
	if (why.kind == ERR_USAGE)
		return err_copy(err, &why);
	/* Whatever it was that a step or a crash has left there. */
	if (place_wipe(place, arena, err) != 0)
		return -1;
	return stage(place, request, arena, err);
}

int place_stage_shadow(struct place *place, const struct place_request *request,
		       struct arena *arena, struct err *err)
{
	name_beside(place, request, arena);
	if (stage_anyhow(place, request, arena, err) != 0)
		return -1;
	place->ready = place_ready_new(place);
	return 0;
}

void place_end_shadow(struct place *place, bool is_used)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct file_id id = { 0 };
	bool has_others;

	if (is_used && (!place->ready || !place_ready_is_unchanged(place->ready)))
		return;
	has_others = is_used && place_ready_has_others(place);
	if (fs_stat(AT_FDCWD, place->index, &id, NULL) == 0 && fs_same_id(&id, &place->index_id))
		write_note(place, has_others ? TRACKED : CLEAN, &id, &arena, NULL);
}
