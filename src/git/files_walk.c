/*
 * Reads directories: entries first, because a .gitignore or .git among them decides about the others.
 * d_type says what an entry is; only directories are opened, nothing is stat'ed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files_impl.h"

/* The entries of one directory, as they were read. */
struct entry {
	uint32_t name_at; /* in names */
	uint32_t name_len;
	bool is_dir;
};

struct listing {
	VEC(struct entry) entries;
	struct strbuf names;
	bool has_ignore_file, has_dot_git;
};

/* One walk's memory, reused from directory to directory. */
struct walk {
	struct git_files *files;
	struct listing listing;
	struct strbuf path;
	VEC(struct dir_child) children;
};

/* ---- Reading --------------------------------------------------------------------------------- */

static unsigned char type_of(int dirfd, const struct dirent *entry)
{
	struct file_id id;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fs_stat(dirfd, entry->d_name, &id, NULL) != 0)
		return DT_UNKNOWN;
	return S_ISREG(id.mode)	  ? DT_REG
	       : S_ISDIR(id.mode) ? DT_DIR
	       : S_ISLNK(id.mode) ? DT_LNK
				  : DT_UNKNOWN;
}

static bool is_dot_git(const struct walk *walk, const char *name)
{
	return walk->files->excludes.folds_case ? !strcasecmp(name, ".git") : !strcmp(name, ".git");
}

static void note_entry(struct walk *walk, int dirfd, const struct dirent *found)
{
	struct listing *listing = &walk->listing;
	const char *name = found->d_name;
	struct entry entry = { .name_at = (uint32_t)listing->names.len };
	unsigned char type;

	if (*name == '.') {
		if (!name[1] || (name[1] == '.' && !name[2]))
			return;
		if (is_dot_git(walk, name)) {
			listing->has_dot_git = true;
			return;
		}
	}
	type = type_of(dirfd, found);
	if (type != DT_REG && type != DT_DIR && type != DT_LNK)
		return;
	if (type == DT_REG && !strcmp(name, ".gitignore"))
		listing->has_ignore_file = true;
	entry.name_len = (uint32_t)strlen(name);
	entry.is_dir = type == DT_DIR;
	strbuf_add(&listing->names, name, entry.name_len + 1);
	vec_push(&listing->entries, entry);
}

static void clear_listing(struct listing *listing)
{
	vec_clear(&listing->entries);
	strbuf_clear(&listing->names);
	listing->has_ignore_file = listing->has_dot_git = false;
}

static int read_entries(struct walk *walk, const struct dir_node *node, DIR *dir, struct err *err)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? err_errno(err, "cannot read the folder '%s'", node->path)
				     : 0;
		note_entry(walk, dirfd(dir), entry);
	}
}

/* Of an open() that failed: by what we may do, for good? What fails once is not taken for that. */
static bool is_forbidden(int dirfd, const char *path)
{
	return errno == EACCES && faccessat(dirfd, path, R_OK, AT_EACCESS) != 0;
}

/* What we may not open, or is gone by now, is empty, as for git: *fd stays -1. Its identity still
 * says when that changes. */
static int open_dir(struct git_files *files, const struct dir_node *node, int *fd,
		    struct file_id *id, struct err *err)
{
	const char *path = node->len ? node->path : ".";

	do
		*fd = openat(files->root_fd, path,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (*fd < 0 && errno == EINTR);
	if (*fd >= 0) {
		if (fs_stat_fd(*fd, id, err) == 0)
			return 0;
		close(*fd);
		return -1;
	}
	if (!is_forbidden(files->root_fd, path) && errno != ENOENT && errno != ENOTDIR &&
	    errno != ELOOP)
		return err_errno(err, "cannot open the folder '%s'", path);
	memset(id, 0, sizeof *id);
	if (fs_stat(files->root_fd, path, id, NULL) != 0)
		memset(id, 0, sizeof *id);
	return 0;
}

/* Of an open() that failed: is there none that counts? A link (git does not follow it either), no file at
 * all, one we may not read. What is the matter with the machine is not that: rules that are not applied
 * make the user's ignored files look like others. */
static bool is_no_ignore_file(int dirfd, const char *path)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENXIO:
	case ENODEV: return true;
	default: return is_forbidden(dirfd, path);
	}
}

