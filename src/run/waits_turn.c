/*
 * While steps wait for a person: who is asked next and how, what stands still, and what no answer can help
 * any more.
 */
#include "engine_impl.h"

#include "sys/clock.h"
#include "waits_impl.h"

void waits_drop(struct engine *engine)
{
	for (size_t i = engine->waits.n; i-- > 0;) {
		if (stop_reaches(engine, engine->waits.v[i]->node))
			waits_begin_turn(engine->waits.v[i]);
	}
}

void waits_drop_below(struct engine *engine, uint32_t group)
{
	const struct node *around = engine->session->plan->nodes.v[group];

	for (size_t i = engine->waits.n; i-- > 0;) {
		const struct node *node = engine->waits.v[i]->node;

		if (node->step->within == around->step->within &&
		    plan_is_in(engine->session->plan, node, group))
			waits_begin_turn(engine->waits.v[i]);
	}
}

static bool has_timeout(const struct engine *engine)
{
	for (size_t i = 0; i < engine->waits.n; i++)
		if (loop_timer_is_running(&engine->waits.v[i]->retry))
			return true;
	return false;
}

static bool is_only_waiting(const struct engine *engine)
{
	return engine->waits.n && engine->running.n == 0 && engine->n_queued == 0 &&
	       !engine->waits_for_token;
}

/* The run's time stands still as long as only a person keeps it from going on. */
static void keep_run_clock(struct engine *engine, bool stands_still)
{
	struct loop_timer *timer = &engine->run_timer;
	uint64_t now_ms = clock_monotonic_ms();

	if (stands_still && loop_timer_is_running(timer)) {
		engine->run_timer_left_ms = timer->deadline_ms > now_ms
						    ? timer->deadline_ms - now_ms
						    : 1;
		loop_stop_timer(engine->loop, timer);
	} else if (!stands_still && engine->run_timer_left_ms) {
		loop_start_timer(engine->loop, timer, engine->run_timer_left_ms, timer->fn,
				 timer->data);
		engine->run_timer_left_ms = 0;
	}
}

static bool console_is_taken(const struct engine *engine)
{
	for (size_t i = 0; i < engine->running.n; i++)
		if (engine->running.v[i]->pid && engine->running.v[i]->node->step->console)
			return true;
	return false;
}

/* One window after the other. True: one is open. */
static bool ask_in_window(struct engine *engine)
{
	if (!engine->options->ask.dialog || engine->options->ask.assume_yes)
		return false;
	for (size_t i = 0; i < engine->waits.n; i++)
		if (engine->waits.v[i]->dialog)
			return true;
	for (size_t i = 0; i < engine->waits.n; i++)
		if (!engine->waits.v[i]->dialog_is_gone && dialog_open(engine->waits.v[i]))
			return true;
	return false;
}

static void ask_next(struct engine *engine)
{
	if (!engine->options->ask.has_terminal || engine->options->ask.assume_yes ||
	    prompt_is_open(engine) || console_is_taken(engine))
		return;
	for (size_t i = 0; i < engine->waits.n; i++) {
		if (engine->waits.v[i]->prompt_is_gone)
			continue;
		prompt_open(engine, engine->waits.v[i]);
		return;
	}
}

/* What started the run waits for its end: it cannot be paused. */
static void fail_all(struct engine *engine)
{
	struct arena *arena = &engine->session->arena;

	while (engine->waits.n) {
		struct execution *execution = engine->waits.v[engine->waits.n - 1];
		struct event end = event_of(engine, EV_STEP_END, execution->node);

		end.status = STEP_FAILED;
		end.exit_code = -1;
		end.text = arena_join(arena, "nobody is here to be asked; call '",
				      engine->options->ask.by_hand, "' on a terminal");
		waits_end(execution, &end);
	}
}

bool waits_turn(struct engine *engine)
{
	bool only_waiting = is_only_waiting(engine);

	keep_run_clock(engine, only_waiting);
	if (ask_in_window(engine))
		return false;
	ask_next(engine);
	if (!only_waiting || prompt_is_open(engine) || has_timeout(engine))
		return false;
	if (engine->options->ask.by_hand) {
		fail_all(engine);
		return true;
	}
	engine->is_stopping = engine->is_pausing = engine->waits_were_held = true;
	sched_abandon(engine->sched);
	waits_drop(engine);
	return true;
}
