/*
 * What two made of one tree, each by itself, becomes one tree: three ways, as git merges files. Where both
 * changed the same lines, or one path in ways that do not go together, there is no such tree.
 */
#include <string.h>
#include <sys/stat.h>

#include "base/strmap.h"
#include "merge_impl.h"
#include "place_impl.h"

#define FOLDER	     "/wf/places/merge"
#define LOCK_WAIT_MS 30000
#define MAX_TEXTS \
	64 /* files that both changed; each costs processes: more count as the same lines */

struct text_merge {
	struct fix *fix;  /* theirs, which becomes the merged one */
	const char *ours; /* oid */
};

struct merge {
	const struct repo *repo;
	struct arena *arena;
	struct fixes theirs; /* in the end: what is still to be done to the tree that is ours */
	struct strmap our_paths, their_paths; /* path → struct fix * */
	VEC(struct text_merge) texts;
	const char *folder;
	struct lock lock;
	const char *path; /* where it cannot be done */
};

static bool clash(struct merge *merge, const char *path)
{
	merge->path = path;
	return false;
}

/* ---- Paths that cannot both be there ---------------------------------------------------------------- */

/* A file that one side has where the other one made a folder. */
static bool stands_on_file(const struct fix *fix, const struct strmap *others, struct arena *arena)
{
	for (const char *at = strchr(fix->path, '/'); at; at = strchr(at + 1, '/')) {
		const struct fix *other = strmap_get(
			others, arena_strndup(arena, fix->path, (size_t)(at - fix->path)));

		if (other && other->mode)
			return true;
	}
	return false;
}

static bool have_room(struct merge *merge, const struct fixes *fixes, const struct strmap *others)
{
	for (size_t i = 0; i < fixes->n; i++)
		if (!fixes->list[i].old_mode &&
		    stands_on_file(&fixes->list[i], others, merge->arena))
			return clash(merge, fixes->list[i].path);
	return true;
}

/* ---- Paths that both changed ------------------------------------------------------------------------ */

static bool is_file(uint32_t mode)
{
	return S_ISREG(mode);
}

/* True: theirs says what is to be, or is going to. */
static bool join(struct merge *merge, const struct fix *ours, struct fix *theirs)
{
	bool have_same_bytes = !strcmp(ours->oid, theirs->oid);
	bool moved = strcmp(ours->oid, ours->old_oid) != 0;

	if (ours->mode == theirs->mode && have_same_bytes)
		return true;
	if (!is_file(ours->old_mode) || !is_file(ours->mode) || !is_file(theirs->mode))
		return clash(merge, ours->path);
	if (theirs->mode == theirs->old_mode)
		theirs->mode = ours->mode;
	if (have_same_bytes || !moved)
		return true;
	if (!strcmp(theirs->oid, theirs->old_oid))
		theirs->oid = ours->oid;
	else
		vec_push(&merge->texts, ((struct text_merge){ theirs, ours->oid }));
	return merge->texts.n <= MAX_TEXTS || clash(merge, ours->path);
}

static bool join_all(struct merge *merge)
{
	for (size_t i = 0; i < merge->theirs.n; i++) {
		struct fix *theirs = &merge->theirs.list[i];
		const struct fix *ours = strmap_get(&merge->our_paths, theirs->path);

		if (ours && !join(merge, ours, theirs))
			return false;
	}
	return true;
}

/* ---- Lines ------------------------------------------------------------------------------------------ */

/* 1; 0: the same lines, or no text; -1. */
static int merge_text(struct merge *merge, const struct text_merge *text, struct err *err)
{
	const char *const oids[MERGE_SIDES] = { [MERGE_OURS] = text->ours,
						[MERGE_BASE] = text->fix->old_oid,
						[MERGE_THEIRS] = text->fix->oid };
	const struct git_cmd like = { .repo = merge->repo,
				      .writes = true,
				      .held_fd = merge->lock.fd };
	int merged = merge_blobs(&like, merge->folder, oids, &text->fix->oid, merge->arena, err);

	return merged == 0 ? clash(merge, text->fix->path) : merged;
}

static int merge_all_texts(struct merge *merge, struct err *err)
{
	int merged = 1;

	if (!merge->texts.n)
		return 1;
	merge->folder = arena_join(merge->arena, merge->repo->git_dir, FOLDER, "");
	if (fs_mkdir_p(AT_FDCWD, merge->folder, 0700, err) != 0 ||
	    lock_wait(&merge->lock, AT_FDCWD, arena_join(merge->arena, merge->folder, ".lock", ""),
		      LOCK_EXCLUSIVE, LOCK_WAIT_MS, err) != 0 ||
	    fs_mkdir_p(AT_FDCWD, merge->folder, 0700, err) != 0)
		return -1;
	for (size_t i = 0; i < merge->texts.n && merged > 0; i++)
		merged = merge_text(merge, &merge->texts.v[i], err);
	fs_remove_tree(AT_FDCWD, merge->folder, NULL);
	lock_release(&merge->lock);
	return merged;
}

/* ---- The whole -------------------------------------------------------------------------------------- */

static void index_paths(struct strmap *map, const struct fixes *fixes)
{
	for (size_t i = 0; i < fixes->n; i++)
		strmap_put(map, fixes->list[i].path, &fixes->list[i]);
}

static int merge_fixes(struct merge *merge, const struct fixes *ours, const char *our_tree,
		       const char **merged, struct err *err)
{
	int status;

	index_paths(&merge->our_paths, ours);
	index_paths(&merge->their_paths, &merge->theirs);
	if (!have_room(merge, ours, &merge->their_paths) ||
	    !have_room(merge, &merge->theirs, &merge->our_paths) || !join_all(merge))
		return 0;
	status = merge_all_texts(merge, err);
	if (status <= 0)
		return status;
	return place_apply(merge->repo, our_tree, &merge->theirs, merged, merge->arena, err) == 0
		       ? 1
		       : -1;
}

int place_merge(const struct repo *repo, const char *base, const char *ours, const char *theirs,
		const char **merged, const char **path, struct arena *arena, struct err *err)
{
	struct merge merge = { .repo = repo, .arena = arena, .lock = LOCK_NOT_HELD };
	struct fixes our_fixes;
	int status = -1;

	*merged = strcmp(theirs, base) ? theirs : ours;
	if (!strcmp(theirs, base) || !strcmp(ours, base))
		return 1;
	if (place_compare(repo, base, ours, &our_fixes, arena, err) == 0 &&
	    place_compare(repo, base, theirs, &merge.theirs, arena, err) == 0)
		status = merge_fixes(&merge, &our_fixes, ours, merged, err);
	*path = merge.path;
	strmap_release(&merge.our_paths);
	strmap_release(&merge.their_paths);
	vec_release(&merge.texts);
	return status < 0 ? err_wrap(err, "cannot put together what was fixed") : status;
}
