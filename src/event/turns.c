/*
 * Turns: what a node needs to run (slots, its pool, the terminal, its foreach's share), who has it,
 * and who is next. A node that lacks slots holds up those behind it, so that wide and exclusive steps
 * are not starved; one that lacks something of its own is set aside until that is given back.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "event/sched_impl.h"

/* --- what a step needs to run --- */

static uint32_t lane_add(struct sched *sched, uint32_t limit)
{
	vec_push(&sched->lanes, ((struct lane){ .limit = limit }));
	return (uint32_t)sched->lanes.n - 1;
}

static bool is_below(const struct workflow *wf, uint32_t step, uint32_t group)
{
	for (uint32_t at = wf->steps[step].parent; at != WF_NONE; at = wf->steps[at].parent)
		if (at == group)
			return true;
	return false;
}

/* That of this lane in an instance (NULL: outside of all). */
static uint32_t lane_in(struct sched *sched, uint32_t lane, const struct instance *at)
{
	uint32_t own;

	if (!at || lane == WF_NONE)
		return lane;
	while (sched->lanes.v[lane].inside.n <= at->number)
		vec_push(&sched->lanes.v[lane].inside, 0);
	own = sched->lanes.v[lane].inside.v[at->number];
	if (!own) {
		own = lane_add(sched, sched->lanes.v[lane].limit);
		sched->lanes.v[lane].inside.v[at->number] = own;
	}
	return own;
}

/* Lane of a step's pool; the first lanes after the terminal's are the pools in their order. */
static uint32_t pool_lane(const struct workflow *wf, const struct step *step)
{
	return step->pool.name && step->pool.index < wf->n_pools
		       ? LANE_CONSOLE + 1 + step->pool.index
		       : (uint32_t)WF_NONE;
}

/* The groups around a step, innermost first, that have a limit of their own. */
static void add_group_lanes(struct sched *sched, const struct step *step, struct step_lanes *needs)
{
	const struct workflow *wf = sched->plan->wf;
	uint32_t at;
	size_t n = LANE_GROUPS;

	for (at = step->parent; at != WF_NONE; at = wf->steps[at].parent)
		if (sched->steps[at].group_lane != WF_NONE && n < LANES_OF_STEP) {
			needs->group[n] = at;
			needs->lane[n++] = sched->steps[at].group_lane;
		}
	while (n < LANES_OF_STEP)
		needs->lane[n++] = WF_NONE;
}

void turns_init(struct sched *sched)
{
	const struct workflow *wf = sched->plan->wf;
	bool are_exclusive = workflow_rollback(wf) == ROLLBACK_STEP;
	size_t i;

	lane_add(sched, 1);
	for (i = 0; i < wf->n_pools; i++)
		lane_add(sched, wf->pools[i].limit ? wf->pools[i].limit : 1);
	sched->steps = xcalloc(wf->n_steps ? wf->n_steps : 1, sizeof *sched->steps);
	for (i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];
		struct step_lanes *needs = &sched->steps[i];
		const struct foreach *each = step->foreach;

		needs->lane[0] = step->console ? (uint32_t)LANE_CONSOLE : (uint32_t)WF_NONE;
		needs->lane[1] = pool_lane(wf, step);
		needs->lane[LANE_EACH] = needs->item_lane = WF_NONE;
		if (each && each->max_parallel)
			*(step->group ? &needs->item_lane : &needs->lane[LANE_EACH]) = lane_add(
				sched, each->max_parallel);
		needs->group_lane = step->group && step->group->max_parallel
					    ? lane_add(sched, step->group->max_parallel)
					    : (uint32_t)WF_NONE;
		add_group_lanes(sched, step, needs);
		needs->slots = step->slots ? step->slots : 1;
		if (needs->slots > sched->limits.jobs)
			needs->slots = sched->limits.jobs;
		/* What is rolled back alone must have been alone. */
		needs->exclusive = step->exclusive || are_exclusive;
	}
}

static struct step_lanes *needs_of(const struct sched *sched, uint32_t node)
{
	return &sched->steps[sched_node(sched, node)->step->index];
}

