/*
 * What git knows better than the walk: tracked files in hidden directories, from the index; and the whole
 * list from `git ls-files` where we cannot read the index.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "files_impl.h"
#include "git/cmd.h"

static bool is_file(const struct file_id *id)
{
	return S_ISREG(id->mode) || S_ISLNK(id->mode);
}

/* ---- Below a hidden directory ------------------------------------------------------------------ */

static bool has_dot_dot(const char *path)
{
	return !strncmp(path, "../", 3) || strstr(path, "/../");
}

static void add_tracked_file(struct git_files *files, const struct index_entry *entry,
			     struct dir_node *node)
{
	struct file_id id;

	if (entry->is_gitlink || has_dot_dot(entry->name))
		return;
	if (fs_stat(files->root_fd, entry->name, &id, NULL) == 0 && is_file(&id))
		node->children[node->n_children++].path = arena_strndup(&files->arena, entry->name,
									entry->len);
}

/* The entries of `range`, all below the directory that is the first `len` bytes of their names. A
 * directory that is missing or a link needs no record: the one above it, or the rules, tell. */
static void add_tracked(struct git_files *files, struct index_range range, size_t len,
			struct dir_node *node)
{
	const struct index_entry *entries = files->index.entries.v;
	const char *path = arena_strndup(&files->arena, entries[range.begin].name, len);
	struct file_id id;

	if (fs_stat(files->root_fd, path, &id, NULL) != 0 || !S_ISDIR(id.mode))
		return;
	files_record_dir(files, path, &id);
	while (range.begin < range.end) {
		const struct index_entry *entry = &entries[range.begin];
		const char *slash = strchr(entry->name + len + 1, '/');
		struct index_range below = range;

		if (!slash) {
			add_tracked_file(files, entry, node);
			range.begin++;
			continue;
		}
		below = index_find_below(&files->index, range, entry->name,
					 (size_t)(slash - entry->name));
		if (below.end <= range.begin) /* a name with "//" in it */
			return;
		add_tracked(files, below, (size_t)(slash - entry->name), node);
		range.begin = below.end;
	}
}

void files_list_tracked(struct git_files *files, struct dir_node *node)
{
	size_t n = node->range.end - node->range.begin;

	if (!n)
		return;
	node->children = ARENA_ARRAY(&files->arena, struct dir_child, n);
	add_tracked(files, node->range, node->len, node);
}

/* ---- By git ---------------------------------------------------------------------------------- */

bool files_exists(const struct git_files *files, const char *path)
{
	struct strbuf parent CLEANUP(strbuf_release) = STRBUF_INIT;
	struct file_id id;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		strbuf_clear(&parent);
		strbuf_add(&parent, path, (size_t)(slash - path));
		if (fs_stat(files->root_fd, strbuf_str(&parent), &id, NULL) != 0 ||
		    !S_ISDIR(id.mode))
			return false;
	}
	return fs_stat(files->root_fd, path, &id, NULL) == 0 && is_file(&id);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
	VEC(const char *) list;
};

static void keep_existing(struct git_files *files, struct names *names)
{
	const char *last = "";

	files->all = ARENA_ARRAY(&files->arena, const char *, names->list.n + 1);
	if (names->list.n)
		qsort(names->list.v, names->list.n, sizeof *names->list.v, compare_paths);
	for (size_t i = 0; i < names->list.n; i++) {
		const char *name = names->list.v[i];

		if (strcmp(name, last) != 0 && files_exists(files, name))
			files->all[files->n_all++] = arena_strdup(&files->arena, name);
		last = name;
	}
}

int files_ask_git(struct git_files *files, struct err *err)
{
	static const char *const args[] = {
		"ls-files", "-z", "-c", "-o", "--exclude-standard", NULL
	};
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;
	struct git_cmd cmd = { .repo = files->repo, .args = args };
	struct names names = { 0 };

	if (git_run(&cmd, &out, NULL, err) != 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.buf + at) + 1)
		vec_push(&names.list, out.buf + at);
	keep_existing(files, &names);
	vec_release(&names.list);
	files->is_listed_by_git = true;
	return 0;
}
