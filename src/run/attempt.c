/*
 * An attempt from its start to the moment when it is over: the child is reaped and its output drained;
 * a pipe that something it left behind still holds is waited for shortly only.
 */
#include <signal.h>
#include <sys/wait.h>

#include "engine_impl.h"

#include "by_hand_impl.h"
#include "sys/clock.h"

#define LOOKAHEAD     8 /* judged nodes that wait for a slot, beyond -j */
#define GROUP_POLL_MS 20

static void on_timeout(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct execution *execution = data;

	execution->timed_out = true;
	attempt_terminate(execution);
}

/* A failed or ended attempt leaves nothing behind that the next one could trip over. */
static bool must_be_alone(const struct execution *execution)
{
	return execution->timed_out || execution->was_cancelled || !WIFEXITED(execution->status) ||
	       WEXITSTATUS(execution->status) != 0;
}

static void on_drained(struct loop *loop, struct loop_timer *timer, void *data)
{
	struct execution *execution = data;

	if (must_be_alone(execution)) {
		bool was_told = loop_timer_is_running(&execution->kill);

		if (was_told && attempt_has_left_something(execution)) {
			loop_start_timer(loop, timer, GROUP_POLL_MS, on_drained, execution);
			return; /* its grace is not over */
		}
		attempt_kill(execution);
	}
	capture_drain(&execution->out);
	capture_drain(&execution->errs);
	attempt_conclude(execution);
}

static void maybe_conclude(struct execution *execution)
{
	uint64_t wait_ms = DRAIN_GRACE_MS;

	if (!execution->is_reaped || execution->is_ended)
		return;
	if (execution->out.fd < 0 && execution->errs.fd < 0 && !must_be_alone(execution)) {
		attempt_conclude(execution);
		return;
	}
	if (must_be_alone(execution)) {
		if (!loop_timer_is_running(&execution->kill))
			attempt_terminate(execution); /* what a failed step left */
		wait_ms = 0;
	}
	if (!loop_timer_is_running(&execution->drain))
		loop_start_timer(execution->engine->loop, &execution->drain, wait_ms, on_drained,
				 execution);
}

static void on_pipe_end(void *owner, struct capture *capture UNUSED)
{
	struct execution *execution = owner;

	if (execution->is_ended) {
		execution_end_lingering(execution);
		return;
	}
	if (execution->is_reaped && !execution->is_ended &&
	    !loop_timer_is_running(&execution->drain))
		return; /* it is being concluded */
	if (execution->is_reaped && !execution->is_ended && !must_be_alone(execution) &&
	    execution->out.fd < 0 && execution->errs.fd < 0) {
		loop_stop_timer(execution->engine->loop, &execution->drain);
		attempt_conclude(execution);
	}
}

static void on_child_end(struct loop *loop UNUSED, pid_t pid UNUSED, int status,
			 const struct rusage *usage, void *data)
{
	struct execution *execution = data;

	execution->status = status;
	execution->usage = *usage;
	capture_drain(&execution->out);
	capture_drain(&execution->errs);
	execution->is_reaped = true;
	lookup_ready(execution);
	loop_stop_timer(execution->engine->loop, &execution->timeout);
	maybe_conclude(execution);
}

bool attempt_launch(struct execution *execution, uint64_t timeout_ms)
{
	struct engine *engine = execution->engine;

	launch(execution, on_pipe_end);
	if (!execution->pid) {
		execution->status = 0;
		capture_release(&execution->out);
		capture_release(&execution->errs);
		return false;
	}
	loop_watch_child(engine->loop, execution->pid, on_child_end, execution);
	if (timeout_ms)
		loop_start_timer(engine->loop, &execution->timeout, timeout_ms, on_timeout,
				 execution);
	return true;
}

static void start_attempt(struct execution *execution)
{
	execution->attempt++;
	execution->started_unix_ms = clock_realtime_ms();
	if (!attempt_launch(execution, execution->node->step->timeout_ms))
		attempt_conclude(execution);
}

void attempt_again(struct execution *execution)
{
	start_attempt(execution);
}

void attempt_renew(struct execution *execution)
{
	const struct retry *retry = execution->node->step->retry;

	execution->tries_before = execution->attempt;
	execution->attempts = execution->attempt + (retry ? retry->attempts : 1);
}

/* What a step requires is asked for once, before its first try. */
static void start(struct execution *execution)
{
	struct engine *engine = execution->engine;

	groups_started(engine, execution->node);
	execution->started_unix_ms = clock_realtime_ms();
	vec_push(&engine->running, execution);
	if (execution->is_answered) {
		gating_begin(execution, true);
		return;
	}
	if (execution->attempt == 0) {
		checkpointing_before(engine, execution->node);
		execution->started_ns = clock_monotonic_ns();
		if (execution->node->step->requires.n) {
			gating_begin(execution, false);
			return;
		}
	}
	start_attempt(execution);
}