/* The text of a .gitignore; empty if there is none that counts. */
static int read_ignore_file(int dirfd, const char *path, struct strbuf *text, struct err *err)
{
	struct err why = ERR_INIT;
	int fd, status;

	do
		fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return is_no_ignore_file(dirfd, path) ? 0
						      : err_errno(err, "cannot open '%s'", path);
	status = fs_read_fd(fd, SIZE_MAX, text, &why);
	close(fd);
	if (status != 0 && why.errnum == EISDIR)
		status = 0;
	else if (status != 0)
		err_set(err, ERR_SYSTEM, "cannot read '%s': %s", path, err_msg(&why));
	err_release(&why);
	return status;
}

int files_read_rules(struct git_files *files, struct dir_node *node, int dirfd, struct err *err)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	const char *path = arena_printf(&files->arena, "%s%s.gitignore", node->path,
					node->len ? "/" : "");
	const struct ignore_list *list;

	files_record_file(files, path);
	if (read_ignore_file(dirfd >= 0 ? dirfd : files->root_fd, dirfd >= 0 ? ".gitignore" : path,
			     &text, err) != 0)
		return -1;
	node->has_rules = true;
	if (!text.len)
		return 0;
	list = ignore_parse(&files->arena, text.buf, text.len, node->len, node->rules,
			    files->excludes.folds_case);
	if (list)
		node->rules = list;
	return 0;
}

/* ---- Judging --------------------------------------------------------------------------------- */

static uint64_t key_of(const char *name, size_t len, bool is_dir)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++) {
		unsigned char c = i < len ? (unsigned char)name[i] : i == len && is_dir ? '/' : 0;

		key = key << 8 | c;
	}
	return key;
}

static const char *keep_path(struct walk *walk, const struct dir_node *node,
			     const struct entry *entry)
{
	strbuf_setlen(&walk->path, node->len ? node->len + 1 : 0);
	strbuf_add(&walk->path, walk->listing.names.buf + entry->name_at, entry->name_len);
	return walk->path.buf;
}

/* A load that began further down has been there already. */
static struct dir_node *known_dir(struct git_files *files, const char *path, size_t len)
{
	struct dir_node *dir;

	if (files->starts.n < 2)
		return NULL;
	dir = strmap_get_n(&files->starts, path, len);
	return dir && dir->kind != DIR_EMPTY ? dir : NULL;
}

static struct dir_node *judge_dir(struct walk *walk, struct dir_node *node, const char *path,
				  size_t len)
{
	struct git_files *files = walk->files;
	struct dir_node *dir = known_dir(files, path, len);

	if (!dir) {
		dir = files_new_dir(files, node, arena_strndup(&files->arena, path, len), len);
		files_judge_dir(files, node, dir);
	}
	if (dir->kind == DIR_EMPTY ||
	    (dir->kind == DIR_TRACKED && dir->range.begin == dir->range.end))
		return NULL;
	return dir;
}

static bool is_wanted_file(struct walk *walk, const struct dir_node *node,
			   const struct ignore_path *path)
{
	const struct index_entry *entry;

	if (!ignore_is_hidden(node->rules, path))
		return true;
	if (node->range.begin == node->range.end)
		return false;
	entry = index_find(&walk->files->index, node->range, path->path, path->len);
	return entry && !entry->is_gitlink;
}

static void judge_entry(struct walk *walk, struct dir_node *node, const struct entry *entry)
{
	struct ignore_path path = { .path = keep_path(walk, node, entry),
				    .len = walk->path.len,
				    .name_len = entry->name_len,
				    .is_dir = entry->is_dir };
	struct dir_child child = { .name_at = (uint32_t)(path.len - path.name_len) };

	path.name = path.path + child.name_at;
	if (entry->is_dir) {
		child.dir = judge_dir(walk, node, path.path, path.len);
		if (!child.dir || child.dir->kind != DIR_WALKED)
			files_record_hidden(walk->files, path.path, path.len, true);
		if (!child.dir)
			return;
		child.path = child.dir->path;
	} else {
		if (!is_wanted_file(walk, node, &path)) {
			files_record_hidden(walk->files, path.path, path.len, false);
			return;
		}
		child.path = arena_strndup(&walk->files->arena, path.path, path.len);
	}
	child.key = key_of(path.name, path.name_len, entry->is_dir);
	vec_push(&walk->children, child);
}

