/*
 * Where state lives, and which run a person means.
 */
#include "store/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/timefmt.h"
#include "base/vec.h"
#include "base/xalloc.h"
#include "sys/fs.h"

#define TAIL_LEN       23 /* "-20261120-213201-3f9c5a" */
#define SHORT_LEN      6
#define PREFIX_MIN     8
#define MAX_CANDIDATES 8 /* shown of an ambiguous word */

int layout_init(struct layout *layout, struct arena *arena, const char *root, const char *git_dir,
		const char *common_dir, struct err *err)
{
	const char *top = root ? root : git_dir;

	*layout = (struct layout){ .root_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (layout->root_fd < 0)
		return err_errno(err, "cannot open '%s'", top);
	layout->root = arena_strdup(arena, top);
	layout->git_dir = arena_strdup(arena, git_dir);
	layout->common_dir = arena_strdup(arena, common_dir);
	layout->runs_dir = root ? arena_printf(arena, "%s/cortex-brain/workflows", root)
				: arena_printf(arena, "%s/wf/runs", git_dir);
	layout->cache_dir = arena_printf(arena, "%s/wf", common_dir);
	layout->plans_dir = arena_printf(arena, "%s/wf/plans", git_dir);
	layout->scratch_dir = arena_printf(arena, "%s/wf/scratch", git_dir);
	return 0;
}

void layout_release(struct layout *layout)
{
	if (!layout || !layout->root) /* zeroed: fd 0 is not ours */
		return;
	close(layout->root_fd);
	*layout = (struct layout){ .root_fd = -1 };
}

/* ---- Making ---- */

const char *layout_new_run_id(struct arena *arena, const char *workflow, int64_t now_unix_ms,
			      uint32_t random24)
{
	struct strbuf instant CLEANUP(strbuf_release) = STRBUF_INIT;

	instant_format_compact(&instant, now_unix_ms);
	return arena_printf(arena, "%s-%s-%06x", workflow, instant.buf,
			    (unsigned)(random24 & 0xffffff));
}

/* What is durable below a folder is lost with the folder's own name. */
static int sync_names_above(const char *runs_dir, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/../..", runs_dir);

	if (fs_sync_dir(AT_FDCWD, path, err) < 0)
		return -1;
	path[strlen(path) - 3] = '\0';
	return fs_sync_dir(AT_FDCWD, path, err);
}

/* .gitignore comes last: where it is there, all is done. */
int layout_make_runs_dir(const char *runs_dir, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/.gitignore", runs_dir);
	struct stat st;

	if (lstat(path, &st) == 0)
		return 0;
	if (fs_mkdir_p(AT_FDCWD, runs_dir, 0700, err) < 0)
		return -1;
	fs_spread_below(AT_FDCWD, runs_dir);
	if (sync_names_above(runs_dir, err) < 0)
		return -1;
	return fs_replace(AT_FDCWD, path, 0600, "*\n", 2, FS_DURABLE, err);
}

static int make_dir(const char *run_dir, const char *name, struct err *err)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s%s%s", run_dir, *name ? "/" : "", name);

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno == EEXIST && !*name)
		return err_set(err, ERR_BUSY, "there is a run '%s' already", run_dir);
	return err_errno(err, "cannot make '%s'", path);
}

int layout_create_run(const struct layout *layout, const char *run_id, struct err *err)
{
	char *dir CLEANUP(xfree_ptr)
	= xasprintf("%s/%s", layout->runs_dir, run_id);

	if (layout_make_runs_dir(layout->runs_dir, err) < 0 || make_dir(dir, "", err) < 0 ||
	    make_dir(dir, "logs", err) < 0 || make_dir(dir, "artifacts", err) < 0)
		return err_wrap(err, "cannot make the run's folder");
	return 0;
}

const char *layout_run_dir(const struct layout *layout, struct arena *arena, const char *run_id)
{
	return arena_printf(arena, "%s/%s", layout->runs_dir, run_id);
}

/* ---- Ids ---- */

static bool are_digits(const char *s, size_t len, const char *digits)
{
	return strspn(s, digits) >= len;
}

/* The part behind the workflow's id, or NULL if it is no run's id. */
static const char *id_tail(const char *id)
{
	size_t len = strlen(id);
	const char *tail = id + len - TAIL_LEN;

	if (len <= TAIL_LEN || tail[0] != '-' || !are_digits(tail + 1, 8, "0123456789") ||
	    tail[9] != '-' || !are_digits(tail + 10, 6, "0123456789") || tail[16] != '-' ||
	    !are_digits(tail + 17, SHORT_LEN, "0123456789abcdef"))
		return NULL;
	return tail;
}

const char *layout_short_id(const char *run_id)
{
	const char *tail = id_tail(run_id);

	return tail ? tail + TAIL_LEN - SHORT_LEN : run_id;
}

int layout_parse_id(const char *run_id, struct arena *arena, const char **workflow,
		    int64_t *began_ms)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *tail = id_tail(run_id);

	if (!tail)
		return -1;
	*workflow = arena_strndup(arena, run_id, (size_t)(tail - run_id));
	if (!began_ms)
		return 0;
	strbuf_addf(&text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", tail + 1, tail + 5, tail + 7,
		    tail + 10, tail + 12, tail + 14);
	return instant_parse(text.buf, began_ms);
}

/* ---- Listing ---- */

struct listed {
	const char *id;
	uint64_t instant; /* of the name: its 14 digits */
	int64_t born_ns;  /* of the folder; tells runs of one second apart, and is 0 for others */
};

