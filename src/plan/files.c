/*
 * Edges from those who write what others read. Hits are gathered first, because whether a node formats
 * a path (has it as input and as output) is only known when all its inputs were looked up: two
 * formatters of one path do not wait for each other, they need an order of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "plan/plan_impl.h"

struct hit { /* this node reads what that output writes */
	uint32_t node, output;
};

struct search {
	struct build *build;
	struct output_index *index;
	struct node *node;
	VEC(struct hit) hits;
	uint32_t *
		first_output; /* of each node from `first` on: its first in the index, or WF_NONE */
	uint32_t first;
};

static void note_hit(void *data, uint32_t number)
{
	struct search *search = data;
	struct output *output = &search->index->outputs.v[number];

	if (output->node == search->node)
		output->is_formatted = true;
	else if (output->node->is_finally == search->node->is_finally &&
		 output->node->index != search->node->group)
		vec_push(&search->hits, ((struct hit){ search->node->index, number }));
}

static void search_literal(struct search *search, const char *path)
{
	uint32_t i = output_index_literal(search->index, path);

	for (; i; i = search->index->outputs.v[i - 1].next)
		note_hit(search, i - 1);
	output_index_containers(search->index, path, note_hit, search);
}

/* An exclude of everything below a directory takes out whatever is written there. */
static bool excludes_tree(const char *exclude, const struct output *output)
{
	size_t prefix = glob_literal_prefix(exclude), len = strlen(output->path);

	if (strcmp(exclude + prefix, "**") != 0)
		return false;
	if (output->kind == PATH_DIR && len + 1 == prefix)
		return !strncmp(output->path, exclude, len);
	return !strncmp(output->path, exclude, prefix);
}

static bool is_excluded(const struct node *node, const struct output *output,
			struct glob *const *excludes)
{
	size_t i;

	for (i = 0; i < node->n_inputs; i++) {
		if (!excludes[i])
			continue;
		if (output->kind == PATH_LITERAL ? glob_match(excludes[i], output->path)
						 : excludes_tree(node->inputs[i].path, output))
			return true;
	}
	return false;
}

static struct glob **compile_excludes(struct search *search)
{
	const struct node *node = search->node;
	struct glob **excludes = NULL;
	size_t i;

	for (i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].kind != PATH_EXCLUDE)
			continue;
		if (!excludes)
			excludes = ARENA_ARRAY(&search->build->scratch, struct glob *,
					       node->n_inputs);
		excludes[i] = glob_compile(&search->build->scratch, node->inputs[i].path);
	}
	return excludes;
}

/* A glob of nothing but unknown values says nothing about who is read. */
static bool is_blank(const struct node *node, const struct node_path *path)
{
	return node->has_late_paths && !path->path[strspn(path->path, "*/")];
}

static void search_glob(struct search *search, const struct node_path *path)
{
	const struct query *query = output_index_query(search->index, path);
	struct glob **excludes;
	size_t i;

	if (!query->hits.n)
		return;
	excludes = compile_excludes(search);
	for (i = 0; i < query->hits.n; i++)
		if (!excludes ||
		    !is_excluded(search->node, &search->index->outputs.v[query->hits.v[i]],
				 excludes))
			note_hit(search, query->hits.v[i]);
}

static void search_values(struct search *search, const struct node *item)
{
	const struct foreach *foreach = item->step->foreach;
	size_t v;

	for (v = 0; v < foreach->n_vars; v++) {
		uint32_t i;

		if (foreach->vars[v].kind != FOREACH_GLOB)
			continue;
		i = output_index_literal(search->index, item->each[v].value);
		for (; i; i = search->index->outputs.v[i - 1].next) {
			const struct node *writer = search->index->outputs.v[i - 1].node;

			if (writer->step != search->node->step &&
			    (item == search->node ||
			     !plan_is_in(search->build->plan, writer, item->group)))
				note_hit(search, i - 1);
		}
	}
}

/* The value of a foreach over files may be a file that is still to be written; so may that of one around
 * a group. */
static void search_items(struct search *search)
{
	const struct node *at;

	for (at = search->node; at; at = at->instance ? at->instance->item : NULL)
		if (at->group != WF_NONE)
			search_values(search, at);
}

static void search_node(struct search *search, struct node *node)
{
	size_t i;

	search->node = node;
	for (i = 0; i < node->n_inputs; i++) {
		struct node_path path = output_index_path(&node->inputs[i],
							  &search->build->scratch);

		if (path.kind == PATH_LITERAL)
			search_literal(search, path.path);
		else if (path.kind != PATH_EXCLUDE && !is_blank(node, &path))
			search_glob(search, &path);
	}
	search_items(search);
}

/* True if the node formats what that output writes: it has an output of its own there. */
static bool formats_too(struct search *search, const struct hit *hit)
{
	const struct output *output = &search->index->outputs.v[hit->output], *own;
	struct node_path path = { output->path, output->kind }, own_path;
	uint32_t i = search->first_output[hit->node - search->first];

	if (i == WF_NONE)
		return false;
	for (; i < search->index->outputs.n; i++) {
		own = &search->index->outputs.v[i];
		own_path = (struct node_path){ own->path, own->kind };
		if (own->node->index != hit->node)
			return false;
		if (own->is_formatted && paths_overlap(&path, &own_path, &search->build->scratch))
			return true;
	}
	return false;
}

static void emit(struct search *search)
{
	size_t i;

	for (i = 0; i < search->hits.n; i++) {
		const struct hit *hit = &search->hits.v[i];
		const struct output *output = &search->index->outputs.v[hit->output];

		if (!output->is_formatted || !formats_too(search, hit))
			build_edge(search->build, hit->node, output->node->index, EDGE_FILE);
	}
}

static void find_first_outputs(struct search *search)
{
	size_t n = search->build->plan->nodes.n - search->first, i;

	search->first_output = ARENA_ARRAY(&search->build->scratch, uint32_t, n);
	memset(search->first_output, 0xFF, n * sizeof *search->first_output);
	for (i = search->index->outputs.n; i-- > 0;) {
		uint32_t node = search->index->outputs.v[i].node->index;

		if (node >= search->first)
			search->first_output[node - search->first] = (uint32_t)i;
	}
}

void files_draw(struct build *build, uint32_t first)
{
	struct search search = { .build = build, .index = build->index, .first = first };
	size_t i;

	if (!build->index->outputs.n)
		return;
	find_first_outputs(&search);
	for (i = first; i < build->plan->nodes.n; i++)
		search_node(&search, build->plan->nodes.v[i]);
	emit(&search);
	vec_release(&search.hits);
}
