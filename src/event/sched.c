/*
 * The scheduler: counts what each node still waits for, and hands out turns. A node that lacks slots
 * holds up those behind it, so that wide and exclusive steps are not starved; one that lacks a pool,
 * the terminal or its foreach's share is set aside until that is given back.
 */
#include "event/sched.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/xalloc.h"
#include "event/heap_impl.h"

enum node_state {
	NODE_ABSENT, /* not selected: as good as done */
	NODE_WAITING,
	NODE_READY,
	NODE_HANDED, /* being judged */
	NODE_QUEUED,
	NODE_STOPPED, /* queued to be reported as not run */
	NODE_RUNNING,
	NODE_RELEASED,
	NODE_DONE,
};

struct waiter { /* a list of those that wait for a node */
	uint32_t node, next;
};

struct slot { /* of one node */
	uint32_t n_waiting, waiters, blocked_by;
	uint8_t state; /* enum node_state */
	bool is_blocked; /* something it depends on did not pass, or its siblings stop */
};

/* Something of which only so many nodes may hold one at a time. */
struct lane {
	uint32_t limit, used;
	struct node_heap parked;
};

enum { LANE_CONSOLE = 0, LANES_OF_STEP = 3 };

struct step_lanes {
	uint32_t lane[LANES_OF_STEP]; /* indices, or WF_NONE */
	uint32_t slots;
	bool exclusive;
};

struct sched {
	const struct plan *plan;
	struct sched_limits limits;
	VEC(struct slot) slots;
	VEC(struct waiter) waiters;
	struct step_lanes *steps;
	VEC(struct lane) lanes;
	struct node_heap ready, queue;
	VEC(uint32_t) stopped;
	size_t next_stopped;
	size_t n_graph_left, n_finally_left;
	uint32_t n_running, slots_used;
	bool is_exclusive_running, is_stopped, is_abandoned, is_finally_open;
};

/* --- what a step needs to run --- */

static uint32_t lane_add(struct sched *sched, uint32_t limit)
{
	vec_push(&sched->lanes, ((struct lane){ .limit = limit }));
	return (uint32_t)sched->lanes.n - 1;
}

/* Lane of a step's pool; the first lanes after the terminal's are the pools in their order. */
static uint32_t pool_lane(const struct workflow *wf, const struct strmap *pools,
			  const struct step *step)
{
	const struct pool *pool = step->pool.name ? strmap_get(pools, step->pool.name) : NULL;

	return pool ? (uint32_t)(LANE_CONSOLE + 1 + (pool - wf->pools)) : (uint32_t)WF_NONE;
}

static void steps_init(struct sched *sched)
{
	const struct workflow *wf = sched->plan->wf;
	struct strmap pools = { 0 };
	size_t i;

	lane_add(sched, 1);
	for (i = 0; i < wf->n_pools; i++) {
		lane_add(sched, wf->pools[i].limit ? wf->pools[i].limit : 1);
		strmap_put(&pools, wf->pools[i].name, &wf->pools[i]);
	}
	sched->steps = xcalloc(wf->n_steps ? wf->n_steps : 1, sizeof *sched->steps);
	for (i = 0; i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];
		struct step_lanes *needs = &sched->steps[i];
		const struct foreach *each = step->foreach;

		needs->lane[0] = step->console ? (uint32_t)LANE_CONSOLE : (uint32_t)WF_NONE;
		needs->lane[1] = pool_lane(wf, &pools, step);
		needs->lane[2] = each && each->max_parallel ? lane_add(sched, each->max_parallel) :
							      (uint32_t)WF_NONE;
		needs->slots = step->slots ? step->slots : 1;
		if (needs->slots > sched->limits.jobs)
			needs->slots = sched->limits.jobs;
		needs->exclusive = step->exclusive;
	}
	strmap_release(&pools);
}

static const struct node *node_at(const struct sched *sched, uint32_t node)
{
	return sched->plan->nodes.v[node];
}

static struct step_lanes *needs_of(const struct sched *sched, uint32_t node)
{
	return &sched->steps[node_at(sched, node)->step->index];
}

/* --- who waits for whom --- */

