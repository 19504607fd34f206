/*
 * Steps that work on the same files without saying which (those that a hook hands its files to): one after
 * the other, whatever each comes to, in the order in which the plan could run them anyway. So no edge
 * between them closes a circle, and those with an order of their own keep it.
 */
#include <stdlib.h>

#include "plan/plan_impl.h"

static bool takes_part(const struct build *build, const struct step *step)
{
	return step->in_succession && !step->called && !step->is_finally &&
	       build->main_node[step->index] != WF_NONE;
}

struct ranked {
	uint32_t rank, node;
};

static int compare_ranks(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

static size_t list_members(const struct build *build, const uint32_t *rank, struct ranked *members)
{
	const struct workflow *wf = build->plan->wf;
	size_t n = 0;

	for (size_t i = 0; i < wf->n_graph_steps; i++)
		if (takes_part(build, &wf->steps[i]))
			members[n++] = (struct ranked){ rank[build->main_node[i]],
							build->main_node[i] };
	if (n)
		qsort(members, n, sizeof *members, compare_ranks);
	return n;
}

/* Every node of a step, its items as well, waits for all of the one before. */
static void wait_for(struct build *build, const struct step *step, uint32_t before)
{
	const struct plan *plan = build->plan;

	for (size_t i = 0; i < plan->nodes.n; i++)
		if (plan->nodes.v[i]->step == step)
			vec_push(&build->edges,
				 ((struct draft_edge){ (uint32_t)i, before, EDGE_ORDER, true }));
}

bool succession_draw(struct build *build, const uint32_t *rank)
{
	struct ranked *members = ARENA_ARRAY(&build->scratch, struct ranked,
					     build->plan->wf->n_graph_steps + 1);
	size_t n = list_members(build, rank, members);

	for (size_t i = 1; i < n; i++)
		wait_for(build, build->plan->nodes.v[members[i].node]->step, members[i - 1].node);
	if (n > 1)
		edges_settle(build);
	return n > 1;
}
