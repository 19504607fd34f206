/*
 * Stretches of a run: from the snapshot before something ran to the one after it. What lies between two
 * stretches (the time between a failure and a resume) is the user's, and no rollback touches it. A
 * rollback shortens them; its undo brings them back. Pure.
 */
#ifndef EVENT_STRETCH_H
#define EVENT_STRETCH_H

#include "base/arena.h"
#include "base/vec.h"
#include "event/state.h"

struct stretch {
	uint32_t first, last; /* numbers of snapshots */
	bool is_open;	      /* something ran since `last`, and there is no snapshot of it */
};

struct stretches {
	VEC(struct stretch) list;
};

/* Those that can be taken back now, in their order. */
void stretch_list(const struct run_state *state, struct stretches *stretches);

/* Two snapshots to go from `after` back to `before`. */
struct stretch_pair {
	uint32_t before, after; /* after 0: as it is now */
};

/* The pairs, in the order in which they are taken back, that lead to the snapshot `number`. */
struct stretch_pair *stretch_back_to(const struct stretches *stretches, uint32_t number,
				     struct arena *arena, size_t *n);

/* Is this snapshot of one of them, so that there is a way back to it? */
bool stretch_has(const struct stretches *stretches, uint32_t number);

#endif
