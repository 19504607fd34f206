/*
 * The scheduler: counts what each node still waits for. What is ready is handed out to be judged; what
 * has to execute then queues in turns.c.
 */
#include "event/sched.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/xalloc.h"
#include "event/sched_impl.h"

/* --- who waits for whom --- */

static void make_ready(struct sched *sched, uint32_t node)
{
	const struct node *plan_node = sched_node(sched, node);

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

static void wait_for(struct sched *sched, uint32_t node, uint32_t from, bool blocks)
{
	struct slot *slot = &sched->slots.v[node], *other = &sched->slots.v[from];

	if (other->state == NODE_ABSENT)
		return;
	if (other->state == NODE_DONE) {
		if (blocks && other->is_blocked && !slot->is_blocked) {
			slot->is_blocked = true;
			slot->blocked_by = from;
		}
		return;
	}
	vec_push(&sched->waiters, ((struct waiter){ node, other->waiters, blocks }));
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

		vec_push(
			&sched->slots,
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
				wait_for(sched, i, plan->nodes.v[i]->deps.v[d].from,
					 !plan->nodes.v[i]->deps.v[d].is_inherited);
}

static void open_finally(struct sched *sched)
{
	uint32_t i;

	if (sched->is_finally_open || sched->n_graph_left)
		return;
	sched->is_finally_open = true;
	for (i = 0; i < sched->slots.n; i++)
		if (sched_node(sched, i)->is_finally && !sched->slots.v[i].n_waiting)
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
	turns_init(sched);
	slots_add(sched, 0);
	for (i = 0; i < sched->slots.n; i++)
		if (!sched->slots.v[i].n_waiting)
			make_ready(sched, i);
	open_finally(sched);
	return sched;
}

void sched_free(struct sched *sched)
{
	if (!sched)
		return;
	turns_release(sched);
	heap_release(&sched->ready);
	heap_release(&sched->queue);
	vec_release(&sched->slots);
	vec_release(&sched->waiters);
	vec_release(&sched->stopped);
	free(sched);
}

/* A foreach that was just expanded waits again, for its items this time. */
static void regroup(struct sched *sched, uint32_t group)
{
	const struct node *node = sched_node(sched, group);
	struct slot *slot = &sched->slots.v[group];
	size_t d;

	if (slot->state != NODE_HANDED)
		return;
	slot->state = NODE_WAITING;
	for (d = 0; d < node->deps.n; d++)
		if (node->deps.v[d].kind == EDGE_ITEM)
			wait_for(sched, group, node->deps.v[d].from, true);
	if (!slot->n_waiting)
		make_ready(sched, group);
}

void sched_grow(struct sched *sched)
{
	uint32_t first = (uint32_t)sched->slots.n, i;

	slots_add(sched, first);
	for (i = first; i < sched->slots.n; i++) {
		if (sched->slots.v[i].state != NODE_WAITING)
			continue;
		if (sched_class(sched, i) < sched->n_stopped || turns_is_over(sched, i))
			turns_stop(sched, i);
		else if (!sched->slots.v[i].n_waiting)
			make_ready(sched, i);
	}
	for (i = 0; i < first; i++)
		if (sched->slots.v[i].state == NODE_HANDED &&
		    sched_node(sched, i)->kind == NODE_FOREACH && sched_node(sched, i)->is_expanded)
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

/* --- ends --- */

/* The other items of a foreach that is over with its first failure, and what is in them. */
static void stop_siblings(struct sched *sched, uint32_t node)
{
	const struct node *failed = sched_node(sched, node);
	uint32_t i;

	if (failed->group == WF_NONE || !failed->step->foreach ||
	    !failed->step->foreach->stop_on_failure)
		return;
	for (i = failed->group; i < sched->slots.n; i++) {
		struct slot *slot = &sched->slots.v[i];

		if (is_settled(slot) || slot->state == NODE_RUNNING ||
		    slot->blocked_by != WF_NONE ||
		    !plan_is_in(sched->plan, sched_node(sched, i), failed->group))
			continue;
		slot->is_blocked = true;
		slot->blocked_by = node;
		if (slot->state == NODE_QUEUED)
			turns_stop(sched, i);
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
		if (sched->waiters.v[w].blocks && done->is_blocked && !slot->is_blocked) {
			slot->is_blocked = true;
			slot->blocked_by = node;
		}
		if (!--slot->n_waiting)
			make_ready(sched, waiting);
	}
	done->waiters = WF_NONE;
}

void sched_block(struct sched *sched, uint32_t node, uint32_t by)
{
	struct slot *slot = &sched->slots.v[node];

	slot->is_blocked = true;
	slot->blocked_by = by;
}

void sched_done(struct sched *sched, uint32_t node, enum step_status status)
{
	struct slot *slot = &sched->slots.v[node];
	bool was_stopped = slot->state == NODE_STOPPED;

	if (is_settled(slot))
		BUG("node %u done twice", node);
	if (slot->state == NODE_RUNNING)
		turns_give_back(sched, node);
	if (slot->is_open)
		turns_close(sched, node);
	slot->state = NODE_DONE;
	/* From here on "blocked" says to those that wait that this one did not pass. One that is blocked
	 * but ran all the same (`if: always()`) counts by how it ended. */
	slot->is_blocked = status != STEP_PASSED &&
			   (status != STEP_SKIPPED || slot->blocked_by != WF_NONE || was_stopped);
	if (status == STEP_FAILED)
		stop_siblings(sched, node);
	settle_waiters(sched, node);
	if (sched_node(sched, node)->is_finally)
		sched->n_finally_left--;
	else
		sched->n_graph_left--;
	open_finally(sched);
}

/* --- stopping --- */

static bool can_be_stopped(const struct sched *sched, uint32_t node, enum node_class class)
{
	const struct node *plan_node = sched_node(sched, node);
	enum node_state state = sched->slots.v[node].state;

	if (sched_class(sched, node) != class)
		return false;
	/* It ends when its items have. */
	if (plan_node->kind != NODE_STEP && plan_node->is_expanded)
		return false;
	return state == NODE_WAITING || state == NODE_READY || state == NODE_QUEUED;
}

static void stop_class(struct sched *sched, enum node_class class)
{
	struct arena arena = { 0 };
	uint32_t *order;
	size_t n, i;

	plan_topological(sched->plan, &arena, &order, &n);
	for (i = 0; i < n; i++)
		if (can_be_stopped(sched, order[i], class))
			turns_stop(sched, order[i]);
	arena_release(&arena);
}

void sched_stop_below(struct sched *sched, uint32_t node)
{
	uint32_t i;

	sched->slots.v[node].is_over = true;
	for (i = 0; i < sched->slots.n; i++) {
		const struct node *other = sched_node(sched, i);

		/* What a race ensures is asked when it is decided; else its steps block it. */
		if (other->parent == node && sched_is_of_gates(sched, i))
			continue;
		if ((i == node || plan_is_in(sched->plan, other, node)) &&
		    can_be_stopped(sched, i, sched_class(sched, node)))
			turns_stop(sched, i);
	}
}

bool sched_has_ready_below(const struct sched *sched, uint32_t group)
{
	size_t i;

	for (i = 0; i < sched->ready.nodes.n; i++) {
		uint32_t node = sched->ready.nodes.v[i];

		if (sched->slots.v[node].state == NODE_READY &&
		    plan_is_in(sched->plan, sched_node(sched, node), group))
			return true;
	}
	return false;
}

static void stop_up_to(struct sched *sched, enum node_class class)
{
	while (sched->n_stopped <= class)
		stop_class(sched, sched->n_stopped++);
}

void sched_stop(struct sched *sched)
{
	stop_up_to(sched, CLASS_GRAPH);
}

void sched_cancel(struct sched *sched)
{
	stop_up_to(sched, CLASS_HANDLER);
}

void sched_abandon(struct sched *sched)
{
	stop_up_to(sched, CLASS_FINALLY);
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
