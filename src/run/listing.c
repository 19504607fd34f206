/*
 * Patterns to paths. Globs of literal outputs are answered from one sorted table of all outputs of
 * the plan, so that ten thousand steps with a glob each stay cheap.
 */
#include "listing_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/glob.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "basis_impl.h"
#include "submodules_impl.h"
#include "sys/fs.h"

struct made_path {
	const char *path;
	const char *top; /* of a pattern: the folder that all it means is below */
	uint32_t node;
	uint8_t kind;
};

struct listing {
	struct session *session;
	size_t n_nodes_seen;
	bool is_sorted, patterns_are_sorted;
	VEC(struct made_path) literals;
	VEC(struct made_path) patterns; /* dir/ and globs */
	struct strmap real_dirs;	/* folder → where it leads, if a link is on the way */
	struct path_list submodules;
	bool knows_submodules;
	struct file_id submodules_id;
};

struct listing *listing_new(struct session *session)
{
	struct listing *listing = xcalloc(1, sizeof *listing);

	listing->session = session;
	return listing;
}

void listing_free(struct listing *listing)
{
	if (!listing)
		return;
	vec_release(&listing->literals);
	vec_release(&listing->patterns);
	vec_release(&listing->submodules.paths);
	strmap_release(&listing->real_dirs);
	free(listing);
}

static const char *literal_dir(struct arena *arena, const char *pattern)
{
	size_t len = glob_literal_prefix(pattern);

	return arena_strndup(arena, pattern, len ? len - 1 : 0);
}

static void add_pattern(struct listing *listing, struct made_path made)
{
	made.top = made.kind == PATH_DIR ? made.path
					 : literal_dir(&listing->session->arena, made.path);
	vec_push(&listing->patterns, made);
}

void listing_set_plan(struct listing *listing, const struct plan *plan)
{
	for (size_t i = listing->n_nodes_seen; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		for (size_t k = 0; k < node->n_outputs; k++) {
			struct made_path made = { node->outputs[k].path, NULL, node->index,
						  node->outputs[k].kind };

			if (made.kind == PATH_LITERAL)
				vec_push(&listing->literals, made);
			else if (made.kind != PATH_ARTIFACT)
				add_pattern(listing, made);
		}
	}
	listing->n_nodes_seen = plan->nodes.n;
	listing->is_sorted = listing->patterns_are_sorted = false;
}

static int compare_made(const void *a, const void *b)
{
	return strcmp(((const struct made_path *)a)->path, ((const struct made_path *)b)->path);
}

/* First literal output whose path is not before `prefix`. */
static size_t lower_bound(struct listing *listing, const char *prefix)
{
	size_t low = 0, high = listing->literals.n;

	if (!listing->is_sorted && listing->literals.n)
		qsort(listing->literals.v, listing->literals.n, sizeof *listing->literals.v,
		      compare_made);
	listing->is_sorted = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(listing->literals.v[middle].path, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- A walk of the disk ---- */

static int walk(struct session *session, const char *dir, struct arena *arena,
		const struct glob *glob, struct path_list *out, struct err *err)
{
	struct fs_dir handle = { 0 };
	struct fs_entry entry;
	int rc;

	basis_add_dir(session, dir);
	rc = fs_dir_open(&handle, session->layout.root_fd, *dir ? dir : ".", err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = fs_dir_next(&handle, &entry, err)) > 0) {
		const char *path;

		if (strcmp(entry.name, ".git") == 0)
			continue;
		path = *dir ? arena_printf(arena, "%s/%s", dir, entry.name)
			    : arena_strdup(arena, entry.name);
		if (entry.type == DT_DIR) {
			if ((!glob || glob_may_match_below(glob, path)) &&
			    walk(session, path, arena, glob, out, err) < 0) {
				rc = -1;
				break;
			}
		} else if (!glob || glob_match(glob, path)) {
			vec_push(&out->paths, path);
		}
	}
	fs_dir_close(&handle);
	return rc;
}

int listing_outputs(struct listing *listing, const struct node_path *spec, struct arena *arena,
		    struct path_list *out, struct err *err)
{
	struct session *session = listing->session;

	switch (spec->kind) {
	case PATH_DIR: return walk(session, spec->path, arena, NULL, out, err);
	case PATH_GLOB:
		return walk(session, literal_dir(arena, spec->path), arena,
			    glob_compile(arena, spec->path), out, err);
	case PATH_LITERAL: vec_push(&out->paths, spec->path); return 0;
	default: return 0;
	}
}

/* ---- Inputs ---- */

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return len == 0 || (strncmp(path, dir, len) == 0 && path[len] == '/');
}

static const char *below_root(struct session *session, const char *dir, const char *root,
			      const char *real)
{
	if (is_below(real, root)) {
		session->is_volatile = true; /* a planfile would not see the link change */
		return arena_strdup(&session->arena, real + strlen(root) + 1);
	}
	return strcmp(root, real) == 0 ? "" : dir;
}

