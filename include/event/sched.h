/*
 * What to start next. "Ready" means ready to be judged: a node whose dependencies are done is handed
 * out at once, whatever runs; one that has to execute then queues for slots, pools and exclusivity,
 * the longest remaining path first (then the order of the file). Pure: no process, no clock.
 */
#ifndef EVENT_SCHED_H
#define EVENT_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/status.h"
#include "plan/plan.h"

struct sched;

struct sched_limits {
	uint32_t jobs; /* -j: slots in all; a step with more slots than that takes them all */
	uint32_t max_parallel; /* of the workflow, 0: none */
	bool keep_going;       /* other branches go on after a failure */
};

struct sched *sched_new(const struct plan *plan, const struct sched_limits *limits);
void sched_free(struct sched *sched);

/* Nodes were appended to the plan (plan_expand): their group waits for them. */
void sched_grow(struct sched *sched);

/* A node to judge: its dependencies are done. *blocked_by gets the node that did not pass, or
 * WF_NONE. False when none is ready now. `finally` nodes come when all others are done.
 *
 * A NODE_GROUP comes when all that is in it is done, and is never enqueued: sched_done().
 *
 * A NODE_FOREACH is never enqueued. One that is not expanded comes when what it depends on is done:
 * plan_expand() and sched_grow(), or sched_done() where that is not to be. Expanded, it comes when
 * its items are done, blocked_by the first that did not pass: sched_done(). */
bool sched_next_ready(struct sched *sched, uint32_t *node, uint32_t *blocked_by);
/* Judged: it has to execute and waits for its turn. */
void sched_enqueue(struct sched *sched, uint32_t node);
/* The next to start with what is free now; it holds its slots until sched_done(). */
bool sched_next_start(struct sched *sched, uint32_t *node);
/* A node that was started waits (a retry's delay): gives its slots back; enqueue it again later. */
void sched_release(struct sched *sched, uint32_t node);
/* Ended, or needed no execution. Frees what it held and readies what waited for it. Passed is
 * STEP_PASSED, and STEP_SKIPPED of a node that was not blocked (its own `if`). */
void sched_done(struct sched *sched, uint32_t node, enum step_status status);

/* It is about to be ended as skipped for the failure of this one: those that wait for it hear of it as
 * if it had waited for it itself. */
void sched_block(struct sched *sched, uint32_t node, uint32_t by);

/* No more starts of this node and of what is in it: as after sched_stop(), for these alone. */
void sched_stop_below(struct sched *sched, uint32_t node);
/* Is there one in this group that sched_next_ready() would hand out? */
bool sched_has_ready_below(const struct sched *sched, uint32_t group);

/* No more starts (failed without keep_going), but of handlers and `finally`: every node that has not started is
 * handed out by sched_next_stopped(), in the order of the graph, to be reported as skipped or
 * cancelled and ended with sched_done(). One that is just being judged, or was released, comes when
 * it is enqueued. */
void sched_stop(struct sched *sched);
/* The same, and handlers do not run either: cancelled. `finally` still does. */
void sched_cancel(struct sched *sched);
/* The same, and `finally` does not run either. */
void sched_abandon(struct sched *sched);
/* Also hands out what a failed item of a foreach with stop_on_failure leaves in the queue, so ask
 * after every sched_done(). */
bool sched_next_stopped(struct sched *sched, uint32_t *node);
/* The node for whose failure this one is not to run, or WF_NONE. */
uint32_t sched_blocked_by(const struct sched *sched, uint32_t node);

bool sched_is_finished(const struct sched *sched);
uint32_t sched_running(const struct sched *sched); /* nodes that hold slots */
uint32_t sched_slots_free(const struct sched *sched);

#endif
