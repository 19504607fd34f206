/*
 * The inside of a scheduler: sched.c counts what each node waits for, turns.c hands out what they need
 * to run.
 */
#ifndef EVENT_SCHED_IMPL_H
#define EVENT_SCHED_IMPL_H

#include "base/vec.h"
#include "event/heap_impl.h"
#include "event/sched.h"

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
	bool blocks; /* hears of a failure */
};

struct slot { /* of one node */
	uint32_t n_waiting, waiters, blocked_by;
	uint8_t state;	 /* enum node_state */
	bool is_over;	 /* nothing of it and in it starts any more */
	bool is_open;	 /* an item that is a group: something of it has been started */
	bool is_blocked; /* something it depends on did not pass, or its siblings stop */
};

/* What ends early: the graph with the first failure, handlers too with a cancel, then the rest. */
enum node_class { CLASS_GRAPH, CLASS_HANDLER, CLASS_FINALLY, NODE_CLASSES };

/* Something of which only so many nodes may hold one at a time. What stands in items of a foreach has one
 * in each of them. */
struct lane {
	uint32_t limit, used;
	struct node_heap parked;
	VEC(uint32_t) inside; /* by the number of an instance: its lane; 0: it has none yet */
};

/* Of the terminal, of the step's pool, of its foreach, of the groups around it. */
enum { LANE_CONSOLE = 0, LANE_EACH = 2, LANE_GROUPS = 3, LANES_OF_STEP = 11 };

struct step_lanes {
	uint32_t lane[LANES_OF_STEP];  /* indices, or WF_NONE; outside of all instances */
	uint32_t group[LANES_OF_STEP]; /* from LANE_GROUPS on: whose it is, by index of its step */
	uint32_t group_lane;	       /* of a group: that of the steps in it, or WF_NONE */
	uint32_t item_lane;	       /* of a foreach over a group: of its items, or WF_NONE */
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
	uint8_t n_stopped; /* classes of which nothing more starts: those below this one */
	bool is_exclusive_running, is_finally_open;
};

static inline const struct node *sched_node(const struct sched *sched, uint32_t node)
{
	return sched->plan->nodes.v[node];
}

static inline enum node_class sched_class(const struct sched *sched, uint32_t node)
{
	const struct node *plan_node = sched_node(sched, node);

	if (plan_node->is_finally)
		return CLASS_FINALLY;
	return plan_node->step->within ? CLASS_HANDLER : CLASS_GRAPH;
}

/* The gates of a group, or of a file. */
static inline bool sched_is_of_gates(const struct sched *sched, uint32_t node)
{
	enum step_role role = (enum step_role)sched_node(sched, node)->step->role;

	return role == ROLE_REQUIRES || role == ROLE_ENSURES;
}

/* --- turns.c --- */

void turns_init(struct sched *sched);
void turns_release(struct sched *sched);
/* Takes back what a running node holds. */
void turns_give_back(struct sched *sched, uint32_t node);
/* An item that is a group, of which something was started, has ended: the next one may begin. */
void turns_close(struct sched *sched, uint32_t node);
/* It, or a group that it stands in, is over. */
bool turns_is_over(const struct sched *sched, uint32_t node);
/* It is not to run: it comes with the next sched_next_stopped(). */
void turns_stop(struct sched *sched, uint32_t node);

#endif
