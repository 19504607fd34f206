/*
 * Listing sessions: what is known, in which order it comes out, and what it rests on.
 */
#include "git/files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "files_impl.h"
#include "repo_config_impl.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

struct git_files *git_files_new(const struct repo *repo, int root_fd)
{
	struct git_files *files = xcalloc(1, sizeof *files);

	files->repo = repo;
	files->root_fd = root_fd;
	return files;
}

void git_files_use_index(struct git_files *files, const char *path)
{
	files->index_path = path;
}

void files_lend_index(struct git_files *files, const struct index *index)
{
	files->lent = index;
}

void git_files_keep_hidden(struct git_files *files)
{
	files->keeps_hidden = true;
}

const char *const *git_files_hidden(const struct git_files *files, size_t *n)
{
	*n = files->hidden.n;
	return files->hidden.v;
}

void files_record_hidden(struct git_files *files, const char *path, size_t len, bool is_dir)
{
	if (files->keeps_hidden)
		vec_push(&files->hidden,
			 arena_printf(&files->arena, "%.*s%s", (int)len, path, is_dir ? "/" : ""));
}

void git_files_free(struct git_files *files)
{
	if (!files)
		return;
	excludes_release(&files->excludes);
	index_release(&files->index);
	strmap_release(&files->starts);
	vec_release(&files->basis_dirs);
	vec_release(&files->basis_files);
	vec_release(&files->basis_ids);
	vec_release(&files->hidden);
	arena_release(&files->arena);
	free(files);
}

/* ---- The basis ------------------------------------------------------------------------------- */

void git_files_stat(int root_fd, const char *path, struct file_id *id)
{
	int fd;

	memset(id, 0, sizeof *id);
	if (fs_stat(root_fd, path, id, NULL) != 0 || !S_ISLNK(id->mode))
		return;
	memset(id, 0, sizeof *id);
	fd = openat(root_fd, path, O_PATH | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fs_stat_fd(fd, id, NULL) != 0)
		memset(id, 0, sizeof *id);
	close(fd);
}

void files_record_dir(struct git_files *files, const char *path, const struct file_id *id)
{
	struct git_files_dir dir = { .path = path, .id = *id };

	vec_push(&files->basis_dirs, dir);
}

static void record_file_id(struct git_files *files, const char *path, const struct file_id *id)
{
	vec_push(&files->basis_files, path);
	vec_push(&files->basis_ids, *id);
}

void files_record_file(struct git_files *files, const char *path)
{
	struct file_id id;

	git_files_stat(files->root_fd, path, &id);
	record_file_id(files, path, &id);
}

void git_files_get_basis(const struct git_files *files, struct git_files_basis *basis)
{
	*basis = (struct git_files_basis){
		.dirs = files->basis_dirs.v,
		.n_dirs = files->basis_dirs.n,
		.files = files->basis_files.v,
		.file_ids = files->basis_ids.v,
		.n_files = files->basis_files.n,
		.is_complete = !files->is_listed_by_git,
	};
}

/* ---- Opening: rules and index ------------------------------------------------------------------ */

static void record_excludes(struct git_files *files)
{
	const struct excludes *excludes = &files->excludes;

	for (size_t i = 0; i < excludes->files.n; i++)
		record_file_id(files, excludes->files.v[i], &excludes->ids.v[i]);
}

/* One file of rules outside the tree; it may be a link, and may be unreadable. */
static const struct ignore_list *read_excludes(struct git_files *files, const char *path,
					       const struct ignore_list *next)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const struct ignore_list *list;

	files_record_file(files, path);
	if (fs_read_file(AT_FDCWD, path, SIZE_MAX, &text, NULL) != 0 || !text.len)
		return next;
	list = ignore_parse(&files->arena, text.buf, text.len, 0, next, files->excludes.folds_case);
	return list ? list : next;
}

static void add_root(struct git_files *files)
{
	struct dir_node *root = ARENA_NEW(&files->arena, struct dir_node);

	root->path = "";
	root->range.end = files->index.entries.n;
	if (files->excludes.excludes_file)
		root->rules = read_excludes(files, files->excludes.excludes_file, NULL);
	root->rules = read_excludes(files, files->excludes.info_exclude, root->rules);
	strmap_put(&files->starts, root->path, root);
}

