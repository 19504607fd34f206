/*
 * The way down to a directory that is to be listed alone: the ones above it are not read, but their
 * rules count.
 */
#include <string.h>
#include <sys/stat.h>

#include "files_impl.h"
#include "gitdir_impl.h"

struct dir_node *files_new_dir(struct git_files *files, const struct dir_node *parent,
			       const char *path, size_t len)
{
	struct dir_node *node = ARENA_NEW(&files->arena, struct dir_node);

	node->path = path;
	node->len = len;
	node->rules = parent->rules;
	node->range = index_find_below(&files->index, parent->range, path, len);
	return node;
}

void files_judge_dir(const struct git_files *files, const struct dir_node *parent,
		     struct dir_node *node)
{
	const struct index_entry *entry;
	struct ignore_path path = { .path = node->path, .len = node->len, .is_dir = true };

	path.name = node->path + (parent->len ? parent->len + 1 : 0);
	path.name_len = node->len - (size_t)(path.name - node->path);
	if (parent->range.begin < parent->range.end) {
		entry = index_find(&files->index, parent->range, node->path, node->len);
		if (entry && entry->is_gitlink) {
			node->kind = DIR_EMPTY;
			return;
		}
	}
	node->kind = ignore_is_hidden(parent->rules, &path) ? DIR_TRACKED : DIR_WALKED;
}

/* What makes it one is in its `.git`, and no change of that shows in the directory itself. */
bool files_is_embedded(struct git_files *files, const struct dir_node *node)
{
	static const char *const parts[] = { "", "/HEAD", "/objects", "/refs" };
	const char *path, *dot_git;

	if (!node->len || node->range.begin < node->range.end)
		return false;
	path = arena_printf(&files->arena, "%s/%s", files->repo->root, node->path);
	dot_git = arena_printf(&files->arena, "%s/.git", path);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		files_record_file(files, arena_printf(&files->arena, "%s%s", dot_git, parts[i]));
	return gitdir_has_repository(path) && strcmp(files->repo->git_dir, dot_git) != 0;
}

/* What follows from a directory for those in it, when its entries were not read. */
static int look_around(struct git_files *files, struct dir_node *node, struct err *err)
{
	if (node->has_rules || node->kind != DIR_WALKED)
		return 0;
	if (files_is_embedded(files, node)) {
		node->kind = DIR_EMPTY;
		return 0;
	}
	return files_read_rules(files, node, -1, err);
}

/* That a path is no directory holds as long as the one above it stays as it is. */
static int judge_missing(struct git_files *files, struct dir_node *parent, struct dir_node *node,
			 struct err *err)
{
	struct file_id id = { 0 };

	node->kind = DIR_EMPTY;
	if (parent->is_recorded)
		return 0;
	if (fs_stat(files->root_fd, parent->len ? parent->path : ".", &id, err) < 0)
		return -1;
	files_record_dir(files, parent->path, &id);
	parent->is_recorded = true;
	return 0;
}

static int judge_start(struct git_files *files, struct dir_node *parent, struct dir_node *node,
		       struct err *err)
{
	struct file_id id;
	int status;

	if (look_around(files, parent, err) != 0)
		return -1;
	node->rules = parent->rules;
	if (parent->kind != DIR_WALKED) {
		node->kind = parent->kind;
		return 0;
	}
	/* Before the look, so that a directory made meanwhile is not missed. */
	status = fs_stat(files->root_fd, node->path, &id, NULL);
	if (status != 0 || !S_ISDIR(id.mode)) {
		if (judge_missing(files, parent, node, err) != 0)
			return -1;
		status = fs_stat(files->root_fd, node->path, &id, NULL);
		if (status != 0 || !S_ISDIR(id.mode))
			return 0;
	}
	files_judge_dir(files, parent, node);
	return 0;
}

/* The child of a directory that was read, or NULL. */
static struct dir_node *find_child(const struct dir_node *parent, const char *path, size_t len)
{
	for (size_t i = 0; i < parent->n_children; i++) {
		struct dir_node *dir = parent->children[i].dir;

		if (dir && dir->len == len && !memcmp(dir->path, path, len))
			return dir;
	}
	return NULL;
}

/* The directory that is the first `len` bytes of `path`. */
static int descend(struct git_files *files, struct dir_node *parent, const char *path, size_t len,
		   struct dir_node **node, struct err *err)
{
	*node = strmap_get_n(&files->starts, path, len);
	if (*node)
		return 0;
	if (parent->is_loaded && parent->kind == DIR_WALKED)
		*node = find_child(parent, path, len);
	if (!*node) {
		*node = files_new_dir(files, parent, arena_strndup(&files->arena, path, len), len);
		if (parent->is_loaded && parent->kind == DIR_WALKED)
			(*node)->kind = DIR_EMPTY; /* it would have been seen */
		else if (judge_start(files, parent, *node, err) != 0)
			return -1;
	}
	strmap_put(&files->starts, (*node)->path, *node);
	return 0;
}

int files_find_start(struct git_files *files, const char *path, struct dir_node **node,
		     struct err *err)
{
	const char *end = path;

	*node = strmap_get_n(&files->starts, "", 0);
	while (*end) {
		end += strcspn(end, "/");
		if (descend(files, *node, path, (size_t)(end - path), node, err) != 0)
			return -1;
		end += *end == '/';
	}
	return 0;
}
