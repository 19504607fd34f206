/*
 * Two nodes that may write one path need an order. Writers of the same literal path are compared
 * along the order of the graph, neighbour by neighbour: that is enough and stays linear.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_impl.h"

enum { CONFLICTS_SHOWN = 20 };

struct finder {
	struct build *build;
	struct output_index *index;
	const uint32_t *rank;
	struct reach *reach;
	VEC(uint32_t) writers; /* outputs of one path */
	uint32_t output;       /* that is looked at */
	size_t n_found;
};

static size_t line_of(const struct node *node)
{
	return node->step->span.line;
}

static void show_path(const struct output *output, struct strbuf *text)
{
	bool is_artifact = !strncmp(output->path, ARTIFACT_PREFIX, strlen(ARTIFACT_PREFIX));

	strbuf_addf(text, "%s%s%s", is_artifact ? "artifact:" : "",
		    output->path + (is_artifact ? strlen(ARTIFACT_PREFIX) : 0),
		    output->kind == PATH_DIR ? "/" : "");
}

/* The more exact of the two is what both write. */
static const struct output *more_exact(const struct output *a, const struct output *b)
{
	if (a->kind == PATH_LITERAL || b->kind != PATH_LITERAL)
		return a;
	return b;
}

/* As the steps beside it call it. */
static const char *own_id(const struct step *step)
{
	const char *slash = strrchr(step->id, '/');

	return slash ? slash + 1 : step->id;
}

/* The name whose value tells the nodes of one step from each other. */
static const char *varying_name(const struct finder *finder, const struct step *step)
{
	while (!step->foreach)
		step = &finder->build->plan->wf->steps[step->parent];
	return step->foreach->vars[0].name;
}

static void report(struct finder *finder, const struct output *a, const struct output *b)
{
	const struct node *first = a->node, *second = b->node;
	struct diags *diags;
	struct strbuf path = STRBUF_INIT;
	struct diag *diag;

	if (first->index > second->index) {
		first = b->node;
		second = a->node;
	}
	diags = build_diags(finder->build, second->step);
	finder->build->failed = true;
	show_path(more_exact(a, b), &path);
	if (finder->n_found++ < CONFLICTS_SHOWN && first->step == second->step) {
		diag = diag_error(
			diags, first->step->span,
			"'%s' and '%s' (line %zu) both write '%s' with no order between them",
			first->id, second->id, line_of(first), strbuf_str(&path));
		diag_hint(diags, diag, "put ${each.%s} into the path",
			  varying_name(finder, first->step));
	} else if (finder->n_found <= CONFLICTS_SHOWN) {
		diag = diag_error(diags, second->step->span,
				  "'%s' (line %zu) and '%s' (line %zu) both write '%s' with no "
				  "order between them",
				  first->id, line_of(first), second->id, line_of(second),
				  strbuf_str(&path));
		if (first->step->parent == second->step->parent)
			diag_hint(diags, diag, "add needs: [%s] to '%s'", own_id(first->step),
				  second->step->id);
	}
	strbuf_release(&path);
}

/* What a foreach that is not expanded writes is not known: plan_expand() looks again. */
static bool is_guess(const struct output *output)
{
	return output->kind != PATH_LITERAL && output->node->has_late_paths;
}

static void compare(struct finder *finder, uint32_t a, uint32_t b)
{
	const struct output *x = &finder->index->outputs.v[a], *y = &finder->index->outputs.v[b];

	if (x->node == y->node || is_guess(x) || is_guess(y) || finder->n_found >= CONFLICTS_SHOWN)
		return;
	if (!reach_is_ordered(finder->reach, x->node->index, y->node->index))
		report(finder, x, y);
}

static int by_rank(const void *a, const void *b, void *data)
{
	const struct finder *finder = data;
	uint32_t x = finder->rank[finder->index->outputs.v[*(const uint32_t *)a].node->index];
	uint32_t y = finder->rank[finder->index->outputs.v[*(const uint32_t *)b].node->index];

	return (x > y) - (x < y);
}

static void check_literal(struct finder *finder, uint32_t first)
{
	struct output_index *index = finder->index;
	size_t i;

	if (!index->outputs.v[first].next)
		return;
	vec_clear(&finder->writers);
	for (i = first + 1; i; i = index->outputs.v[i - 1].next)
		vec_push(&finder->writers, (uint32_t)i - 1);
	qsort_r(finder->writers.v, finder->writers.n, sizeof *finder->writers.v, by_rank, finder);
	for (i = 1; i < finder->writers.n; i++)
		compare(finder, finder->writers.v[i - 1], finder->writers.v[i]);
}

static void compare_container(void *data, uint32_t container)
{
	struct finder *finder = data;

	compare(finder, finder->output, container);
}

static void check_tree(struct finder *finder, uint32_t number)
{
	const struct output *output = &finder->index->outputs.v[number];
	struct node_path path = { output->path, output->kind };
	const struct query *query = output_index_query(finder->index, &path);
	size_t i;

	for (i = 0; i < query->hits.n; i++) {
		const struct output *other = &finder->index->outputs.v[query->hits.v[i]];

		if (other->kind != PATH_LITERAL && query->hits.v[i] > number)
			compare(finder, number, query->hits.v[i]);
	}
}

void conflicts_find(struct build *build, const uint32_t *rank)
{
	struct output_index *index = build->index;
	struct finder finder = { .build = build, .index = index, .rank = rank };
	size_t i;

	finder.reach = reach_new(build->plan, rank, &build->scratch);
	for (i = 0; i < index->literals.n; i++)
		check_literal(&finder, (uint32_t)(uintptr_t)index->literals.entries[i].value - 1);
	for (i = 0; index->trees.n && i < index->outputs.n; i++) {
		const struct output *output = &index->outputs.v[i];

		finder.output = (uint32_t)i;
		if (is_guess(output))
			continue;
		if (output->kind == PATH_LITERAL)
			output_index_containers(index, output->path, compare_container, &finder);
		else
			check_tree(&finder, (uint32_t)i);
	}
	vec_release(&finder.writers);
}
