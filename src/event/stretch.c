/*
 * See event/stretch.h: the snapshots of a run are gone through in their order.
 */
#include "event/stretch.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static struct stretch *top_of(struct stretches *stretches)
{
	return stretches->list.n ? vec_last(&stretches->list) : NULL;
}

static void copy(struct stretches *to, const struct stretches *from)
{
	vec_clear(&to->list);
	for (size_t i = 0; i < from->list.n; i++)
		vec_push(&to->list, from->list.v[i]);
}

static void cut(struct stretches *stretches, uint32_t number)
{
	struct stretch *top;

	while ((top = top_of(stretches)) && top->first >= number)
		(void)vec_pop(&stretches->list);
	if (top && top->last > number)
		top->last = number;
	if (top)
		top->is_open = false;
}

/* What was begun after the rollback stays. */
static void bring_back(struct stretches *stretches, const struct stretches *saved,
		       const struct rollback_state *undone)
{
	struct stretches now = { 0 };

	copy(&now, stretches);
	copy(stretches, saved);
	for (size_t i = 0; i < now.list.n; i++)
		if (now.list.v[i].first > undone->post)
			vec_push(&stretches->list, now.list.v[i]);
	vec_release(&now.list);
}

static void apply_rollback(const struct run_state *state, size_t at, struct stretches *stretches,
			   struct stretches *saved)
{
	const struct rollback_state *rollback = &state->rollbacks.v[at];

	copy(&saved[at], stretches);
	if (!rollback->is_done)
		return;
	for (size_t i = 0; rollback->is_undo && i < at; i++)
		if (state->rollbacks.v[i].pre == rollback->number)
			bring_back(stretches, &saved[i], &state->rollbacks.v[i]);
	if (!rollback->is_undo && rollback->number)
		cut(stretches, rollback->number);
}

static void apply(const struct run_state *state, const struct snapshot_state *snapshot,
		  struct stretches *stretches, struct stretches *saved)
{
	struct stretch fresh = { snapshot->number, snapshot->number, true };
	struct stretch *top = top_of(stretches);
	bool goes_on = top && top->is_open;

	if (strcmp(snapshot->kind, SNAPSHOT_POST) == 0)
		return;
	if (goes_on)
		top->last = snapshot->number;
	if (strcmp(snapshot->kind, SNAPSHOT_BEGIN) == 0) {
		if (!goes_on)
			vec_push(&stretches->list, fresh);
	} else if (goes_on && (snapshot->is_last || !strcmp(snapshot->kind, SNAPSHOT_END) ||
			       !strcmp(snapshot->kind, SNAPSHOT_PRE))) {
		top->is_open = false;
	}
	if (strcmp(snapshot->kind, SNAPSHOT_PRE) != 0)
		return;
	for (size_t i = 0; i < state->rollbacks.n; i++)
		if (state->rollbacks.v[i].pre == snapshot->number)
			apply_rollback(state, i, stretches, saved);
}

void stretch_list(const struct run_state *state, struct stretches *stretches)
{
	struct stretches *saved = xcalloc(state->rollbacks.n + 1, sizeof *saved);
	struct stretch *top;

	vec_clear(&stretches->list);
	for (size_t i = 0; i < state->snapshots.n; i++)
		apply(state, &state->snapshots.v[i], stretches, saved);
	for (size_t i = 0; i < state->rollbacks.n; i++)
		vec_release(&saved[i].list);
	free(saved);
	top = top_of(stretches);
	if (top && !state->has_run_since_snapshot)
		top->is_open = false;
}

struct stretch_pair *stretch_back_to(const struct stretches *stretches, uint32_t number,
				     struct arena *arena, size_t *n)
{
	struct stretch_pair *pairs = ARENA_ARRAY(arena, struct stretch_pair, stretches->list.n + 1);

	*n = 0;
	for (size_t i = stretches->list.n; i-- > 0;) {
		const struct stretch *stretch = &stretches->list.v[i];
		uint32_t first = stretch->first > number ? stretch->first : number;

		if (first < stretch->last || (stretch->is_open && first == stretch->last))
			pairs[(*n)++] = (struct stretch_pair){ first, stretch->is_open
									      ? 0
									      : stretch->last };
		if (stretch->first <= number)
			break;
	}
	return pairs;
}

bool stretch_has(const struct stretches *stretches, uint32_t number)
{
	for (size_t i = 0; i < stretches->list.n; i++)
		if (number >= stretches->list.v[i].first && number <= stretches->list.v[i].last)
			return true;
	return false;
}