/* Its group or the run was stopped while its gates were checked: it is reported as what did not start. */
static bool is_too_late(const struct execution *execution)
{
	const struct engine *engine = execution->engine;
	const struct node *node = execution->node;

	if (engine->is_cancelled || engine->is_abandoned || node->step->within)
		return false; /* what is cancelled is so, as what runs */
	return (engine->is_stopping && !node->is_finally) ||
	       groups_is_over_for(execution->engine, node);
}

/* A question holds no slot while it waits. */
static void ask(struct execution *execution)
{
	struct engine *engine = execution->engine;

	tokens_give(engine, execution->node->step->slots);
	sched_release(engine->sched, execution->node->index);
	execution_leave_running(execution);
	waits_ask(execution);
}

static void withdraw(struct execution *execution)
{
	struct engine *engine = execution->engine;

	tokens_give(engine, execution->node->step->slots);
	sched_release(engine->sched, execution->node->index);
	attempt_requeue(execution);
}

void attempt_required(struct execution *execution, const char *fault)
{
	const struct node *node = execution->node;
	struct event end = event_of(execution->engine, EV_STEP_END, node);

	if (!fault && node->step->action != ACTION_GATES && is_too_late(execution)) {
		withdraw(execution);
		return;
	}
	if (!fault && !execution->was_cancelled && step_asks(node->step)) {
		ask(execution);
		return;
	}
	if (!fault && !execution->was_cancelled && node->step->action != ACTION_GATES) {
		start_attempt(execution);
		return;
	}
	if (!fault && node->step->action == ACTION_GATES) {
		execution_forget(execution);
		judging_pass_gates(execution->engine, node,
				   execution->was_cancelled ? STEP_SKIPPED : STEP_PASSED);
		execution_free(execution);
		return;
	}
	end.status = execution->was_cancelled ? STEP_CANCELLED : fault ? STEP_FAILED : STEP_PASSED;
	end.verdict = VERDICT_RUN;
	end.exit_code = fault ? -1 : 0;
	end.text = execution->was_cancelled ? "cancelled" : fault;
	end.duration_ms = (clock_monotonic_ns() - execution->started_ns) / 1000000;
	attempt_end(execution, &end);
}

bool attempt_is_running(const struct engine *engine, const struct node *node)
{
	const struct execution *execution = engine->by_node.n > node->index
						    ? engine->by_node.v[node->index]
						    : NULL;

	return execution && execution->pid != 0;
}

/* A person said so while it waited for its turn. */
static void end_skipped(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const struct node *node = execution->node;
	struct event end = event_of(engine, EV_STEP_END, node);

	end.status = STEP_SKIPPED;
	end.verdict = VERDICT_SKIP;
	end.exit_code = -1;
	end.text = "skipped by hand";
	session_result(engine->session, node->index)->skipped_by_if = true;
	engine->by_node.v[node->index] = NULL;
	execution_free(execution);
	judging_end(engine, node, &end);
}

/* Judging goes a little ahead of starting, so that a free slot never waits for it. */
void attempts_start(struct engine *engine)
{
	uint32_t index;

	while (!engine->waits_for_token && !engine->is_fatal &&
	       sched_next_start(engine->sched, &index)) {
		struct execution *execution = engine->by_node.v[index];

		if (by_hand_of(engine->session, execution->node) == HAND_SKIP) {
			engine->n_queued--;
			end_skipped(execution);
			continue;
		}
		/* The terminal is a question's, or a snapshot comes first. */
		if ((execution->node->step->console && prompt_is_open(engine)) ||
		    !snapshotting_lets_start(engine, execution->node)) {
			sched_release(engine->sched, index);
			sched_enqueue(engine->sched, index);
			return;
		}
		if (!tokens_take(engine, execution->node->step->slots)) {
			sched_release(engine->sched, index);
			sched_enqueue(engine->sched, index);
			return;
		}
		if (step_asks(execution->node->step) && !execution->is_answered &&
		    !execution->node->step->requires.n)
			BUG("'%s' is a person's, not a process", execution->node->id);
		engine->n_queued--;
		start(execution);
	}
}

bool attempts_want_more(const struct engine *engine)
{
	return engine->n_queued < engine->options->jobs + LOOKAHEAD ||
	       (sched_slots_free(engine->sched) > 0 && !engine->waits_for_token);
}
