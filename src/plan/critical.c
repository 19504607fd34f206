/*
 * How long the rest of the run takes from the start of each node, and the waves of a display.
 */
#include "plan/plan_impl.h"

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* For nodes that were never timed. */
static uint64_t usual_ms(const struct plan *plan)
{
	uint64_t sum = 0, n = 0;
	size_t i;

	for (i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (node->kind == NODE_STEP && node->duration_ms && !node->step->within) {
			sum = add_capped(sum, node->duration_ms);
			n++;
		}
	}
	return n && sum / n ? sum / n : 1;
}

static uint64_t own_ms(const struct node *node, uint64_t usual)
{
	if ((node->kind != NODE_STEP && node->is_expanded) || node->step->within)
		return 0; /* a handler is not foreseen */
	return node->duration_ms ? node->duration_ms : usual;
}

bool critical_is_row(const struct node *item)
{
	return item->group != WF_NONE && item->kind == NODE_STEP && item->step->foreach &&
	       item->step->foreach->max_parallel == 1;
}

/* Items one at a time: what is left when one begins is all those behind it, too. So they are taken as
 * they stand in the file, whatever each of them took last time. */
static void add_rows(struct plan *plan, uint64_t usual, struct arena *scratch)
{
	uint64_t *behind = ARENA_ARRAY(scratch, uint64_t, plan->nodes.n + 1);

	for (size_t i = plan->nodes.n; i-- > 0;) {
		struct node *node = plan->nodes.v[i];

		if (!critical_is_row(node))
			continue;
		if (behind[node->group])
			node->critical_ms = add_capped(behind[node->group], own_ms(node, usual));
		behind[node->group] = node->critical_ms;
	}
}

void plan_critical_path(struct plan *plan)
{
	struct arena scratch = { 0 };
	uint64_t usual = usual_ms(plan);
	uint32_t *order;
	size_t n, i, d;

	for (i = 0; i < plan->nodes.n; i++)
		plan->nodes.v[i]->critical_ms = 0;
	plan_topological(plan, &scratch, &order, &n);
	for (i = n; i-- > 0;) {
		struct node *node = plan->nodes.v[order[i]];

		node->critical_ms = add_capped(node->critical_ms, own_ms(node, usual));
		for (d = 0; d < node->deps.n; d++) {
			struct node *from = plan->nodes.v[node->deps.v[d].from];

			if (from->critical_ms < node->critical_ms)
				from->critical_ms = node->critical_ms;
		}
	}
	add_rows(plan, usual, &scratch);
	for (i = 0; i < plan->nodes.n; i++)
		if (!plan->nodes.v[i]->is_selected)
			plan->nodes.v[i]->critical_ms = 0;
	arena_release(&scratch);
}

static bool any_comes_first(const struct plan *plan, const struct node *node)
{
	size_t d;

	for (d = 0; d < node->deps.n; d++)
		if (plan->nodes.v[node->deps.v[d].from]->comes_first)
			return true;
	return false;
}

void plan_put_first(struct plan *plan, const struct bitset *likely)
{
	struct arena scratch = { 0 };
	uint32_t *order;
	size_t n, i, d;

	plan_topological(plan, &scratch, &order, &n);
	for (i = 0; i < n; i++) {
		struct node *node = plan->nodes.v[order[i]];

		node->comes_first = bitset_has(likely, node->index) || any_comes_first(plan, node);
	}
	for (i = n; i-- > 0;) {
		const struct node *node = plan->nodes.v[order[i]];

		for (d = 0; node->comes_first && d < node->deps.n; d++)
			plan->nodes.v[node->deps.v[d].from]->comes_first = true;
	}
	arena_release(&scratch);
}

/* A foreach executes nothing: it stands in the wave of its last item. */
static uint32_t wave_of(const struct plan *plan, const struct node *node, const uint32_t *waves)
{
	uint32_t wave = 0;
	size_t d;

	for (d = 0; d < node->deps.n; d++) {
		const struct edge *edge = &node->deps.v[d];
		uint32_t after = waves[edge->from] + (edge->kind != EDGE_ITEM);

		if (plan->nodes.v[edge->from]->is_selected && after > wave)
			wave = after;
	}
	return wave;
}

void plan_waves(const struct plan *plan, struct arena *arena, uint32_t **waves)
{
	struct arena scratch = { 0 };
	uint32_t *order, n_graph = 0;
	size_t n, i;

	*waves = ARENA_ARRAY(arena, uint32_t, plan->nodes.n);
	plan_topological(plan, &scratch, &order, &n);
	for (i = 0; i < n; i++) {
		const struct node *node = plan->nodes.v[order[i]];
		uint32_t wave = wave_of(plan, node, *waves);

		if (node->is_finally && wave < n_graph)
			wave = n_graph;
		(*waves)[node->index] = wave;
		if (!node->is_finally && !node->step->within && wave >= n_graph)
			n_graph = wave + 1;
	}
	arena_release(&scratch);
}
