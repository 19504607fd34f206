/*
 * The loop of a run: judge what is ready, start what may start, wait; until nothing is left. See
 * engine_impl.h for the parts.
 */
#include "run/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "base/xalloc.h"
#include "basis_impl.h"
#include "engine_impl.h"
#include "manifest_impl.h"
#include "readers_impl.h"
#include "run/noop.h"
#include "run/recover.h"
#include "store/history.h"
#include "sys/clock.h"
#include "turn_impl.h"

#define TURN	    32 /* nodes judged before the loop is asked for news */
#define PROGRESS_MS 250

/* ---- Set-up ---- */

static uint32_t random24(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
		number = (uint32_t)clock_monotonic_ns() ^ (uint32_t)getpid();
	return number & 0xffffff;
}

static void choose_id(struct engine *engine)
{
	struct session *session = engine->session;

	engine->run_id = engine->options->resume_run;
	if (!engine->run_id)
		engine->run_id = layout_new_run_id(&session->arena, session->wf->id,
						   clock_realtime_ms(), random24());
	session->run_id = engine->run_id;
	engine->run_dir = layout_run_dir(&session->layout, &session->arena, engine->run_id);
}

static void make_child_env(struct engine *engine)
{
	struct session *session = engine->session;
	struct strbuf flags = STRBUF_INIT;

	env_copy(&engine->env, &session->env);
	jobserver_makeflags(engine->jobserver, env_get(&session->env, "MAKEFLAGS"), &flags);
	env_set(&engine->env, "MAKEFLAGS", strbuf_str(&flags));
	env_set(&engine->env, "WF_RUN_ID", engine->run_id);
	env_set(&engine->env, "WF_WORKFLOW", session->wf->id);
	env_set(&engine->env, "WF_ROOT", session->layout.root);
	env_set(&engine->env, "WF_RUN_DIR", engine->run_dir);
	strbuf_release(&flags);
}

static int longest_first(const void *a, const void *b)
{
	size_t len_a = strlen(*(const char *const *)a), len_b = strlen(*(const char *const *)b);

	return len_a < len_b ? 1 : len_a > len_b ? -1 : 0;
}

static void gather_masks(struct engine *engine)
{
	struct session *session = engine->session;
	VEC(const char *) values = { 0 };

	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];

		if (value->param->secret && value->text && *value->text)
			vec_push(&values, value->text);
	}
	for (size_t i = 0; i < session->wf->n_steps; i++) {
		const struct step *step = &session->wf->steps[i];

		for (size_t k = 0; k < step->n_secrets; k++) {
			const char *value = env_get(&session->env, step->secrets[k]);

			if (value && *value)
				vec_push(&values, value);
		}
	}
	if (values.n) {
		qsort(values.v, values.n, sizeof *values.v, longest_first);
		engine->masks.values = arena_memdup(&session->arena, values.v,
						    values.n * sizeof *values.v);
		engine->masks.n = values.n;
		engine->masks.longest = strlen(values.v[0]);
	}
	vec_release(&values);
}

static void on_run_timeout(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct engine *engine = data;

	engine->is_timed_out = true;
	stop_begin(engine, true, 0, "the run's timeout");
}

static void on_tick(struct loop *loop, struct loop_timer *timer, void *data)
{
	struct engine *engine = data;
	uint64_t next = PROGRESS_MS;

	attempts_poll_progress(engine);
	for (size_t i = 0; i < engine->n_sinks; i++) {
		struct sink *sink = engine->sinks[i];

		if (!sink->tick_ms || !sink->on_tick)
			continue;
		sink->on_tick(sink->data, clock_realtime_ms());
		if (sink->tick_ms < next)
			next = sink->tick_ms;
	}
	loop_start_timer(loop, timer, next, on_tick, engine);
}

static void start_timers(struct engine *engine)
{
	uint64_t timeout = engine->options->timeout_ms ? engine->options->timeout_ms
						       : engine->session->wf->timeout_ms;

	if (timeout)
		loop_start_timer(engine->loop, &engine->run_timer, timeout, on_run_timeout, engine);
	loop_start_timer(engine->loop, &engine->tick_timer, PROGRESS_MS, on_tick, engine);
}

