/*
 * The children that are watched: found by pid in a table with linear probing, so that thousands
 * cost no more than one.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "loop_impl.h"

static size_t home_of(const struct loop *loop, pid_t pid)
{
	return (size_t)((uint32_t)pid * UINT32_C(2654435761)) & (loop->n_child_slots - 1);
}

/* The slot of the pid, or the empty one where it belongs. */
static size_t find(const struct loop *loop, pid_t pid)
{
	size_t i = home_of(loop, pid), mask = loop->n_child_slots - 1;

	while (loop->child_slots[i] && loop->pids.v[loop->child_slots[i] - 1] != pid)
		i = (i + 1) & mask;
	return i;
}

static void grow(struct loop *loop)
{
	size_t i;

	loop->n_child_slots = loop->n_child_slots ? loop->n_child_slots * 2 : 64;
	free(loop->child_slots);
	loop->child_slots = xcalloc(loop->n_child_slots, sizeof *loop->child_slots);
	for (i = 0; i < loop->pids.n; i++)
		loop->child_slots[find(loop, loop->pids.v[i])] = (uint32_t)i + 1;
}

void loop_watch_child(struct loop *loop, pid_t pid, loop_child_fn *fn, void *data)
{
	struct loop_child child = { fn, data };
	size_t slot;

	if (pid <= 0)
		BUG("child %ld in the loop", (long)pid);
	if ((loop->pids.n + 1) * 2 > loop->n_child_slots)
		grow(loop);
	slot = find(loop, pid);
	if (loop->child_slots[slot]) {
		loop->children.v[loop->child_slots[slot] - 1] = child;
		return;
	}
	vec_push(&loop->pids, pid);
	vec_push(&loop->children, child);
	loop->child_slots[slot] = (uint32_t)loop->pids.n;
}

/* Linear probing without tombstones: what follows in the run is put in again. */
static void clear_slot(struct loop *loop, size_t slot)
{
	size_t mask = loop->n_child_slots - 1;
	uint32_t index;

	loop->child_slots[slot] = 0;
	for (slot = (slot + 1) & mask; (index = loop->child_slots[slot]);
	     slot = (slot + 1) & mask) {
		loop->child_slots[slot] = 0;
		loop->child_slots[find(loop, loop->pids.v[index - 1])] = index;
	}
}

bool loop_take_child(struct loop *loop, pid_t pid, struct loop_child *child)
{
	size_t slot, index;

	if (!loop->pids.n)
		return false;
	slot = find(loop, pid);
	if (!loop->child_slots[slot])
		return false;
	index = loop->child_slots[slot] - 1;
	*child = loop->children.v[index];
	clear_slot(loop, slot);
	if (index != loop->pids.n - 1) {
		loop->child_slots[find(loop, *vec_last(&loop->pids))] = (uint32_t)index + 1;
		loop->pids.v[index] = *vec_last(&loop->pids);
		loop->children.v[index] = *vec_last(&loop->children);
	}
	loop->pids.n--;
	loop->children.n--;
	return true;
}

void loop_forget_child(struct loop *loop, pid_t pid)
{
	struct loop_child child;

	loop_take_child(loop, pid, &child);
}

void loop_watch_orphans(struct loop *loop, loop_child_fn *fn, void *data)
{
	loop->orphans = (struct loop_child){ fn, data };
}

size_t loop_child_count(const struct loop *loop)
{
	return loop->pids.n;
}

const pid_t *loop_child_pids(const struct loop *loop)
{
	return loop->pids.v;
}