static void make_ready(struct sched *sched, uint32_t node)
{
	const struct node *plan_node = node_at(sched, node);

	if (plan_node->is_finally && !sched->is_finally_open)
		return;
	/* After a stop only foreaches with items still come this way: their items decide. */
	if (sched->slots.v[node].state != NODE_WAITING)
		return;
	sched->slots.v[node].state = NODE_READY;
	heap_push(&sched->ready, sched->plan, node);
}

static bool is_settled(const struct slot *slot)
{
	return slot->state == NODE_DONE || slot->state == NODE_ABSENT;
}

static void wait_for(struct sched *sched, uint32_t node, uint32_t from)
{
	struct slot *slot = &sched->slots.v[node], *other = &sched->slots.v[from];

	if (other->state == NODE_ABSENT)
		return;
	if (other->state == NODE_DONE) {
		if (other->is_blocked && !slot->is_blocked) {
			slot->is_blocked = true;
			slot->blocked_by = from;
		}
		return;
	}
	vec_push(&sched->waiters, ((struct waiter){ node, other->waiters }));
	other->waiters = (uint32_t)sched->waiters.n - 1;
	slot->n_waiting++;
}

static void slots_add(struct sched *sched, uint32_t first)
{
	const struct plan *plan = sched->plan;
	uint32_t i;
	size_t d;

	vec_reserve(&sched->slots, plan->nodes.n - first);
	for (i = first; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		vec_push(&sched->slots,
			 ((struct slot){ .waiters = WF_NONE,
					 .blocked_by = WF_NONE,
					 .state = node->is_selected ? NODE_WAITING : NODE_ABSENT }));
		if (node->is_selected && node->is_finally)
			sched->n_finally_left++;
		else if (node->is_selected)
			sched->n_graph_left++;
	}
	for (i = first; i < plan->nodes.n; i++)
		if (plan->nodes.v[i]->is_selected)
			for (d = 0; d < plan->nodes.v[i]->deps.n; d++)
				wait_for(sched, i, plan->nodes.v[i]->deps.v[d].from);
}

static void open_finally(struct sched *sched)
{
	uint32_t i;

	if (sched->is_finally_open || sched->n_graph_left)
		return;
	sched->is_finally_open = true;
	for (i = 0; i < sched->slots.n; i++)
		if (node_at(sched, i)->is_finally && !sched->slots.v[i].n_waiting)
			make_ready(sched, i);
}

struct sched *sched_new(const struct plan *plan, const struct sched_limits *limits)
{
	struct sched *sched = xcalloc(1, sizeof *sched);
	uint32_t i;

	sched->plan = plan;
	sched->limits = *limits;
	if (!sched->limits.jobs)
		sched->limits.jobs = 1;
	steps_init(sched);
	slots_add(sched, 0);
	for (i = 0; i < sched->slots.n; i++)
		if (!sched->slots.v[i].n_waiting)
			make_ready(sched, i);
	open_finally(sched);
	return sched;
}

void sched_free(struct sched *sched)
{
	size_t i;

	if (!sched)
		return;
	for (i = 0; i < sched->lanes.n; i++)
		heap_release(&sched->lanes.v[i].parked);
	vec_release(&sched->lanes);
	heap_release(&sched->ready);
	heap_release(&sched->queue);
	vec_release(&sched->slots);
	vec_release(&sched->waiters);
	vec_release(&sched->stopped);
	free(sched->steps);
	free(sched);
}

/* A foreach that was just expanded waits again, for its items this time. */
static void regroup(struct sched *sched, uint32_t group)
{
	const struct node *node = node_at(sched, group);
	struct slot *slot = &sched->slots.v[group];
	size_t d;

	if (slot->state != NODE_HANDED)
		return;
	slot->state = NODE_WAITING;
	for (d = 0; d < node->deps.n; d++)
		if (node->deps.v[d].kind == EDGE_ITEM)
			wait_for(sched, group, node->deps.v[d].from);
	if (!slot->n_waiting)
		make_ready(sched, group);
}

static void stop_node(struct sched *sched, uint32_t node)
{
	struct slot *slot = &sched->slots.v[node];

	slot->state = NODE_STOPPED;
	vec_push(&sched->stopped, node);
}

