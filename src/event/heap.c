/*
 * A binary heap; the order is that of the plan's critical paths.
 */
#include "event/heap_impl.h"

/* Items that were expanded late stand at the end of the plan, but belong to their step's place. */
static bool comes_before(const struct plan *plan, uint32_t a, uint32_t b)
{
	const struct node *x = plan->nodes.v[a], *y = plan->nodes.v[b];

	/* What has just been called is for now, not for when nothing else is left. */
	if (!x->step->within != !y->step->within)
		return x->step->within != NULL;
	if (x->comes_first != y->comes_first)
		return x->comes_first;
	if (x->critical_ms != y->critical_ms)
		return x->critical_ms > y->critical_ms;
	if (x->step->index != y->step->index)
		return x->step->index < y->step->index;
	return a < b;
}

void heap_push(struct node_heap *heap, const struct plan *plan, uint32_t node)
{
	size_t i = heap->nodes.n, parent;

	vec_push(&heap->nodes, node);
	for (; i; i = parent) {
		parent = (i - 1) / 2;
		if (!comes_before(plan, node, heap->nodes.v[parent]))
			break;
		heap->nodes.v[i] = heap->nodes.v[parent];
	}
	heap->nodes.v[i] = node;
}

uint32_t heap_pop(struct node_heap *heap, const struct plan *plan)
{
	uint32_t *v = heap->nodes.v, top = v[0], last = vec_pop(&heap->nodes);
	size_t n = heap->nodes.n, i = 0, child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && comes_before(plan, v[child + 1], v[child]))
			child++;
		if (!comes_before(plan, v[child], last))
			break;
		v[i] = v[child];
	}
	if (n)
		v[i] = last;
	return top;
}

void heap_release(struct node_heap *heap)
{
	vec_release(&heap->nodes);
}