/* NULL with err: nobody can tell. What is not there leads nowhere else. */
static const char *resolve(struct session *session, const char *dir, struct err *err)
{
	int fd = fs_open_beneath(session->layout.root_fd, dir, O_RDONLY | O_DIRECTORY, 0, NULL);
	char *root, *real;
	const char *below = dir;

	if (fd >= 0) {
		close(fd);
		return dir;
	}
	root = realpath(session->layout.root, NULL);
	real = root ? realpath(arena_printf(&session->arena, "%s/%s", session->layout.root, dir),
			       NULL)
		    : NULL;
	if (real) {
		below = below_root(session, dir, root, real);
	} else if (!root || (errno != ENOENT && errno != ENOTDIR)) {
		err_errno(err, "cannot tell where '%s' leads", dir);
		below = NULL;
	}
	free(real);
	free(root);
	return below;
}

/* git sees nothing behind a link to a folder; a step that names the link means what is there. */
static const char *real_dir(struct listing *listing, const char *dir, struct err *err)
{
	const char *real;

	if (!*dir)
		return dir;
	real = strmap_get(&listing->real_dirs, dir);
	if (!real) {
		char *key = arena_strdup(&listing->session->arena, dir);

		real = resolve(listing->session, key, err);
		if (real)
			strmap_put(&listing->real_dirs, key, (char *)real);
	}
	return real;
}

struct tree_query {
	const char *dir, *real;	 /* as it is called, and where it is */
	const struct glob *glob; /* of paths below `dir`; NULL: all */
};

static void add_tree_file(const struct tree_query *query, const char *path, struct arena *arena,
			  struct path_list *out)
{
	size_t len = strlen(query->real);

	if (strcmp(query->dir, query->real) != 0)
		path = arena_printf(arena, "%s/%s", query->dir, path + len + (len > 0));
	if (!query->glob || glob_match(query->glob, path))
		vec_push(&out->paths, path);
}

/* They are repositories of their own: of what git would list in them nothing is known here, so that
 * every file counts. */
static int add_submodules(struct listing *listing, const struct tree_query *query,
			  struct arena *arena, struct path_list *out, struct err *err)
{
	struct session *session = listing->session;
	struct path_list found = { 0 };
	int rc = 0;

	if (!listing->knows_submodules)
		submodules_read(session, &listing->submodules, &listing->submodules_id);
	listing->knows_submodules = true;
	for (size_t i = 0; i < listing->submodules.paths.n && rc == 0; i++) {
		const char *path = listing->submodules.paths.v[i];

		if (is_below(path, query->real))
			rc = walk(session, path, arena, NULL, &found, err);
		else if (strcmp(path, query->real) == 0 || is_below(query->real, path))
			rc = walk(session, query->real, arena, NULL, &found, err);
	}
	for (size_t i = 0; i < found.paths.n; i++)
		add_tree_file(query, found.paths.v[i], arena, out);
	vec_release(&found.paths);
	return rc;
}

bool listing_has_read_submodules(const struct listing *listing, struct file_id *id)
{
	*id = listing->submodules_id;
	return listing->knows_submodules;
}

/* glob NULL: everything below dir. */
static int add_tree_files(struct listing *listing, const char *dir, const struct glob *glob,
			  struct arena *arena, struct path_list *out, struct err *err)
{
	struct tree_query query = { dir, real_dir(listing, dir, err), glob };
	const char *const *paths;
	size_t n;

