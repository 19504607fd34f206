/*
 * A heap of nodes: the longest remaining path first, then the order of the file.
 */
#ifndef EVENT_HEAP_IMPL_H
#define EVENT_HEAP_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "plan/plan.h"

struct node_heap {
	VEC(uint32_t) nodes;
};

void heap_push(struct node_heap *heap, const struct plan *plan, uint32_t node);
uint32_t heap_pop(struct node_heap *heap, const struct plan *plan); /* not empty */
void heap_release(struct node_heap *heap);

#endif