static int64_t born_ns(int dirfd, const char *name)
{
	struct stat st;
#ifdef STATX_BTIME
	struct statx stx;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &stx) == 0 &&
	    (stx.stx_mask & STATX_BTIME))
		return (int64_t)stx.stx_btime.tv_sec * 1000000000 + stx.stx_btime.tv_nsec;
#endif
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (int64_t)st.st_mtime * 1000000000;
}

static uint64_t instant_of(const char *tail)
{
	uint64_t number = 0;

	for (const char *p = tail + 1; p < tail + TAIL_LEN - SHORT_LEN - 1; p++) {
		if (*p != '-')
			number = number * 10 + (uint64_t)(*p - '0');
	}
	return number;
}

static int compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->instant != y->instant)
		return x->instant > y->instant ? -1 : 1;
	if (x->born_ns != y->born_ns)
		return x->born_ns > y->born_ns ? -1 : 1;
	return strcmp(y->id, x->id);
}

/* Newest first. A folder is looked at only where its name does not decide: there may be thousands. */
static void sort_listed(struct listed *list, size_t n, int dirfd)
{
	size_t end;

	if (n)
		qsort(list, n, sizeof *list, compare_listed);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && list[i].instant == list[end].instant; end++)
			;
		if (end - i < 2)
			continue;
		for (size_t k = i; k < end; k++)
			list[k].born_ns = born_ns(dirfd, list[k].id);
		qsort(list + i, end - i, sizeof *list, compare_listed);
	}
}

int layout_list_runs(const struct layout *layout, struct arena *arena, struct layout_runs *runs,
		     struct err *err)
{
	VEC(struct listed) list = { 0 };
	struct fs_dir dir;
	struct fs_entry entry;
	int result = fs_dir_open(&dir, AT_FDCWD, layout->runs_dir, err);
	size_t i;

	*runs = (struct layout_runs){ 0 };
	if (result != 0)
		return result < 0 ? -1 : 0;
	while ((result = fs_dir_next(&dir, &entry, err)) > 0) {
		struct listed listed;

		if (entry.type != DT_DIR || !id_tail(entry.name))
			continue;
		listed.id = arena_strdup(arena, entry.name);
		listed.instant = instant_of(id_tail(listed.id));
		listed.born_ns = 0;
		vec_push(&list, listed);
	}
	sort_listed(list.v, list.n, fs_dir_fd(&dir));
	fs_dir_close(&dir);
	runs->ids = ARENA_ARRAY(arena, const char *, list.n + 1);
	for (i = 0; i < list.n; i++)
		runs->ids[runs->n++] = list.v[i].id;
	vec_release(&list);
	return result;
}

/* ---- Finding ---- */

typedef bool (*match_fn)(const char *id, const char *word);

static bool is_short_id(const char *id, const char *word)
{
	return strcmp(layout_short_id(id), word) == 0;
}

static bool has_prefix(const char *id, const char *word)
{
	return strncmp(id, word, strlen(word)) == 0;
}

static bool is_of_workflow(const char *id, const char *word)
{
	size_t len = strlen(id) - TAIL_LEN;

	return strlen(word) == len && strncmp(id, word, len) == 0;
}

static int refuse_ambiguous(const struct layout_runs *runs, match_fn match, const char *word,
			    struct err *err)
{
	struct strbuf list CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t i, n = 0;

	for (i = 0; i < runs->n; i++) {
		if (!match(runs->ids[i], word))
			continue;
		if (n++ < MAX_CANDIDATES)
			strbuf_addf(&list, "%s'%s'", n > 1 ? ", " : "", runs->ids[i]);
	}
	if (n > MAX_CANDIDATES)
		strbuf_addf(&list, " and %zu more", n - MAX_CANDIDATES);
	return err_set(err, ERR_USAGE, "'%s' is ambiguous: %s", word, list.buf);
}

/* 1: one; 0: none; -1: several. */
static int find_one(const struct layout_runs *runs, match_fn match, const char *word,
		    const char **run_id, struct err *err)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < runs->n; i++) {
		if (!match(runs->ids[i], word))
			continue;
		if (found)
			return refuse_ambiguous(runs, match, word, err);
		found = runs->ids[i];
	}
	if (found)
		*run_id = found;
	return found != NULL;
}

static bool find_latest(const struct layout_runs *runs, const char *workflow, const char **run_id)
{
	size_t i;

	for (i = 0; i < runs->n; i++) {
		if (workflow && !is_of_workflow(runs->ids[i], workflow))
			continue;
		*run_id = runs->ids[i];
		return true;
	}
	return false;
}

static bool is_whole_id(const char *id, const char *word)
{
	return strcmp(id, word) == 0;
}

int layout_find_run(const struct layout *layout, const char *word, struct arena *arena,
		    const char **run_id, struct err *err)
{
	struct layout_runs runs;
	int found;

	if (layout_list_runs(layout, arena, &runs, err) < 0)
		return -1;
	found = find_one(&runs, is_whole_id, word, run_id, err);
	if (found == 0 && strcmp(word, "latest") == 0)
		found = find_latest(&runs, NULL, run_id);
	if (found == 0)
		found = find_one(&runs, is_short_id, word, run_id, err);
	if (found == 0)
		found = find_latest(&runs, word, run_id);
	if (found == 0 && strlen(word) >= PREFIX_MIN)
		found = find_one(&runs, has_prefix, word, run_id, err);
	if (found == 0 && !runs.n)
		return err_set(err, ERR_NOT_FOUND, "no run '%s': there are no runs here yet", word);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no run '%s'", word);
	return found < 0 ? -1 : 0;
}