/* Is there a directory without its .gitignore because a sparse checkout left that out? */
static bool has_skipped_rules(struct git_files *files)
{
	for (size_t i = 0; i < files->index.skipped_rules.n; i++) {
		const char *path = files->index.skipped_rules.v[i];
		const char *slash = strrchr(path, '/');
		const char *dir = slash ? arena_strndup(&files->arena, path, (size_t)(slash - path))
					: ".";
		struct file_id id;

		files_record_file(files, path);
		files_record_file(files, dir);
		if (fs_stat(files->root_fd, path, &id, NULL) != 0 &&
		    fs_stat(files->root_fd, dir, &id, NULL) == 0 && S_ISDIR(id.mode))
			return true;
	}
	return false;
}

/* 1: git has to list. */
static int read_settings(struct git_files *files, struct err *err)
{
	const struct repo *repo = files->repo;
	const char *index = files->index_path
				    ? files->index_path
				    : arena_printf(&files->arena, "%s/index", repo->git_dir);
	struct repo_config config;
	int status;

	if (repo_config_read(repo->git_dir, repo->common_dir, &files->arena, &config, err) != 0)
		return -1;
	status = excludes_find(&files->excludes, repo, &files->arena, err);
	if (status != 0)
		return status;
	record_excludes(files);
	if (files->lent) {
		files->index = *files->lent;
		files->index.arena = (struct arena){ 0 }; /* it is not ours to release */
	} else if (index_read(&files->index, index, config.is_sha256) != 0) {
		return 1;
	}
	record_file_id(files, index, &files->index.id);
	return has_skipped_rules(files);
}

static int open_session(struct git_files *files, struct err *err)
{
	int status;

	if (files->is_open)
		return 0;
	if (files->repo->root) {
		status = read_settings(files, err);
		if (status == 0)
			add_root(files);
		else if (status < 0 || files_ask_git(files, err) != 0)
			return -1;
	}
	files->is_open = true;
	return 0;
}

int git_files_load(struct git_files *files, const char *const *dirs, size_t n, struct err *err)
{
	if (open_session(files, err) != 0)
		return -1;
	if (files->is_listed_by_git || !files->repo->root)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct dir_node *node;

		if (files_find_start(files, dirs[i], &node, err) != 0 ||
		    files_walk(files, node, err) != 0)
			return err_wrap(err, "cannot list the files of '%s'",
					*dirs[i] ? dirs[i] : ".");
	}
	return 0;
}

/* ---- The list --------------------------------------------------------------------------------- */

struct path_list {
	VEC(const char *) list;
};

static void collect(const struct dir_node *node, struct path_list *paths)
{
	for (size_t i = 0; i < node->n_children; i++) {
		const struct dir_child *child = &node->children[i];

		if (child->dir)
			collect(child->dir, paths);
		else
			vec_push(&paths->list, child->path);
	}
}

static void flatten(struct git_files *files, struct dir_node *node)
{
	struct path_list paths = { 0 };

	if (node->flat)
		return;
	collect(node, &paths);
	node->n_flat = paths.list.n;
	node->flat = ARENA_ARRAY(&files->arena, const char *, paths.list.n + 1);
	if (paths.list.n)
		memcpy(node->flat, paths.list.v, paths.list.n * sizeof *node->flat);
	vec_release(&paths.list);
}

/* Where in a sorted list the paths below `dir` begin, or with past = 1: end. */
static size_t bound(const char *const *paths, size_t n, const char *dir, size_t len, int past)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(paths[middle], dir, len);

		if (!order)
			order = (unsigned char)paths[middle][len] < '/' + past ? -1 : 1;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void cut_out(const char *const *all, size_t n_all, const char *dir,
		    const char *const **paths, size_t *n)
{
	size_t len = strlen(dir), begin = 0, end = n_all;

	if (len) {
		begin = bound(all, n_all, dir, len, 0);
		end = bound(all, n_all, dir, len, 1);
	}
	*paths = all + begin;
	*n = end - begin;
}

int git_files_list(struct git_files *files, const char *dir, const char *const **paths, size_t *n,
		   struct err *err)
{
	static const char *const none[] = { NULL };
	struct dir_node *node;

	*paths = none;
	*n = 0;
	if (git_files_load(files, &dir, 1, err) != 0)
		return -1;
	if (files->is_listed_by_git) {
		cut_out(files->all, files->n_all, dir, paths, n);
		return 0;
	}
	if (!files->repo->root)
		return 0;
	if (files_find_start(files, dir, &node, err) != 0)
		return -1;
	flatten(files, node);
	*paths = node->flat;
	*n = node->n_flat;
	return 0;
}
