/*
 * The ways a run ends before its time: a failure, a signal, its timeout; and the last sweep.
 *
 * Under `git wf` git forwards each signal to us, so one Ctrl-C arrives twice: what our parent sends, or
 * what comes within 300 ms of the last, is the same press.
 */
#include <signal.h>
#include <unistd.h>

#include "engine_impl.h"

#include "scope_impl.h"
#include "sys/clock.h"

#define SAME_PRESS_MS 300
#define SWEEP_ROUNDS  50
#define STUCK_ROUNDS  3 /* in which KILL did nothing for a second */

static const char *signal_word(int signo)
{
	switch (signo) {
	case SIGINT: return "SIGINT";
	case SIGTERM: return "SIGTERM";
	case SIGHUP: return "SIGHUP";
	default: return "a signal";
	}
}

void stop_end_running(struct engine *engine)
{
	/* Backwards: requeueing takes an execution out of the list. */
	for (size_t i = engine->running.n; i-- > 0;) {
		struct execution *execution = engine->running.v[i];

		if (execution->pid) {
			execution->was_cancelled |= !execution->is_reaped;
			attempt_terminate(execution);
		}
	}
}

bool stop_reaches(const struct engine *engine, const struct node *node)
{
	if (engine->is_abandoned || engine->is_pausing)
		return true;
	if (node->is_finally)
		return false;
	return node->step->within ? engine->is_cancelled : engine->is_stopping;
}

static void requeue_waiting(struct engine *engine)
{
	for (size_t i = engine->running.n; i-- > 0;) {
		struct execution *execution = engine->running.v[i];

		/* One whose gates are checked has no process either. */
		if (loop_timer_is_running(&execution->retry) &&
		    stop_reaches(engine, execution->node))
			attempt_requeue(execution);
	}
}

void stop_begin(struct engine *engine, bool cancel, int signo, const char *by)
{
	struct event event;

	if (!engine->is_stopping) {
		engine->is_stopping = true;
		sched_stop(engine->sched);
		requeue_waiting(engine);
		waits_drop(engine);
	}
	if (!cancel || engine->is_cancelled)
		return;
	engine->is_cancelled = true;
	engine->n_cancels++;
	sched_cancel(engine->sched);
	requeue_waiting(engine);
	waits_drop(engine);
	engine->signal = signo;
	scope_set_cancelled(engine->session->scope, true);
	event = event_of(engine, EV_RUN_CANCEL, NULL);
	event.signal = signo;
	event.text = by;
	emit(engine, &event);
	stop_end_running(engine);
}

void stop_pause(struct engine *engine, const char *by)
{
	if (engine->is_stopping)
		return;
	engine->is_stopping = engine->is_pausing = true;
	emit_note(engine, NULL, "pausing (%s): what runs is waited for, nothing more starts", by);
	sched_abandon(engine->sched);
	requeue_waiting(engine);
	waits_drop(engine);
}

static void kill_running(struct engine *engine)
{
	engine->is_abandoned = true;
	engine->n_cancels++;
	sched_abandon(engine->sched);
	requeue_waiting(engine); /* of `finally`: not another try either */
	waits_drop(engine);
	for (size_t i = engine->running.n; i-- > 0;) {
		engine->running.v[i]->was_cancelled |= !engine->running.v[i]->is_reaped;
		attempt_kill(engine->running.v[i]);
	}
}

static void on_signal(struct loop *loop UNUSED, const struct loop_signal *got, void *data)
{
	struct engine *engine = data;
	uint64_t last = engine->signal_ms;

	engine->signal_ms = got->at_ms;
	if (!engine->is_cancelled) {
		stop_begin(engine, true, got->signo, signal_word(got->signo));
		return;
	}
	if (got->at_ms - last < SAME_PRESS_MS || got->sender_pid == getppid())
		return;
	kill_running(engine);
}

static void on_continued(struct loop *loop UNUSED, const struct loop_signal *got UNUSED, void *data)
{
	struct engine *engine = data;

	for (size_t i = 0; i < engine->n_sinks; i++)
		if (engine->sinks[i]->on_continue)
			engine->sinks[i]->on_continue(engine->sinks[i]->data);
	prompt_redraw(engine);
}

int stop_watch_signals(struct engine *engine, struct err *err)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (loop_watch_signal(engine->loop, signals[i], on_signal, engine, err) < 0)
			return -1;
	}
	return loop_watch_signal(engine->loop, SIGCONT, on_continued, engine, err);
}

void stop_find_foreign(struct engine *engine)
{
	struct tree_list list = { 0 };

	tree_find_escaped(NULL, 0, NULL, &list);
	for (size_t i = 0; i < list.processes.n; i++)
		vec_push(&engine->foreign, list.processes.v[i].pid);
	tree_list_release(&list);
}

/* Every orphan of a step has become our child, also one that emptied its environment. While they are
 * ended they may start others, and one that ended while we looked may have done so: hence again, until
 * nobody is there. */
void stop_sweep(struct engine *engine)
{
	uint64_t grace = engine->options->grace_ms ? engine->options->grace_ms : GRACE_MS;
	size_t n_ended = 0, n_alive = 0, n_stuck = 0;

	if (!engine->run_id || !engine->has_folder)
		return;
	for (int round = 0; round < SWEEP_ROUNDS; round++) {
		struct tree_list left = { 0 };
		size_t n_seen, n;

		tree_find_escaped(engine->foreign.v, engine->foreign.n, NULL, &left);
		n_seen = left.processes.n;
		tree_reap_ended(&left);
		n = left.processes.n;
		n_alive = n ? tree_kill_all(&left, round ? 0 : grace) : 0;
		n_ended += n - n_alive;
		tree_list_release(&left);
		n_stuck += n_alive > 0;
		if (n_seen == 0 || n_stuck == STUCK_ROUNDS)
			break;
	}
	if (n_ended)
		emit_note(engine, NULL,
			  n_ended == 1 ? "ended %zu process that a step left running"
				       : "ended %zu processes that steps left running",
			  n_ended);
	if (n_alive)
		emit_note(engine, NULL, "%zu processes could not be ended", n_alive);
}
