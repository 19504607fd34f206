/*
 * What there is to take: files that count, directories, and what is there and hidden, so that a rollback
 * never removes what it cannot know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files_impl.h"
#include "snapshot_impl.h"

/* ---- Directories ------------------------------------------------------------------------------- */

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_hidden_directory(const struct snapshot_work *work, const char *dir)
{
	const char *key = arena_join(work->arena, dir, "/", "");

	return work->hidden.list.n && bsearch(&key, work->hidden.list.v, work->hidden.list.n,
					      sizeof *work->hidden.list.v, compare_paths);
}

/* Is there a file that counts below the directory? The list is sorted. */
static bool has_files(const struct snapshot_work *work, const char *dir)
{
	size_t len = strlen(dir), low = 0, high = work->n_paths;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(work->paths[middle], dir, len);

		if (order < 0 || (order == 0 && (unsigned char)work->paths[middle][len] < '/'))
			low = middle + 1;
		else
			high = middle;
	}
	return low < work->n_paths && !strncmp(work->paths[low], dir, len) &&
	       work->paths[low][len] == '/';
}

static void take_directory(struct snapshot_work *work, const char *path, uint32_t mode)
{
	struct snapshot_folder folder = { .perm = mode & 07777 };

	if (!*path || !S_ISDIR(mode) || is_hidden_directory(work, path))
		return;
	folder.path = arena_strdup(work->arena, path);
	vec_push(&work->folders.list, folder);
	if (!has_files(work, path))
		vec_push(&work->directories.list, folder.path);
}

static void take_directories(struct snapshot_work *work, const struct git_files *files)
{
	struct git_files_basis basis;

	git_files_get_basis(files, &basis);
	for (size_t i = 0; i < basis.n_dirs; i++)
		take_directory(work, basis.dirs[i].path, basis.dirs[i].id.mode);
}

/* The same where git listed, and said what is hidden. */
static int walk_directories(struct snapshot_work *work, const char *path, struct err *err)
{
	struct fs_entry entry;
	struct fs_dir dir;
	int status = fs_dir_open(&dir, work->root_fd, *path ? path : ".", err);

	if (status != 0) /* it went, or may not be read */
		return 0;
	while ((status = fs_dir_next(&dir, &entry, err)) > 0) {
		const char *below = arena_join(work->arena, path, *path ? "/" : "", entry.name);
		struct file_id id;

		if (entry.type != DT_DIR || !strcmp(entry.name, ".git") ||
		    is_hidden_directory(work, below))
			continue;
		status = fs_stat(work->root_fd, below, &id, err);
		if (status > 0)
			continue;
		if (status == 0)
			take_directory(work, below, id.mode);
		if (status < 0 || walk_directories(work, below, err) != 0) {
			status = -1;
			break;
		}
	}
	fs_dir_close(&dir);
	return status;
}

static void sort_hidden(struct snapshot_work *work)
{
	if (work->hidden.list.n)
		qsort(work->hidden.list.v, work->hidden.list.n, sizeof *work->hidden.list.v,
		      compare_paths);
}

static void take_hidden(struct snapshot_work *work, const struct git_files *files)
{
	size_t n;
	const char *const *hidden = git_files_hidden(files, &n);

	for (size_t i = 0; i < n; i++)
		vec_push(&work->hidden.list, arena_strdup(work->arena, hidden[i]));
	sort_hidden(work);
}

/* ---- Files ------------------------------------------------------------------------------------- */

static bool is_attributes(const char *path, size_t len)
{
	static const char name[] = ".gitattributes";
	size_t name_len = sizeof name - 1;

	return len >= name_len && !memcmp(path + len - name_len, name, name_len) &&
	       (len == name_len || path[len - name_len - 1] == '/');
}

static void note_attributes(struct snapshot_work *work, const char *path)
{
	struct file_id id;

	work->has_tracked_attributes = true;
	if (fs_stat(work->root_fd, path, &id, NULL) != 0 || !S_ISREG(id.mode))
		work->has_gone_attributes = true;
}

static void sort_by_index(struct snapshot_work *work, const struct git_files *files)
{
	struct index_range all = { 0, files->index.entries.n };

	work->may_have_unmerged = files->index.is_unmerged;

	for (size_t i = 0; i < work->n_paths; i++) {
		const char *path = work->paths[i];
		const struct index_entry *entry = index_find(&files->index, all, path,
							     strlen(path));

		if (!entry)
			vec_push(&work->untracked.list, path);
	}
	for (size_t i = 0; i < all.end; i++) {
		const struct index_entry *entry = &files->index.entries.v[i];

		if (entry->is_pinned && !entry->is_gitlink)
			vec_push(&work->raw_paths.list, arena_strdup(work->arena, entry->name));
		if (is_attributes(entry->name, entry->len))
			note_attributes(work, entry->name);
	}
}

static int ask(struct snapshot_work *work, const char *const *args, struct strbuf *out,
	       struct err *err)
{
	strbuf_clear(out);
	return snapshot_git(work, NULL, args, NULL, out, NULL, err);
}

