/*
 * Who writes which path. Literal paths stand in a map; globs and directories in another under their
 * literal prefix, where a path finds them by walking up. A glob asks once for all steps that have it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/xalloc.h"
#include "plan/plan_impl.h"

struct output_index *output_index_new(void)
{
	return xcalloc(1, sizeof(struct output_index));
}

static void forget_queries(struct output_index *index)
{
	size_t i;

	for (i = 0; i < index->queries.n; i++)
		vec_release(&((struct query *)index->queries.entries[i].value)->hits);
	strmap_release(&index->queries);
	free(index->sorted);
	free(index->sorted_trees);
	index->sorted = index->sorted_trees = NULL;
	index->n_sorted = 0;
}

void output_index_free(struct output_index *index)
{
	if (!index)
		return;
	forget_queries(index);
	vec_release(&index->outputs);
	strmap_release(&index->literals);
	strmap_release(&index->trees);
	arena_release(&index->arena);
	free(index);
}

/* Values of the maps: an index + 1 in the place of a pointer. */
static void *to_value(size_t number)
{
	return (void *)(uintptr_t)number;
}

static uint32_t to_number(const void *value)
{
	return (uint32_t)(uintptr_t)value;
}

struct node_path output_index_path(const struct node_path *path, struct arena *arena)
{
	if (path->kind != PATH_ARTIFACT)
		return *path;
	return (struct node_path){ arena_printf(arena, ARTIFACT_PREFIX "%s", path->path),
				   glob_has_magic(path->path) ? PATH_GLOB : PATH_LITERAL };
}

/* The literal directories in front of a glob, or the directory itself, with a slash at the end. */
static const char *tree_prefix(struct output_index *index, const struct node_path *path)
{
	if (path->kind == PATH_DIR)
		return arena_printf(&index->arena, "%s/", path->path);
	return arena_strndup(&index->arena, path->path, glob_literal_prefix(path->path));
}

void output_index_add(struct output_index *index, struct node *node, struct arena *arena)
{
	size_t i;

	if (node->n_outputs && (index->sorted || index->queries.n))
		forget_queries(index);
	for (i = 0; i < node->n_outputs; i++) {
		struct node_path path = output_index_path(&node->outputs[i], arena);
		bool is_literal = path.kind == PATH_LITERAL;
		struct strmap *map = is_literal ? &index->literals : &index->trees;
		const char *key = is_literal ? path.path : tree_prefix(index, &path);
		void *others;

		if (path.kind == PATH_EXCLUDE)
			continue;
		others = strmap_put(map, key, to_value(index->outputs.n + 1));
		vec_push(&index->outputs,
			 ((struct output){ path.path, node, to_number(others), path.kind, false }));
	}
}

uint32_t output_index_literal(const struct output_index *index, const char *path)
{
	return to_number(strmap_get(&index->literals, path));
}

static bool contains(const struct output *tree, const char *path)
{
	struct node_path literal = { path, PATH_LITERAL }, other = { tree->path, tree->kind };
	struct arena scratch = { 0 };
	bool does;

	if (tree->kind == PATH_DIR)
		return true; /* found under its prefix */
	does = paths_overlap(&literal, &other, &scratch);
	arena_release(&scratch);
	return does;
}

static void each_tree_at(struct output_index *index, const char *path, size_t prefix_len,
			 output_fn fn, void *data)
{
	uint32_t i = to_number(strmap_get_n(&index->trees, path, prefix_len));

	for (; i; i = index->outputs.v[i - 1].next)
		if (contains(&index->outputs.v[i - 1], path))
			fn(data, i - 1);
}

/* The directory itself, read as a path, is what the step that fills it writes. */
static void each_dir_named(struct output_index *index, const char *path, output_fn fn, void *data)
{
	char *dir = xasprintf("%s/", path);
	uint32_t i = to_number(strmap_get(&index->trees, dir));

	for (; i; i = index->outputs.v[i - 1].next)
		if (index->outputs.v[i - 1].kind == PATH_DIR)
			fn(data, i - 1);
	free(dir);
}

void output_index_containers(struct output_index *index, const char *path, output_fn fn, void *data)
{
	const char *slash;

	if (!index->trees.n)
		return;
	each_tree_at(index, path, 0, fn, data);
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		each_tree_at(index, path, (size_t)(slash + 1 - path), fn, data);
	each_dir_named(index, path, fn, data);
}

/* --- globs --- */

static int compare_outputs(const void *a, const void *b, void *data)
{
	const struct output_index *index = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcmp(index->outputs.v[x].path, index->outputs.v[y].path);

	return order ? order : (x > y) - (x < y);
}

static void sort_literals(struct output_index *index)
{
	size_t i;

	if (index->sorted)
		return;
	index->sorted = xmalloc((index->outputs.n + 1) * sizeof *index->sorted);
	for (i = 0; i < index->outputs.n; i++)
		if (index->outputs.v[i].kind == PATH_LITERAL)
			index->sorted[index->n_sorted++] = (uint32_t)i;
	qsort_r(index->sorted, index->n_sorted, sizeof *index->sorted, compare_outputs, index);
}

