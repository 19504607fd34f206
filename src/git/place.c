/*
 * What the kinds of places have in common: a slot, a lock, a git directory. See git/place.h.
 */
#include "place_impl.h"

#include <string.h>
#include <unistd.h>

#include "sys/clock.h"

#define PLACES	   "/wf/places"
#define MAX_PLACES 64

static const char *const kind_names[] = { "in-place", "export-", "shadow-" };

bool place_reaches(const struct place_reach *reach, const char *path)
{
	return !reach->has || reach->has(path, reach->data);
}

int place_git(const struct place *place, const char *const *args, const struct strbuf *input,
	      struct strbuf *out, struct err *err)
{
	static const char *const settings[] = { "core.splitIndex=false", "index.sparse=false",
						"core.untrackedCache=false", NULL };
	struct git_cmd cmd = { .repo = &place->repo,
			       .args = args,
			       .input = input,
			       .settings = settings,
			       .held_fd = place->lock.is_held ? place->lock.fd : 0,
			       .timeout_ms = UINT64_C(30) * 60 * 1000,
			       .writes = true };

	return git_run(&cmd, out, NULL, err);
}

void place_split_names(const struct strbuf *text, struct place_names *names, struct arena *arena)
{
	for (size_t at = 0; at < text->len; at += strlen(text->buf + at) + 1)
		vec_push(&names->list, arena_strdup(arena, text->buf + at));
}

void place_join_names(const struct place_names *names, struct strbuf *text)
{
	for (size_t i = 0; i < names->list.n; i++)
		strbuf_add(text, names->list.v[i], strlen(names->list.v[i]) + 1);
}

void place_see(struct place_sight *sight, int root_fd, const struct place_names *paths,
	       signed char *answers, struct arena *arena)
{
	size_t n = paths->list.n;

	sight->clock_ns = clock_realtime_ms() * 1000000;
	sight->n = n;
	sight->paths = ARENA_ARRAY(arena, const char *, n + 1);
	sight->ids = ARENA_ARRAY(arena, struct file_id, n + 1);
	fs_stat_many(root_fd, paths->list.v, n, sight->ids, answers);
	for (size_t i = 0; i < n; i++)
		sight->paths[i] = arena_strdup(arena, paths->list.v[i]);
}

/* ---- A git directory of its own ------------------------------------------------------------------- */

static int write_if_other(const char *path, const char *text, struct err *err)
{
	struct strbuf now CLEANUP(strbuf_release) = STRBUF_INIT;

	if (fs_read_file(AT_FDCWD, path, 4096, &now, NULL) == 0 && !strcmp(strbuf_str(&now), text))
		return 0;
	return fs_replace(AT_FDCWD, path, 0600, text, strlen(text), 0, err);
}

/* HEAD is detached, so that nothing a step does moves a branch of the user's. Without a commit there is
 * only the user's own to take. */
static int write_head(const struct place *place, struct arena *arena, struct err *err)
{
	const char *path = arena_join(arena, place->repo.git_dir, "/HEAD", "");
	const char *theirs = arena_join(arena, place->user->git_dir, "/HEAD", "");
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;

	if (*place->frozen->head)
		strbuf_addf(&text, "%s\n", place->frozen->head);
	else if (fs_read_file(AT_FDCWD, theirs, 4096, &text, err) != 0)
		return -1;
	return write_if_other(path, strbuf_str(&text), err);
}