static uint32_t count_steps(const struct plan *plan)
{
	uint32_t n = 0;

	for (size_t i = 0; i < plan->nodes.n; i++)
		n += plan->nodes.v[i]->is_selected && plan->nodes.v[i]->kind == NODE_STEP;
	return n;
}

static void announce_run(struct engine *engine)
{
	bool resumed = engine->options->resume_run != NULL;
	struct event event = event_of(engine, resumed ? EV_RUN_RESUME : EV_RUN_START, NULL);

	event.run = engine->run_id;
	event.text = resumed ? "resumed by hand" : engine->session->wf->id;
	event.n_steps = count_steps(engine->session->plan);
	emit(engine, &event);
}

/* What the journal of the run that goes on says, before anything is added to it. */
static int load_past(struct engine *engine, struct err *err)
{
	if (!engine->options->resume_run)
		return 0;
	return recover_read_state(&engine->session->layout, engine->run_id, &engine->state, err);
}

/* A cache that cannot be written costs time, not the run. */
static void prepare_stat_table(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (statcache_prepare(engine->session->stat, &err) < 0)
		emit_note(engine, NULL, "nothing will be remembered: %s", err_msg(&err));
	err_release(&err);
}

static int begin(struct engine *engine, struct err *err)
{
	const struct run_options *options = engine->options;
	struct session *session = engine->session;
	struct sched_limits limits = { options->jobs, session->wf->max_parallel,
				       options->keep_going };

	engine->started_ms = clock_monotonic_ms();
	engine->logs_fd = -1;
	tree_boot_id(engine->boot_id);
	choose_id(engine);
	if (load_past(engine, err) < 0)
		return -1;
	prepare_stat_table(engine);
	engine->loop = loop_new(err);
	if (!engine->loop || stop_watch_signals(engine, err) < 0 || tokens_init(engine, err) < 0)
		return -1;
	tree_become_subreaper();
	make_child_env(engine);
	gather_masks(engine);
	readers_of_stdout(session->wf, &engine->stdout_readers);
	engine->sched = sched_new(session->plan, &limits);
	start_timers(engine);
	/* The lock first, then the journal: somebody may be at work on that run right now. */
	if ((options->resume_run || options->write_folder) && emit_open_folder(engine) < 0)
		return 0;
	announce_run(engine);
	return 0;
}

/* ---- The loop ---- */

/* False: there is nothing to do until something happens. */
static bool take_turn(struct engine *engine)
{
	int n = 0;

	while (n < TURN && !engine->is_fatal) {
		bool stopped = judging_next_stopped(engine);

		attempts_start(engine);
		if (!stopped && (!attempts_want_more(engine) || !judging_next(engine)))
			break;
		n++;
	}
	return n == TURN;
}

static bool is_stuck(const struct engine *engine)
{
	return engine->running.n == 0 && !engine->waits_for_token && !engine->is_fatal &&
	       !sched_is_finished(engine->sched);
}