void sched_grow(struct sched *sched)
{
	uint32_t first = (uint32_t)sched->slots.n, i;

	slots_add(sched, first);
	for (i = first; i < sched->slots.n; i++) {
		if (sched->slots.v[i].state != NODE_WAITING)
			continue;
		if (sched->is_stopped)
			stop_node(sched, i);
		else if (!sched->slots.v[i].n_waiting)
			make_ready(sched, i);
	}
	for (i = 0; i < first; i++)
		if (sched->slots.v[i].state == NODE_HANDED && node_at(sched, i)->kind == NODE_FOREACH &&
		    node_at(sched, i)->is_expanded)
			regroup(sched, i);
}

bool sched_next_ready(struct sched *sched, uint32_t *node, uint32_t *blocked_by)
{
	while (sched->ready.nodes.n) {
		uint32_t next = heap_pop(&sched->ready, sched->plan);

		if (sched->slots.v[next].state != NODE_READY)
			continue;
		sched->slots.v[next].state = NODE_HANDED;
		*node = next;
		*blocked_by = sched->slots.v[next].blocked_by;
		return true;
	}
	return false;
}

uint32_t sched_blocked_by(const struct sched *sched, uint32_t node)
{
	return sched->slots.v[node].blocked_by;
}

/* --- turns --- */

static bool is_held_back(const struct sched *sched, uint32_t node)
{
	bool is_finally = node_at(sched, node)->is_finally;
	const struct slot *slot = &sched->slots.v[node];

	if (is_finally ? sched->is_abandoned : sched->is_stopped)
		return true;
	/* A sibling failed after this one was handed out. */
	return slot->blocked_by != WF_NONE && node_at(sched, node)->group != WF_NONE &&
	       node_at(sched, slot->blocked_by)->group == node_at(sched, node)->group;
}