/* A directory sorts as if its name ended in '/': then all paths below come out in order. */
static int compare_children(const void *a, const void *b)
{
	const struct dir_child *x = a, *y = b;
	const char *p, *q;
	unsigned char c, d;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	p = x->path + x->name_at;
	q = y->path + y->name_at;
	while (*p && *p == *q)
		p++, q++;
	c = *p || !x->dir ? (unsigned char)*p : '/';
	d = *q || !y->dir ? (unsigned char)*q : '/';
	return c < d ? -1 : c > d;
}

static void keep_children(struct walk *walk, struct dir_node *node)
{
	node->n_children = walk->children.n;
	if (node->n_children) {
		qsort(walk->children.v, node->n_children, sizeof *walk->children.v,
		      compare_children);
		node->children = arena_memdup(&walk->files->arena, walk->children.v,
					      node->n_children * sizeof *walk->children.v);
	}
}

/* ---- The walk -------------------------------------------------------------------------------- */

/* With a .gitignore of '*' nothing that comes and goes in it matters: a folder of runs. */
static bool is_indifferent(const struct walk *walk, const struct dir_node *node)
{
	return node->len && node->kind == DIR_WALKED && walk->listing.has_ignore_file &&
	       node->rules && node->rules->base_len == node->len && node->rules->ignores_all &&
	       node->range.begin == node->range.end;
}

static int judge_rules(struct walk *walk, struct dir_node *node, int dirfd, struct err *err)
{
	if (walk->listing.has_dot_git && files_is_embedded(walk->files, node))
		node->kind = DIR_EMPTY;
	else if (!node->has_rules && walk->listing.has_ignore_file &&
		 files_read_rules(walk->files, node, dirfd, err) != 0)
		return -1;
	node->has_rules = true;
	return 0;
}

static int judge_entries(struct walk *walk, struct dir_node *node, int dirfd,
			 const struct file_id *id, struct err *err)
{
	if (judge_rules(walk, node, dirfd, err) != 0)
		return -1;
	if (!node->is_recorded && !is_indifferent(walk, node)) {
		files_record_dir(walk->files, node->path, id);
		node->is_recorded = true;
	}
	if (node->kind != DIR_WALKED || is_indifferent(walk, node))
		files_record_hidden(walk->files, node->path, node->len, true);
	if (node->kind != DIR_WALKED || is_indifferent(walk, node))
		return 0;
	strbuf_clear(&walk->path);
	strbuf_add(&walk->path, node->path, node->len);
	if (node->len)
		strbuf_addch(&walk->path, '/');
	for (size_t i = 0; i < walk->listing.entries.n; i++)
		judge_entry(walk, node, &walk->listing.entries.v[i]);
	return 0;
}

/* Its entries in `walk`, what counts of them in walk->children. */
static int read_dir(struct walk *walk, struct dir_node *node, struct err *err)
{
	struct file_id id;
	int fd = -1, status = open_dir(walk->files, node, &fd, &id, err);
	DIR *dir;

	clear_listing(&walk->listing);
	vec_clear(&walk->children);
	if (status != 0)
		return status;
	if (fd < 0) {
		files_record_dir(walk->files, node->path, &id);
		if (S_ISDIR(id.mode))
			files_record_hidden(walk->files, node->path, node->len, true);
		return 0;
	}
	dir = fdopendir(fd);
	if (!dir) {
		err_errno(err, "cannot read the folder '%s'", node->path);
		close(fd);
		return -1;
	}
	status = read_entries(walk, node, dir, err);
	if (status == 0)
		status = judge_entries(walk, node, fd, &id, err);
	closedir(dir);
	return status;
}

static int walk_dir(struct walk *walk, struct dir_node *node, struct err *err)
{
	if (node->is_loaded)
		return 0;
	if (node->kind == DIR_TRACKED) {
		files_list_tracked(walk->files, node);
	} else if (node->kind == DIR_WALKED) {
		if (read_dir(walk, node, err) != 0)
			return -1;
		keep_children(walk, node);
		for (size_t i = 0; i < node->n_children; i++)
			if (node->children[i].dir &&
			    walk_dir(walk, node->children[i].dir, err) != 0)
				return -1;
	}
	node->is_loaded = true;
	return 0;
}

int files_walk(struct git_files *files, struct dir_node *node, struct err *err)
{
	struct walk walk = { .files = files };
	int status = walk_dir(&walk, node, err);

	vec_release(&walk.listing.entries);
	strbuf_release(&walk.listing.names);
	strbuf_release(&walk.path);
	vec_release(&walk.children);
	return status;
}
