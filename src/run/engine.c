/*
 * The loop of a run: judge what is ready, start what may start, wait; until nothing is left. See
 * engine_impl.h for the parts.
 */
#include "run/engine.h"

#include <string.h>

#include "base/xalloc.h"
#include "engine_impl.h"

#define TURN 32 /* nodes judged before the loop is asked for news */

/* False: there is nothing to do until something happens. */
static bool take_turn(struct engine *engine)
{
	int n = 0;

	while (n < TURN && !engine->is_fatal) {
		bool moved;

		if (snapshotting_turn(engine))
			return false;
		moved = gating_turn(engine);
		moved |= allowance_turn(engine);
		moved |= mending_turn(engine);
		moved |= judging_next_stopped(engine);
		attempts_start(engine);
		moved |= gating_turn(engine);
		if (!moved && (!attempts_want_more(engine) || !judging_next(engine)))
			break;
		n++;
	}
	return n == TURN;
}

static bool is_stuck(const struct engine *engine)
{
	return engine->running.n == 0 && engine->waits.n == 0 && !snapshotting_is_busy(engine) &&
	       !engine->waits_for_token && !engine->is_fatal && !sched_is_finished(engine->sched);
}

static void turn_until_done(struct engine *engine)
{
	struct err err = ERR_INIT;

	while (!engine->is_fatal && !sched_is_finished(engine->sched)) {
		bool more = take_turn(engine);

		if (!more && waits_turn(engine))
			continue;
		if (!more && is_stuck(engine) && !take_turn(engine) && is_stuck(engine))
			BUG("nothing runs and nothing is ready, but the run is not finished");
		emit_flush_soon(engine);
		tokens_settle(engine);
		if (engine->is_fatal || sched_is_finished(engine->sched))
			break;
		if (loop_run_once(engine->loop, more ? 0 : -1, &err) < 0)
			engine_fail(engine, &err);
	}
}

/* After a fatal error nothing more is started or written; what runs is ended. */
static void end_children(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (!engine->is_fatal || engine->running.n == 0)
		return;
	stop_begin(engine, true, 0, "a fatal error");
	stop_end_running(engine); /* `finally` of a run that had been cancelled */
	while (loop_child_count(engine->loop) > 0 && err.kind == ERR_NONE)
		loop_run_once(engine->loop, 100, &err);
	err_release(&err);
}

int engine_run(struct session *session, const struct run_options *options,
	       struct sink *const *sinks, size_t n_sinks, struct run_outcome *outcome,
	       struct err *err)
{
	struct engine engine = { .session = session,
				 .options = options,
				 .sinks = sinks,
				 .n_sinks = n_sinks,
				 .turn = TURN_NOT_HELD,
				 .lock = LOCK_NOT_HELD,
				 .logs_fd = -1,
				 .io_fd = -1,
				 .null_fd = -1 };
	int rc = 0;

	memset(outcome, 0, sizeof *outcome);
	state_init(&engine.state);
	if (engine_begin(&engine, err) < 0) {
		engine_release(&engine);
		state_release(&engine.state);
		return -1;
	}
	turn_until_done(&engine);
	end_children(&engine);
	engine_finish(&engine, outcome);
	engine_release(&engine);
	if (engine.is_fatal) {
		if (err)
			*err = engine.err;
		else
			err_release(&engine.err);
		rc = -1;
	}
	session->final_state = xmemdup(&engine.state, sizeof engine.state);
	outcome->state = session->final_state;
	return rc;
}