int place_write_git_dir(const struct place *place, struct arena *arena, struct err *err)
{
	const char *git_dir = place->repo.git_dir, *root = place->repo.root;
	const char *const files[][2] = {
		{ arena_join(arena, git_dir, "/commondir", ""),
		  arena_join(arena, place->repo.common_dir, "\n", "") },
		{ arena_join(arena, git_dir, "/gitdir", ""),
		  arena_join(arena, root, "/.git\n", "") },
		{ arena_join(arena, root, "/.git", ""),
		  arena_join(arena, "gitdir: ", git_dir, "\n") },
	};

	if (fs_mkdir_p(AT_FDCWD, git_dir, 0700, err) != 0 ||
	    fs_mkdir_p(AT_FDCWD, root, 0700, err) != 0 || write_head(place, arena, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (write_if_other(files[i][0], files[i][1], err) != 0)
			return -1;
	return 0;
}

int place_wipe(const struct place *place, struct arena *arena, struct err *err)
{
	unlink(arena_join(arena, place->dir, "/clean", ""));
	return fs_remove_tree(AT_FDCWD, place->repo.root, err) == 0 &&
			       fs_remove_tree(AT_FDCWD, place->repo.git_dir, err) == 0
		       ? 0
		       : -1;
}

/* ---- Slots ---------------------------------------------------------------------------------------- */

/* The first that nobody uses, from `slot` on: the warmest there is. */
static int take_slot(struct place *place, const char *places, unsigned slot, struct arena *arena,
		     struct err *err)
{
	for (unsigned i = 0; i < MAX_PLACES; i++) {
		const char *dir = arena_printf(arena, "%s/%s%u", places, kind_names[place->kind],
					       (slot + i) % MAX_PLACES);
		struct err why = ERR_INIT;
		int status = lock_try(&place->lock, AT_FDCWD, arena_join(arena, dir, ".lock", ""),
				      LOCK_EXCLUSIVE, &why);
		enum err_kind kind = why.kind;

		place->dir = dir;
		if (status < 0 && kind != ERR_BUSY)
			err_set(err, kind, "%s", err_msg(&why));
		err_release(&why);
		if (status == 0 || kind != ERR_BUSY)
			return status;
	}
	return err_set(err, ERR_BUSY, "%d hooks use a copy of the files at once", MAX_PLACES);
}

static int open_place(struct place *place, unsigned slot, struct arena *arena, struct err *err)
{
	const char *places = arena_join(arena, place->user->git_dir, PLACES, "");

	if (fs_mkdir_p(AT_FDCWD, places, 0700, err) != 0 ||
	    take_slot(place, places, slot, arena, err) != 0)
		return -1;
	place->repo = (struct repo){ .root = arena_join(arena, place->dir, "/tree", ""),
				     .git_dir = arena_join(arena, place->dir, "/git", ""),
				     .common_dir = place->user->common_dir,
				     .prefix = "" };
	place->index = arena_join(arena, place->repo.git_dir, "/index", "");
	return 0;
}

static int stage_in_place(struct place *place, const struct place_request *request,
			  struct arena *arena, struct err *err)
{
	const char *why;
	int agrees = 1;

	if (request->sight)
		place->sight = *request->sight;
	else
		agrees = place_agrees(request, &place->sight, &why, arena, err);
	if (agrees == 0)
		return err_set(err, ERR_BUSY, "the worktree does not hold what is to be tested: %s",
			       why);
	place->repo = *request->repo;
	place->index = request->frozen->index;
	return agrees < 0 ? -1 : 0;
}

int place_stage(struct place *place, const struct place_request *request, struct arena *arena,
		struct err *err)
{
	int status;

	*place = (struct place){ .kind = request->kind,
				 .user = request->repo,
				 .frozen = request->frozen,
				 .takes_any = request->takes_any,
				 .lock = LOCK_NOT_HELD };
	if (request->kind == PLACE_IN_PLACE)
		return stage_in_place(place, request, arena, err);
	if (open_place(place, request->slot, arena, err) != 0)
		return err_wrap(err, "cannot make a copy of what is to be tested");
	if (request->before)
		request->before(place->repo.git_dir);
	status = request->kind == PLACE_EXPORT ? place_stage_export(place, request, arena, err)
					       : place_stage_shadow(place, request, arena, err);
	if (status != 0) {
		place_end(place, true);
		return err_wrap(err, "cannot make a copy of what is to be tested");
	}
	return fs_stat(AT_FDCWD, place->index, &place->index_id, err) == 0 ? 0 : -1;
}

void place_end(struct place *place, bool is_used)
{
	if (place->lock.is_held && place->kind == PLACE_SHADOW)
		place_end_shadow(place, is_used);
	place_ready_free(place->ready);
	lock_release(&place->lock);
	*place = (struct place){ .lock = LOCK_NOT_HELD };
}

/* ---- Removing ------------------------------------------------------------------------------------- */

static int remove_one(const char *places, const char *name, struct arena *arena, struct err *err)
{
	const char *dir = arena_join(arena, places, "/", name);
	struct lock lock = LOCK_NOT_HELD;
	int status;

	if (lock_try(&lock, AT_FDCWD, arena_join(arena, dir, ".lock", ""), LOCK_EXCLUSIVE, NULL) !=
	    0)
		return 0; /* in use */
	status = fs_remove_tree(AT_FDCWD, dir, err);
	lock_release(&lock);
	return status;
}

int place_remove_all(const struct repo *repo, struct err *err)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *places = arena_join(&arena, repo->git_dir, PLACES, "");
	struct fs_dir dir;
	struct fs_entry entry;
	int rc = fs_dir_open(&dir, AT_FDCWD, places, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while (rc == 0 && fs_dir_next(&dir, &entry, err) > 0)
		if (entry.type == DT_DIR)
			rc = remove_one(places, arena_strdup(&arena, entry.name), &arena, err);
	fs_dir_close(&dir);
	return rc;
}