	if (!query.real || git_files_list(listing->session->files, query.real, &paths, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		add_tree_file(&query, paths[i], arena, out);
	return add_submodules(listing, &query, arena, out, err);
}

static void add_made_literals(struct listing *listing, const char *dir, const struct glob *glob,
			      const struct node *self, struct path_list *out)
{
	for (size_t i = lower_bound(listing, dir); i < listing->literals.n; i++) {
		const struct made_path *made = &listing->literals.v[i];
		size_t len = strlen(dir);

		if (strncmp(made->path, dir, len) != 0)
			break;
		if ((self && made->node == self->index) || !is_below(made->path, dir))
			continue;
		if (!glob || glob_match(glob, made->path))
			vec_push(&out->paths, made->path);
	}
}

static int compare_tops(const void *a, const void *b)
{
	return strcmp(((const struct made_path *)a)->top, ((const struct made_path *)b)->top);
}

/* First pattern whose top is not before dir[0, len). */
static size_t first_top(struct listing *listing, const char *dir, size_t len)
{
	size_t low = 0, high = listing->patterns.n;

	if (!listing->patterns_are_sorted && high)
		qsort(listing->patterns.v, high, sizeof *listing->patterns.v, compare_tops);
	listing->patterns_are_sorted = true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strncmp(listing->patterns.v[middle].top, dir, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Files of the patterns whose top is dir[0, len), or with `below` also further down. */
static int add_tops(struct listing *listing, const char *dir, size_t len, bool below,
		    const struct node *self, struct arena *arena, struct path_list *found,
		    struct err *err)
{
	for (size_t i = first_top(listing, dir, len); i < listing->patterns.n; i++) {
		const struct made_path *made = &listing->patterns.v[i];
		struct node_path spec = { made->path, made->kind };
		bool is_it;

		if (strncmp(made->top, dir, len) != 0 || (!below && len == 0 && made->top[0]))
			break;
		is_it = made->top[len] == '\0' || (below && (len == 0 || made->top[len] == '/'));
		if (is_it && (!self || made->node != self->index) &&
		    listing_outputs(listing, &spec, arena, found, err) < 0)
			return -1;
		if (!below && made->top[len] != '\0')
			break; /* the shortest comes first */
	}
	return 0;
}

static int add_made_patterns(struct listing *listing, const char *dir, const struct glob *glob,
			     const struct node *self, struct arena *arena, struct path_list *out,
			     struct err *err)
{
	struct path_list found = { 0 };
	size_t len = strlen(dir);
	int rc = add_tops(listing, dir, len, true, self, arena, &found, err);

	while (len > 0 && rc == 0) { /* the folders above */
		do
			len--;
		while (len > 0 && dir[len] != '/');
		rc = add_tops(listing, dir, len, false, self, arena, &found, err);
	}
	for (size_t i = 0; i < found.paths.n; i++) {
		if (is_below(found.paths.v[i], dir) &&
		    (!glob || glob_match(glob, found.paths.v[i])))
			vec_push(&out->paths, found.paths.v[i]);
	}
	vec_release(&found.paths);
	return rc;
}

static int add_matching(struct listing *listing, const char *dir, const struct glob *glob,
			const struct node *self, struct arena *arena, struct path_list *out,
			struct err *err)
{
	if (add_tree_files(listing, dir, glob, arena, out, err) < 0)
		return -1;
	if (!self)
		return 0;
	add_made_literals(listing, dir, glob, self, out);
	return add_made_patterns(listing, dir, glob, self, arena, out, err);
}

int listing_below(struct listing *listing, const char *dir, const struct node *self,
		  struct arena *arena, struct path_list *out, struct err *err)
{
	return add_matching(listing, dir, NULL, self, arena, out, err);
}

static int add_spec(struct listing *listing, const struct node_path *spec, const struct node *self,
		    struct arena *arena, struct path_list *out, struct err *err)
{
	if (spec->kind == PATH_LITERAL) {
		vec_push(&out->paths, spec->path);
		return 0;
	}
	if (spec->kind == PATH_DIR)
		return listing_below(listing, spec->path, self, arena, out, err);
	return add_matching(listing, literal_dir(arena, spec->path),
			    glob_compile(arena, spec->path), self, arena, out, err);
}

static void apply_exclude(struct arena *arena, const char *pattern, struct path_list *list,
			  size_t first)
{
	struct glob *glob = glob_compile(arena, pattern);
	size_t kept = first;

	for (size_t i = first; i < list->paths.n; i++) {
		if (!glob_match(glob, list->paths.v[i]) && !is_below(list->paths.v[i], pattern))
			list->paths.v[kept++] = list->paths.v[i];
	}
	list->paths.n = kept;
}

int listing_inputs(struct listing *listing, const struct node_path *specs, size_t n,
		   const struct node *self, struct arena *arena, struct path_list *out,
		   struct err *err)
{
	size_t first = out->paths.n;

	for (size_t i = 0; i < n; i++) {
		if (specs[i].kind == PATH_EXCLUDE || specs[i].kind == PATH_ARTIFACT)
			continue;
		if (add_spec(listing, &specs[i], self, arena, out, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (specs[i].kind == PATH_EXCLUDE)
			apply_exclude(arena, specs[i].path, out, first);
	}
	return 0;
}

static bool pattern_means(const struct made_path *made, const char *path)
{
	struct arena scratch = { 0 };
	bool means = made->kind == PATH_DIR ? is_below(path, made->path)
					    : glob_match(glob_compile(&scratch, made->path), path);

	arena_release(&scratch);
	return means;
}

bool listing_is_made_elsewhere(struct listing *listing, const struct node *self, const char *path)
{
	uint32_t maker = listing_maker(listing, path);

	if (maker != WF_NONE && maker != self->index)
		return true;
	for (size_t i = 0; i < listing->patterns.n; i++) {
		if (listing->patterns.v[i].node != self->index &&
		    pattern_means(&listing->patterns.v[i], path))
			return true;
	}
	return false;
}

uint32_t listing_maker(struct listing *listing, const char *path)
{
	size_t i = lower_bound(listing, path);

	if (i < listing->literals.n && strcmp(listing->literals.v[i].path, path) == 0)
		return listing->literals.v[i].node;
	return WF_NONE;
}
