/*
 * Executions as the engine keeps them: by node from the verdict on, and in the list of those that have a
 * process or wait for a retry.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/xalloc.h"
#include "printed_impl.h"
#include "sys/tty.h"

static void list_remove(struct engine *engine, struct execution *execution)
{
	for (size_t i = 0; i < engine->running.n; i++) {
		if (engine->running.v[i] == execution) {
			engine->running.v[i] = vec_pop(&engine->running);
			return;
		}
	}
}

static void set_by_node(struct engine *engine, uint32_t node, struct execution *execution)
{
	while (engine->by_node.n <= node)
		vec_push(&engine->by_node, NULL);
	engine->by_node.v[node] = execution;
}

struct execution *execution_new(struct engine *engine, const struct node *node,
				struct judged *judged, struct arena *arena)
{
	struct execution *execution = xcalloc(1, sizeof *execution);

	execution->engine = engine;
	execution->node = node;
	execution->judged = *judged;
	execution->arena = *arena;
	execution->attempts = node->step->retry ? node->step->retry->attempts : 1;
	execution->wants_stdout = bitset_has(&engine->session->stdout_readers, node->step->index);
	execution->out.fd = execution->errs.fd = -1;
	execution->log.fd = execution->printed.fd = -1;
	memset(judged, 0, sizeof *judged);
	memset(arena, 0, sizeof *arena);
	lookup_ready(execution);
	set_by_node(engine, node->index, execution);
	return execution;
}

void attempts_queue(struct engine *engine, const struct node *node, struct judged *judged,
		    struct arena *arena)
{
	execution_new(engine, node, judged, arena);
	engine->n_queued++;
	sched_enqueue(engine->sched, node->index);
}

void execution_free(struct execution *execution)
{
	struct engine *engine = execution->engine;

	dialog_close(execution);
	loop_stop_timer(engine->loop, &execution->timeout);
	loop_stop_timer(engine->loop, &execution->kill);
	loop_stop_timer(engine->loop, &execution->drain);
	loop_stop_timer(engine->loop, &execution->retry);
	capture_release(&execution->out);
	capture_release(&execution->errs);
	capture_log_close(&execution->log);
	printed_end(execution);
	outcome_made_release(&execution->gating.made);
	err_release(&execution->log.err);
	err_release(&execution->start_err);
	tree_list_release(&execution->escaped);
	if (execution->judged.has_facts)
		facts_release(&execution->judged.gathered);
	vec_release(&execution->judged.decision.reasons.list);
	arena_release(&execution->arena);
	free(execution);
}

void execution_end_lingering(struct execution *execution)
{
	struct engine *engine = execution->engine;

	if (execution->out.fd >= 0 || execution->errs.fd >= 0)
		return;
	for (size_t i = 0; i < engine->lingering.n; i++) {
		if (engine->lingering.v[i] != execution)
			continue;
		engine->lingering.v[i] = vec_pop(&engine->lingering);
		execution_free(execution);
		return;
	}
}

void attempt_requeue(struct execution *execution)
{
	loop_stop_timer(execution->engine->loop, &execution->retry);
	list_remove(execution->engine, execution);
	execution->engine->n_queued++;
	sched_enqueue(execution->engine->sched, execution->node->index);
}

void execution_leave_running(struct execution *execution)
{
	list_remove(execution->engine, execution);
}

void execution_leave_terminal(const struct execution *execution)
{
	if (execution->node->step->console && tty_is_terminal(STDIN_FILENO))
		tty_take_foreground(STDIN_FILENO);
}

/* Frees the slots of the execution and takes it out of the engine. */
void execution_forget(struct execution *execution)
{
	struct engine *engine = execution->engine;

	list_remove(engine, execution);
	engine->by_node.v[execution->node->index] = NULL;
	tokens_give(engine, execution->node->step->slots);
	execution_leave_terminal(execution);
}