static void turn_until_done(struct engine *engine)
{
	struct err err = ERR_INIT;

	while (!engine->is_fatal && !sched_is_finished(engine->sched)) {
		bool more = take_turn(engine);

		if (!more && is_stuck(engine) && !take_turn(engine) && is_stuck(engine))
			BUG("nothing runs and nothing is ready, but the run is not finished");
		emit_flush(engine);
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
	if (!engine->is_cancelled)
		stop_begin(engine, true, 0, "a fatal error");
	while (loop_child_count(engine->loop) > 0 && err.kind == ERR_NONE)
		loop_run_once(engine->loop, 100, &err);
	err_release(&err);
}

/* ---- The end ---- */

static enum run_status final_status(const struct engine *engine)
{
	if (engine->is_cancelled && !engine->is_timed_out && !engine->is_fatal)
		return RUN_CANCELLED;
	return engine->any_failed || engine->is_timed_out || engine->is_fatal ? RUN_FAILED
									      : RUN_PASSED;
}

static void add_history(struct engine *engine, const struct run_outcome *outcome)
{
	struct session *session = engine->session;
	const struct run_state *state = &engine->state;
	const char *commit = NULL, *branch;
	struct err err = ERR_INIT;
	struct history_entry entry = {
		.run = outcome->run_id,
		.workflow = session->wf->id,
		.status = outcome->status,
		.started_ms = state->started_ms,
		.duration_ms = clock_monotonic_ms() - engine->started_ms,
		.n_steps = state->n_expected,
		.n_ran = state->n_ran,
		.n_cached = state->n_cached,
		.n_restored = state->n_restored,
		.n_failed = state->n_failed,
		.n_skipped = state->n_skipped,
		.n_retries = state->n_retries,
	};

	if (repo_head(&session->repo, &session->arena, &commit, &branch, NULL) == 0)
		entry.head = commit;
	if (history_append(session->layout.runs_dir, &entry, &err) < 0)
		emit_note(engine, NULL, "the history has no line of this run: %s", err_msg(&err));
	err_release(&err);
}

static void save_caches(struct engine *engine)
{
	struct session *session = engine->session;
	struct err err = ERR_INIT;

	if (cache_flush(session->cache, &err) < 0)
		emit_note(engine, NULL, "results are not remembered: %s", err_msg(&err));
	err_release(&err);
	if (statcache_save(session->stat, &err) < 0 && err.kind != ERR_BUSY)
		emit_note(engine, NULL, "the stat table was not saved: %s", err_msg(&err));
	err_release(&err);
}

static void keep_planfile(struct engine *engine)
{
	const struct run_options *options = engine->options;
	struct planfile_summary summary = { engine->state.n_done, engine->state.n_passed,
					    engine->state.n_skipped };

	if (options->noop_key && engine->state.status == RUN_PASSED)
		noop_remember(engine->session, options->noop_key, &summary);
}

static void announce_end(struct engine *engine, enum run_status status)
{
	struct event end = event_of(engine, EV_RUN_END, NULL);

	end.run_status = status;
	end.duration_ms = clock_monotonic_ms() - engine->started_ms;
	end.text = engine->is_timed_out ? "the run timed out" : NULL;
	emit(engine, &end);
}

static void finish(struct engine *engine, struct run_outcome *outcome)
{
	struct err err = ERR_INIT;

	if (engine->is_fatal && !engine->journal) { /* it never began */
		outcome->status = RUN_FAILED;
		return;
	}
	outcome->status = final_status(engine);
	outcome->signal = engine->signal;
	outcome->run_id = engine->has_folder ? engine->run_id : NULL;
	if (engine->loop)
		stop_sweep(engine);
	save_caches(engine);
	announce_end(engine, outcome->status);
	emit_flush(engine);
	emit_barrier(engine);
	if (engine->journal && !engine->is_fatal &&
	    manifest_write_results(engine->session, &engine->state, engine->run_dir, &err) < 0)
		engine_fail(engine, &err);
	add_history(engine, outcome);
	keep_planfile(engine);
}

static void release(struct engine *engine)
{
	for (size_t i = 0; i < engine->by_node.n; i++) {
		if (engine->by_node.v[i])
			execution_free(engine->by_node.v[i]);
	}
	for (size_t i = 0; i < engine->lingering.n; i++)
		execution_free(engine->lingering.v[i]);
	vec_release(&engine->by_node);
	vec_release(&engine->running);
	vec_release(&engine->lingering);
	vec_release(&engine->early);
	strmap_release(&engine->made_dirs);
	arena_release(&engine->scratch);
	bitset_release(&engine->stdout_readers);
	tokens_release(engine);
	if (engine->journal)
		journal_close(engine->journal);
	if (engine->logs_fd >= 0)
		close(engine->logs_fd);
	lock_release(&engine->lock);
	turn_end(engine->session, &engine->turn);
	env_release(&engine->env);
	sched_free(engine->sched);
	if (engine->loop)
		loop_free(engine->loop);
}

int engine_run(struct session *session, const struct run_options *options,
	       struct sink *const *sinks, size_t n_sinks, struct run_outcome *outcome,
	       struct err *err)
{
	struct engine engine = { .session = session,
				 .options = options,
				 .sinks = sinks,
				 .n_sinks = n_sinks,
				 .turn = LOCK_NOT_HELD,
				 .lock = LOCK_NOT_HELD,
				 .logs_fd = -1 };
	int rc = 0;

	memset(outcome, 0, sizeof *outcome);
	state_init(&engine.state);
	if (begin(&engine, err) < 0) {
		release(&engine);
		state_release(&engine.state);
		return -1;
	}
	turn_until_done(&engine);
	end_children(&engine);
	finish(&engine, outcome);
	release(&engine);
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