void sched_enqueue(struct sched *sched, uint32_t node)
{
	struct slot *slot = &sched->slots.v[node];

	if (slot->state != NODE_HANDED && slot->state != NODE_RELEASED)
		BUG("node %u enqueued in state %d", node, slot->state);
	if (is_held_back(sched, node)) {
		stop_node(sched, node);
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

static struct lane *lacking_lane(struct sched *sched, const struct step_lanes *needs)
{
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++) {
		struct lane *lane =
			needs->lane[i] == WF_NONE ? NULL : &sched->lanes.v[needs->lane[i]];

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

static void wake_lanes(struct sched *sched, const struct step_lanes *needs, const struct lane *but)
{
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (needs->lane[i] != WF_NONE && &sched->lanes.v[needs->lane[i]] != but)
			lane_wake(sched, &sched->lanes.v[needs->lane[i]]);
}

static void hold(struct sched *sched, uint32_t node, const struct step_lanes *needs)
{
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (needs->lane[i] != WF_NONE)
			sched->lanes.v[needs->lane[i]].used++;
	sched->slots_used += needs->slots;
	sched->n_running++;
	sched->is_exclusive_running = needs->exclusive;
	sched->slots.v[node].state = NODE_RUNNING;
}

static void give_back(struct sched *sched, uint32_t node)
{
	struct step_lanes *needs = needs_of(sched, node);
	size_t i;

	for (i = 0; i < LANES_OF_STEP; i++)
		if (needs->lane[i] != WF_NONE)
			sched->lanes.v[needs->lane[i]].used--;
	sched->slots_used -= needs->slots;
	sched->n_running--;
	if (needs->exclusive)
		sched->is_exclusive_running = false;
	wake_lanes(sched, needs, NULL);
}

bool sched_next_start(struct sched *sched, uint32_t *node)
{
	while (sched->queue.nodes.n) {
		uint32_t top = sched->queue.nodes.v[0];
		const struct step_lanes *needs = needs_of(sched, top);
		struct lane *lane;

		if (sched->slots.v[top].state != NODE_QUEUED) {
			heap_pop(&sched->queue, sched->plan);
			continue;
		}
		lane = lacking_lane(sched, needs);
		if (!lane && !has_room(sched, needs))
			return false;
		heap_pop(&sched->queue, sched->plan);
		if (lane) {
			heap_push(&lane->parked, sched->plan, top);
			wake_lanes(sched, needs, lane);
			continue;
		}
		hold(sched, top, needs);
		*node = top;
		return true;
	}
	return false;
}

void sched_release(struct sched *sched, uint32_t node)
{
	if (sched->slots.v[node].state != NODE_RUNNING)
		BUG("node %u released in state %d", node, sched->slots.v[node].state);
	give_back(sched, node);
	sched->slots.v[node].state = NODE_RELEASED;
}

/* --- ends --- */

/* The other items of a foreach that is over with its first failure. */
static void stop_siblings(struct sched *sched, uint32_t node)
{
	const struct node *failed = node_at(sched, node), *group;
	uint32_t i;

	if (failed->group == WF_NONE || !failed->step->foreach ||
	    !failed->step->foreach->stop_on_failure)
		return;
	group = node_at(sched, failed->group);
	for (i = group->first_item; i < group->first_item + group->n_items; i++) {
		struct slot *slot = &sched->slots.v[i];

		if (is_settled(slot) || slot->state == NODE_RUNNING || slot->blocked_by != WF_NONE)
			continue;
		slot->is_blocked = true;
		slot->blocked_by = node;
		if (slot->state == NODE_QUEUED)
			stop_node(sched, i);
	}
}

static void settle_waiters(struct sched *sched, uint32_t node)
{
	struct slot *done = &sched->slots.v[node];
	uint32_t w, next;

	for (w = done->waiters; w != WF_NONE; w = next) {
		uint32_t waiting = sched->waiters.v[w].node;
		struct slot *slot = &sched->slots.v[waiting];

		next = sched->waiters.v[w].next;
		if (done->is_blocked && !slot->is_blocked) {
			slot->is_blocked = true;
			slot->blocked_by = node;
		}
		if (!--slot->n_waiting)
			make_ready(sched, waiting);
	}
	done->waiters = WF_NONE;
}

void sched_done(struct sched *sched, uint32_t node, enum step_status status)
{
	struct slot *slot = &sched->slots.v[node];
	bool was_stopped = slot->state == NODE_STOPPED;

	if (is_settled(slot))
		BUG("node %u done twice", node);
	if (slot->state == NODE_RUNNING)
		give_back(sched, node);
	slot->state = NODE_DONE;
	/* From here on "blocked" says to those that wait that this one did not pass. One that is blocked
	 * but ran all the same (`if: always()`) counts by how it ended. */
	slot->is_blocked = status != STEP_PASSED &&
			   (status != STEP_SKIPPED || slot->blocked_by != WF_NONE || was_stopped);
	if (status == STEP_FAILED)
		stop_siblings(sched, node);
	settle_waiters(sched, node);
	if (node_at(sched, node)->is_finally)
		sched->n_finally_left--;
	else
		sched->n_graph_left--;
	open_finally(sched);
}

/* --- stopping --- */

static bool can_be_stopped(const struct sched *sched, uint32_t node, bool is_finally)
{
	const struct node *plan_node = node_at(sched, node);
	enum node_state state = sched->slots.v[node].state;

	if (plan_node->is_finally != is_finally)
		return false;
	/* It ends when its items have. */
	if (plan_node->kind == NODE_FOREACH && plan_node->is_expanded)
		return false;
	return state == NODE_WAITING || state == NODE_READY || state == NODE_QUEUED;
}

static void stop_all(struct sched *sched, bool is_finally)
{
	struct arena arena = { 0 };
	uint32_t *order;
	size_t n, i;

	plan_topological(sched->plan, &arena, &order, &n);
	for (i = 0; i < n; i++)
		if (can_be_stopped(sched, order[i], is_finally))
			stop_node(sched, order[i]);
	arena_release(&arena);
}

void sched_stop(struct sched *sched)
{
	if (sched->is_stopped)
		return;
	sched->is_stopped = true;
	stop_all(sched, false);
}

void sched_abandon(struct sched *sched)
{
	sched_stop(sched);
	if (sched->is_abandoned)
		return;
	sched->is_abandoned = true;
	stop_all(sched, true);
}

bool sched_next_stopped(struct sched *sched, uint32_t *node)
{
	while (sched->next_stopped < sched->stopped.n) {
		uint32_t next = sched->stopped.v[sched->next_stopped++];

		if (sched->slots.v[next].state != NODE_STOPPED)
			continue;
		*node = next;
		return true;
	}
	return false;
}

/* --- questions --- */

bool sched_is_finished(const struct sched *sched)
{
	return !sched->n_graph_left && !sched->n_finally_left;
}

uint32_t sched_running(const struct sched *sched)
{
	return sched->n_running;
}

uint32_t sched_slots_free(const struct sched *sched)
{
	return sched->limits.jobs - sched->slots_used;
}