/* What this node needs one of each of; `own` is room for them. */
static const uint32_t *lanes_of(struct sched *sched, uint32_t node, uint32_t own[LANES_OF_STEP])
{
	const struct workflow *wf = sched->plan->wf;
	const struct step_lanes *needs = needs_of(sched, node);
	const struct instance *at = sched_node(sched, node)->instance;
	size_t i;

	if (!at)
		return needs->lane;
	for (i = 0; i < LANE_EACH; i++) /* the terminal and pools are one for all */
		own[i] = needs->lane[i];
	own[LANE_EACH] = lane_in(sched, needs->lane[LANE_EACH], at);
	for (i = LANE_GROUPS; i < LANES_OF_STEP; i++) {
		/* A group may stand further out than the step in it. */
		while (at && needs->lane[i] != WF_NONE &&
		       !is_below(wf, needs->group[i], at->item->step->index))
			at = at->outer;
		own[i] = lane_in(sched, needs->lane[i], at);
	}
	return own;
}

void turns_release(struct sched *sched)
{
	size_t i;

	for (i = 0; i < sched->lanes.n; i++) {
		heap_release(&sched->lanes.v[i].parked);
		vec_release(&sched->lanes.v[i].inside);
	}
	vec_release(&sched->lanes);
	free(sched->steps);
}

void turns_stop(struct sched *sched, uint32_t node)
{
	struct slot *slot = &sched->slots.v[node];

	slot->state = NODE_STOPPED;
	vec_push(&sched->stopped, node);
}

/* Something around it is over. */
static bool is_over_around(const struct sched *sched, uint32_t node)
{
	const struct node *plan_node = sched_node(sched, node);

	if (plan_node->step->called)
		return false; /* what a group comes to is no matter to what was called */
	if (plan_node->group != WF_NONE && plan_node->step->foreach)
		return turns_is_over(sched, plan_node->group);
	if (plan_node->parent == WF_NONE ||
	    sched_node(sched, plan_node->parent)->is_finally != plan_node->is_finally)
		return false;
	/* A race that is decided is over; what it ensures is not. */
	if (sched_is_of_gates(sched, node))
		return is_over_around(sched, plan_node->parent);
	return turns_is_over(sched, plan_node->parent);
}

bool turns_is_over(const struct sched *sched, uint32_t node)
{
	return sched->slots.v[node].is_over || is_over_around(sched, node);
}

/* --- the queue --- */

static bool is_held_back(const struct sched *sched, uint32_t node)
{
	const struct slot *slot = &sched->slots.v[node];

	if (sched_class(sched, node) < sched->n_stopped || turns_is_over(sched, node))
		return true;
	/* A sibling failed after this one was handed out. */
	return slot->blocked_by != WF_NONE &&
	       sched_node(sched, slot->blocked_by)->group != WF_NONE &&
	       plan_is_in(sched->plan, sched_node(sched, node),
			  sched_node(sched, slot->blocked_by)->group);
}

void sched_enqueue(struct sched *sched, uint32_t node)
{
	struct slot *slot = &sched->slots.v[node];

	if (slot->state != NODE_HANDED && slot->state != NODE_RELEASED)
		BUG("node %u enqueued in state %d", node, slot->state);
	if (is_held_back(sched, node)) {
		turns_stop(sched, node);
		return;
	}
	slot->state = NODE_QUEUED;
	heap_push(&sched->queue, sched->plan, node);
}

static bool has_room(const struct sched *sched, const struct step_lanes *needs)
{
	if (sched->is_exclusive_running || (needs->exclusive && sched->n_running))
		return false;
	if (sched->limits.max_parallel && sched->n_running >= sched->limits.max_parallel)
		return false;
	return needs->slots <= sched->limits.jobs - sched->slots_used;
}

static struct lane *lacking_lane(struct sched *sched, const uint32_t *lanes)
{
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++) {
		struct lane *lane = lanes[i] == WF_NONE ? NULL : &sched->lanes.v[lanes[i]];

		if (lane && lane->used >= lane->limit)
			return lane;
	}
	return NULL;
}

/* One of those set aside may try again. It stays in the queue until it starts or is set aside for
 * something else, and then the next of its lane is woken: no turn is lost. */
static void lane_wake(struct sched *sched, struct lane *lane)
{
	while (lane->parked.nodes.n && lane->used < lane->limit) {
		uint32_t node = heap_pop(&lane->parked, sched->plan);

		if (sched->slots.v[node].state != NODE_QUEUED)
			continue;
		heap_push(&sched->queue, sched->plan, node);
		return;
	}
}

static void wake_lanes(struct sched *sched, const uint32_t *lanes, const struct lane *but)
{
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (lanes[i] != WF_NONE && &sched->lanes.v[lanes[i]] != but)
			lane_wake(sched, &sched->lanes.v[lanes[i]]);
}