/* Where the rules are too odd for our own walk. */
static int ask_git(struct snapshot_work *work, struct err *err)
{
	static const char *const others[] = { "ls-files", "-o", "-z", "--exclude-standard", NULL };
	static const char *const ignored[] = { "ls-files", "-o",	  "-i",
					       "-z",	   "--directory", "--exclude-standard",
					       NULL };
	static const char *const tracked[] = { "ls-files", "-v", "-z", NULL };
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	if (ask(work, others, &out, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1) {
		const char *path = arena_strdup(work->arena, out.buf + at);

		if (path[strlen(path) - 1] != '/')
			vec_push(&work->untracked.list, path);
		else /* an embedded repository */
			vec_push(&work->hidden.list, path);
	}
	if (ask(work, ignored, &out, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		vec_push(&work->hidden.list, arena_strdup(work->arena, out.buf + at));
	if (ask(work, tracked, &out, err) != 0)
		return -1;
	work->has_tracked_attributes = work->has_gone_attributes = work->may_have_unmerged =
		true; /* for all we know */
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		if (strchr("hSsmrck", out.buf[at]))
			vec_push(&work->raw_paths.list,
				 arena_strdup(work->arena, out.buf + at + 2));
	sort_hidden(work);
	return walk_directories(work, "", err);
}

static struct git_files *open_files(const struct snapshot_work *work)
{
	struct git_files *files = git_files_new(work->request->repo, work->root_fd);

	git_files_use_index(files, work->index);
	git_files_keep_hidden(files);
	return files;
}

/* A split or sparse index becomes a whole one; if it does not, git has to list. */
static int unfold_index(struct snapshot_work *work, struct git_files **files, struct err *err)
{
	static const char *const args[] = { "update-index", "--force-write-index", NULL };

	if (git_files_load(*files, NULL, 0, err) != 0)
		return -1;
	work->may_be_split = (*files)->is_listed_by_git;
	if (!(*files)->is_listed_by_git || !work->has_index ||
	    snapshot_git(work, NULL, args, NULL, NULL, NULL, NULL) != 0)
		return 0;
	git_files_free(*files);
	*files = open_files(work);
	return git_files_load(*files, NULL, 0, err);
}

static int take_files(struct snapshot_work *work, struct git_files *files, struct err *err)
{
	const char *const *paths, **copy;

	if (git_files_list(files, "", &paths, &work->n_paths, err) != 0)
		return -1;
	copy = ARENA_ARRAY(work->arena, const char *, work->n_paths + 1);
	for (size_t i = 0; i < work->n_paths; i++)
		copy[i] = arena_strdup(work->arena, paths[i]);
	work->paths = copy;
	work->ids = ARENA_ARRAY(work->arena, struct file_id, work->n_paths + 1);
	work->answers = ARENA_ARRAY(work->arena, signed char, work->n_paths + 1);
	fs_stat_many(work->root_fd, work->paths, work->n_paths, work->ids, work->answers);
	take_hidden(work, files);
	if (files->is_listed_by_git)
		return ask_git(work, err);
	take_directories(work, files);
	sort_by_index(work, files);
	snapshot_find_overlooked(work, &files->index);
	return 0;
}

/* Where the changes cannot be told git begins to look at all files meanwhile. */
static int begin(struct snapshot_tracked *tracked, const struct snapshot_work *work,
		 struct git_files *files, struct err *err)
{
	struct index *index = &files->index;

	if (files->is_listed_by_git) /* it reads the private index, which is to stay as it is */
		return 0;
	if (snapshot_tracked_begin(tracked, work, work->has_index ? index_find_tree(index) : NULL,
				   err) != 0)
		return -1;
	if (!work->has_index || !snapshot_can_tell_changes(index))
		snapshot_tracked_go_on(tracked);
	return 0;
}

static int go_on(struct snapshot_tracked *tracked, const struct snapshot_work *work,
		 const struct git_files *files, struct err *err)
{
	if (!tracked->is_begun) {
		if (snapshot_tracked_begin(tracked, work, NULL, err) != 0)
			return -1;
	} else if (!tracked->is_going_on) {
		tracked->has_changes = snapshot_list_changes(work, &files->index,
							     &tracked->changes);
	}
	if (!tracked->is_going_on)
		snapshot_tracked_go_on(tracked);
	return 0;
}

int snapshot_look(struct snapshot_work *work, struct snapshot_tracked *tracked, struct err *err)
{
	struct git_files *files = open_files(work);
	int status = unfold_index(work, &files, err);

	if (status == 0)
		status = begin(tracked, work, files, err);
	if (status == 0)
		status = take_files(work, files, err);
	if (status == 0)
		status = go_on(tracked, work, files, err);
	git_files_free(files);
	return status;
}

/* ---- What cannot be read ------------------------------------------------------------------------ */

/* 1: it is there and may not be read; 0; -1. */
static int is_unreadable(const struct snapshot_work *work, const char *path, struct err *err)
{
	struct file_id id;

	if (fs_stat(work->root_fd, path, &id, NULL) != 0 || !S_ISREG(id.mode) ||
	    faccessat(work->root_fd, path, R_OK, AT_EACCESS) == 0 || errno == ENOENT)
		return 0;
	return errno == EACCES || errno == EPERM ? 1 : err_errno(err, "cannot look at '%s'", path);
}

int snapshot_drop_unreadable(struct snapshot_work *work, struct path_list *paths, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < paths->list.n; i++) {
		const char *path = paths->list.v[i];
		int status = is_unreadable(work, path, err);

		if (status < 0)
			return -1;
		if (status > 0)
			vec_push(&work->unreadable.list, path);
		else
			paths->list.v[kept++] = path;
	}
	paths->list.n = kept;
	return 0;
}