/* The first literal that is not before `prefix`. */
static size_t lower_bound(const struct output_index *index, const char *prefix)
{
	size_t low = 0, high = index->n_sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->outputs.v[index->sorted[middle]].path, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_artifact(const char *path)
{
	return !strncmp(path, ARTIFACT_PREFIX, strlen(ARTIFACT_PREFIX));
}

static void query_literals(struct output_index *index, struct query *query, const char *prefix)
{
	size_t len = strlen(prefix), i;

	sort_literals(index);
	for (i = lower_bound(index, prefix); i < index->n_sorted; i++) {
		const char *path = index->outputs.v[index->sorted[i]].path;

		if (strncmp(path, prefix, len) != 0)
			break;
		if (is_artifact(path) == is_artifact(prefix) &&
		    (!query->glob || glob_match(query->glob, path)))
			vec_push(&query->hits, index->sorted[i]);
	}
}

static void query_trees_at(struct output_index *index, struct query *query,
			   const struct node_path *path, uint32_t first)
{
	struct arena scratch = { 0 };
	uint32_t o;

	for (o = first; o; o = index->outputs.v[o - 1].next) {
		struct node_path tree = { index->outputs.v[o - 1].path,
					  index->outputs.v[o - 1].kind };

		if (is_artifact(tree.path) == is_artifact(path->path) &&
		    paths_overlap(path, &tree, &scratch))
			vec_push(&query->hits, o - 1);
	}
	arena_release(&scratch);
}

static int compare_prefixes(const void *a, const void *b, void *data)
{
	const struct strmap *trees = data;

	return strcmp(trees->entries[*(const uint32_t *)a].key,
		      trees->entries[*(const uint32_t *)b].key);
}

static void sort_trees(struct output_index *index)
{
	size_t i;

	if (index->sorted_trees)
		return;
	index->sorted_trees = xmalloc((index->trees.n + 1) * sizeof *index->sorted_trees);
	for (i = 0; i < index->trees.n; i++)
		index->sorted_trees[i] = (uint32_t)i;
	qsort_r(index->sorted_trees, index->trees.n, sizeof *index->sorted_trees, compare_prefixes,
		&index->trees);
}

/* Trees that begin above where the glob does, then those that begin below. */
static void query_trees(struct output_index *index, struct query *query,
			const struct node_path *path, const char *prefix)
{
	const struct strmap *trees = &index->trees;
	size_t len = strlen(prefix), low = 0, high = trees->n, i;

	for (i = 0; i < len; i++)
		if (!i || prefix[i - 1] == '/')
			query_trees_at(index, query, path,
				       to_number(strmap_get_n(trees, prefix, i)));
	sort_trees(index);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(trees->entries[index->sorted_trees[middle]].key, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < trees->n; low++) {
		const struct strmap_entry *entry = &trees->entries[index->sorted_trees[low]];

		if (strncmp(entry->key, prefix, len) != 0)
			break;
		query_trees_at(index, query, path, to_number(entry->value));
	}
}

const struct query *output_index_query(struct output_index *index, const struct node_path *path)
{
	bool is_dir = path->kind == PATH_DIR;
	const char *key = arena_printf(&index->arena, "%s%s", path->path, is_dir ? "/" : "");
	struct query *query = strmap_get(&index->queries, key);
	const char *prefix;

	if (query)
		return query;
	query = ARENA_NEW(&index->arena, struct query);
	if (!is_dir)
		query->glob = glob_compile(&index->arena, path->path);
	prefix = is_dir ? key : tree_prefix(index, path);
	query_literals(index, query, prefix);
	query_trees(index, query, path, prefix);
	strmap_put(&index->queries, key, query);
	return query;
}

/* ---- Without the index ---- */

/* All below the folder that stands before the first value. */
static struct node_path path_of_items(const struct path_spec *output, struct arena *scratch)
{
	const char *raw = output->text.raw;
	size_t known = strcspn(raw, "$*?[{");

	if (!raw[known])
		return (struct node_path){ raw, output->kind };
	while (known > 0 && raw[known - 1] != '/')
		known--;
	return (struct node_path){ arena_printf(scratch, "%.*s**", (int)known, raw), PATH_GLOB };
}

static bool may_items_write(const struct node *node, const struct node_path *path,
			    struct arena *scratch)
{
	for (size_t i = 0; i < node->step->n_outputs; i++) {
		struct node_path output = path_of_items(&node->step->outputs[i], scratch);

		if (paths_overlap(&output, path, scratch))
			return true;
	}
	return false;
}

bool plan_may_write(const struct plan *plan, const struct node_path *path, struct arena *scratch)
{
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (node->kind == NODE_FOREACH && !node->n_items &&
		    may_items_write(node, path, scratch))
			return true;
		for (size_t o = 0; o < node->n_outputs; o++)
			if (paths_overlap(&node->outputs[o], path, scratch))
				return true;
	}
	return false;
}