/* --- items that are groups: so many are at work at once, each from the first start in it to its end --- */

static struct lane *lane_of_item(struct sched *sched, const struct node *item)
{
	uint32_t lane = lane_in(sched, sched->steps[item->step->index].item_lane, item->instance);

	return lane == WF_NONE ? NULL : &sched->lanes.v[lane];
}

/* What it calls, and what cleans up, may come when the item has ended. */
static const struct instance *counted_in(const struct sched *sched, uint32_t node)
{
	const struct node *plan_node = sched_node(sched, node);
	const struct instance *at = plan_node->instance;

	return at && !plan_node->step->within && at->item->is_finally == plan_node->is_finally
		       ? at
		       : NULL;
}

/* Of an item around it that may not begin yet; NULL: none. */
static struct lane *closed_lane(struct sched *sched, uint32_t node)
{
	const struct instance *at = counted_in(sched, node);

	for (; at; at = at->outer) {
		struct lane *lane = lane_of_item(sched, at->item);

		if (lane && !sched->slots.v[at->item->index].is_open && lane->used >= lane->limit)
			return lane;
	}
	return NULL;
}

static void wake_all(struct sched *sched, struct lane *lane)
{
	while (lane->parked.nodes.n)
		heap_push(&sched->queue, sched->plan, heap_pop(&lane->parked, sched->plan));
}

/* What else is in it need not wait any more. */
static void open_items(struct sched *sched, uint32_t node)
{
	const struct instance *at = counted_in(sched, node);

	for (; at; at = at->outer) {
		struct lane *lane = lane_of_item(sched, at->item);
		struct slot *slot = &sched->slots.v[at->item->index];

		if (!lane || slot->is_open)
			continue;
		slot->is_open = true;
		lane->used++;
		wake_all(sched, lane);
	}
}

void turns_close(struct sched *sched, uint32_t node)
{
	struct lane *lane = lane_of_item(sched, sched_node(sched, node));

	sched->slots.v[node].is_open = false;
	lane->used--;
	wake_all(sched, lane);
}

static void hold(struct sched *sched, uint32_t node, const uint32_t *lanes)
{
	const struct step_lanes *needs = needs_of(sched, node);
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (lanes[i] != WF_NONE)
			sched->lanes.v[lanes[i]].used++;
	sched->slots_used += needs->slots;
	sched->n_running++;
	sched->is_exclusive_running = needs->exclusive;
	sched->slots.v[node].state = NODE_RUNNING;
	open_items(sched, node);
}

void turns_give_back(struct sched *sched, uint32_t node)
{
	const struct step_lanes *needs = needs_of(sched, node);
	uint32_t own[LANES_OF_STEP];
	const uint32_t *lanes = lanes_of(sched, node, own);
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (lanes[i] != WF_NONE)
			sched->lanes.v[lanes[i]].used--;
	sched->slots_used -= needs->slots;
	sched->n_running--;
	if (needs->exclusive)
		sched->is_exclusive_running = false;
	wake_lanes(sched, lanes, NULL);
}

bool sched_next_start(struct sched *sched, uint32_t *node)
{
	while (sched->queue.nodes.n) {
		uint32_t top = sched->queue.nodes.v[0];
		uint32_t own[LANES_OF_STEP];
		const uint32_t *lanes;
		struct lane *lane;

		if (sched->slots.v[top].state != NODE_QUEUED) {
			heap_pop(&sched->queue, sched->plan);
			continue;
		}
		lanes = lanes_of(sched, top, own);
		lane = lacking_lane(sched, lanes);
		if (!lane)
			lane = closed_lane(sched, top);
		if (!lane && !has_room(sched, needs_of(sched, top)))
			return false;
		heap_pop(&sched->queue, sched->plan);
		if (lane) {
			heap_push(&lane->parked, sched->plan, top);
			wake_lanes(sched, lanes, lane);
			continue;
		}
		hold(sched, top, lanes);
		*node = top;
		return true;
	}
	return false;
}

void sched_release(struct sched *sched, uint32_t node)
{
	if (sched->slots.v[node].state != NODE_RUNNING)
		BUG("node %u released in state %d", node, sched->slots.v[node].state);
	turns_give_back(sched, node);
	sched->slots.v[node].state = NODE_RELEASED;
}

uint32_t sched_running(const struct sched *sched)
{
	return sched->n_running;
}

uint32_t sched_slots_free(const struct sched *sched)
{
	return sched->limits.jobs - sched->slots_used;
}
