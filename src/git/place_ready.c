/*
 * What a shadow was like when it was ready for steps, kept in memory: its index, the identity of each of its
 * folders, and of files that were written too shortly before the index for their times to tell.
 *
 * All of that counts only from a moment that the file system's clock tells apart from what came before; where
 * it is too coarse for that, nothing but the index is known.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sorted.h"
#include "base/xalloc.h"
#include "place_impl.h"
#include "sys/clock.h"

#define TICKS_WAITED 30 /* milliseconds; the clock of most file systems ticks each 1 to 10 */

struct seen {
	const char **paths; /* sorted as in the index */
	struct file_id *ids;
	size_t n;
};

struct place_ready {
	struct arena arena;
	struct index index;
	struct seen folders, recent;
	bool is_told_apart; /* what is changed from then on has another time */
	bool is_unchanged;  /* as collected */
};

/* ---- Looking ---------------------------------------------------------------------------------------- */

struct paths {
	VEC(const char *) list;
};

/* The folders that are entered from one entry to the next: those above it that the last one is not in. All
 * that is in a folder stands together, so each is entered once. */
static void add_folders(struct paths *folders, const char *last, const char *path,
			struct arena *arena)
{
	size_t common = 0, same = 0;

	for (; path[same] && path[same] == last[same]; same++)
		if (path[same] == '/')
			common = same + 1;
	for (const char *slash = strchr(path + common, '/'); slash; slash = strchr(slash + 1, '/'))
		vec_push(&folders->list, arena_strndup(arena, path, (size_t)(slash - path)));
}

static void see(struct seen *seen, const struct paths *paths, int root_fd, struct arena *arena)
{
	size_t n = paths->list.n;
	signed char *answers = arena_alloc(arena, n + 1);

	seen->n = n;
	seen->paths = ARENA_ARRAY(arena, const char *, n + 1);
	seen->ids = ARENA_ARRAY(arena, struct file_id, n + 1);
	if (n)
		memcpy(seen->paths, paths->list.v, n * sizeof *seen->paths);
	fs_stat_many(root_fd, seen->paths, n, seen->ids, answers);
	for (size_t i = 0; i < n; i++)
		if (answers[i] != 0)
			seen->ids[i] = (struct file_id){ 0 };
}

static void look(struct place_ready *ready, int root_fd)
{
	struct paths folders = { 0 }, recent = { 0 };
	const char *last = "";

	vec_push(&folders.list, ".");
	for (size_t i = 0; i < ready->index.entries.n; i++) {
		const struct index_entry *entry = &ready->index.entries.v[i];

		add_folders(&folders, last, entry->name, &ready->arena);
		last = entry->name;
		if (index_is_recent(&ready->index, entry))
			vec_push(&recent.list, entry->name);
	}
	see(&ready->folders, &folders, root_fd, &ready->arena);
	see(&ready->recent, &recent, root_fd, &ready->arena);
	vec_release(&folders.list);
	vec_release(&recent.list);
}

/* ---- The clock of the file system --------------------------------------------------------------------- */

static int64_t newest(const struct seen *seen, int64_t than_ns)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->ids[i].ctime_ns > than_ns)
			than_ns = seen->ids[i].ctime_ns;
	return than_ns;
}

/* The lock's file is touched until its time is later than all that was seen. */
static bool wait_for_tick(const struct place_ready *ready, int lock_fd)
{
	int64_t newest_ns = newest(&ready->folders, newest(&ready->recent, 0));

	for (int i = 0; i < TICKS_WAITED; i++) {
		struct file_id id;

		if (futimens(lock_fd, NULL) != 0 || fs_stat_fd(lock_fd, &id, NULL) != 0)
			return false;
		if (id.ctime_ns > newest_ns)
			return true;
		clock_sleep_ms(1);
	}
	return false;
}

struct place_ready *place_ready_new(const struct place *place)
{
	struct place_ready *ready = xcalloc(1, sizeof *ready);
	int root_fd = open(place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0 ||
	    index_read(&ready->index, place->index, freeze_is_sha256(place->user)) != 0) {
		place_ready_free(ready);
		ready = NULL;
	} else {
		look(ready, root_fd);
		ready->is_told_apart = wait_for_tick(ready, place->lock.fd);
	}
	if (root_fd >= 0)
		close(root_fd);
	return ready;
}

void place_ready_free(struct place_ready *ready)
{
	if (!ready)
		return;
	index_release(&ready->index);
	arena_release(&ready->arena);
	free(ready);
}

const struct index *place_ready_index(const struct place_ready *ready)
{
	return &ready->index;
}

void place_ready_set_unchanged(struct place_ready *ready, bool is_unchanged)
{
	ready->is_unchanged = is_unchanged;
}

bool place_ready_is_unchanged(const struct place_ready *ready)
{
	return ready->is_unchanged;
}

/* ---- Afterwards --------------------------------------------------------------------------------------- */

bool place_ready_had(const struct place_ready *ready, const char *path, const struct file_id *id)
{
	size_t at = ready->is_told_apart ? sorted_find(ready->recent.paths, ready->recent.n, path)
					 : ready->recent.n;

	return at < ready->recent.n && fs_same_id(id, &ready->recent.ids[at]);
}

/* Is that what the index has there, or what may be there beside it? */
static bool is_expected(const struct place *place, const char *path, unsigned char type)
{
	const struct index *index = &place->ready->index;
	const struct index_range all = { 0, index->entries.n };
	const struct index_entry *entry = index_find(index, all, path, strlen(path));
	struct index_range below;

	if (entry)
		return entry->is_gitlink ? type == DT_DIR
					 : !index_is_left_out(index, entry) && type != DT_DIR;
	below = index_find_below(index, all, path, strlen(path));
	if (below.begin < below.end)
		return type == DT_DIR;
	return !strcmp(path, ".git") || place_is_beside(place, path);
}

static bool has_others(const struct place *place, int root_fd, const char *folder)
{
	const char *prefix = strcmp(folder, ".") != 0 ? folder : "";
	struct strbuf path CLEANUP(strbuf_release) = STRBUF_INIT;
	struct fs_dir dir = { 0 };
	struct fs_entry entry;
	bool found = false;
	int rc = fs_dir_open(&dir, root_fd, folder, NULL);

	if (rc != 0)
		return rc < 0; /* a folder that is gone: its files are, too, and that is seen */
	while (!found && (rc = fs_dir_next(&dir, &entry, NULL)) > 0) {
		strbuf_clear(&path);
		strbuf_addstr(&path, prefix);
		strbuf_addstr(&path, *prefix ? "/" : "");
		strbuf_addstr(&path, entry.name);
		found = !is_expected(place, strbuf_str(&path), entry.type);
	}
	fs_dir_close(&dir);
	return found || rc < 0;
}

bool place_ready_has_others(const struct place *place)
{
	const struct seen *folders = &place->ready->folders;
	int root_fd = open(place->repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = root_fd < 0 || !place->ready->is_told_apart;

	for (size_t i = 0; i < folders->n && !found; i++) {
		struct file_id id = { 0 };

		if (fs_stat(root_fd, folders->paths[i], &id, NULL) != 0)
			id = (struct file_id){ 0 };
		if (!fs_same_id(&id, &folders->ids[i]))
			found = has_others(place, root_fd, folders->paths[i]);
	}
	if (root_fd >= 0)
		close(root_fd);
	return found;
}
