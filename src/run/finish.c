/*
 * The end of a run, however it ends: sweep, save, tell, and let go of everything.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine_impl.h"

#include "document_impl.h"
#include "effort_impl.h"
#include "store/history.h"
#include "sys/clock.h"
#include "turn_impl.h"

static enum run_status final_status(const struct engine *engine)
{
	if (engine->is_cancelled && !engine->is_timed_out && !engine->is_fatal)
		return RUN_CANCELLED;
	if (engine->n_held && engine->waits_were_held && !engine->is_timed_out && !engine->is_fatal)
		return RUN_PAUSED;
	if (engine->n_held && !engine->any_failed && !engine->is_timed_out && !engine->is_fatal)
		return RUN_PAUSED;
	return engine->any_failed || engine->is_timed_out || engine->is_fatal ? RUN_FAILED
									      : RUN_PASSED;
}

static void add_history(struct engine *engine, const struct run_outcome *outcome,
			const struct effort *effort)
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
		.duration_ms = engine->took_ms,
		.work_ms = effort->work_ms,
		.cpu_ms = effort->cpu_ms,
		.saved_ms = effort->saved_ms,
		.jobs = engine->options->jobs,
		.n_steps = state->n_expected,
		.n_ran = effort->n_ran,
		.n_cached = effort->n_cached,
		.n_restored = effort->n_restored,
		.n_failed = state->n_failed,
		.n_skipped = state->n_skipped,
		.n_retries = state->n_retries,
		.n_resumes = state->resumes,
	};

	if (repo_head(session->user, &session->arena, &commit, &branch, NULL) == 0)
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
	document_keep(session);
}

/* Nobody goes on with a run that passed, and its end is on the disk: what was remembered for that is
 * of no use any more. If it cannot be said the cache is cleaned of it later. */
static void spend_bound_records(struct engine *engine)
{
	struct session *session = engine->session;

	if (engine->state.status != RUN_PASSED || engine->is_fatal || !session->bound.n)
		return;
	for (size_t i = 0; i < session->bound.n; i++)
		cache_spend(session->cache, &session->bound.v[i]);
	cache_flush(session->cache, NULL);
}

static void keep_planfile(struct engine *engine, const struct effort *effort)
{
	const struct run_options *options = engine->options;
	uint64_t saved_ms = effort->saved_ms + effort->work_ms;
	struct planfile_summary summary = {
		.n_steps = engine->state.n_done,
		.n_cached = engine->state.n_passed,
		.n_skipped = engine->state.n_skipped,
		.saved_ms = saved_ms < UINT32_MAX ? (uint32_t)saved_ms : UINT32_MAX,
	};

	if (options->noop_key && engine->state.status == RUN_PASSED)
		noop_remember(engine->session, options->noop_key, &summary,
			      &engine->closing.planfile);
}

static void announce_end(struct engine *engine, enum run_status status)
{
	struct event end = event_of(engine, EV_RUN_END, NULL);

	end.run_status = status;
	engine->took_ms = end.duration_ms = clock_monotonic_ms() - engine->started_ms;
	end.text = engine->is_timed_out ? "the run timed out" : NULL;
	emit(engine, &end);
}

void engine_finish(struct engine *engine, struct run_outcome *outcome)
{
	struct effort effort;

	if (engine->is_fatal && !engine->journal) { /* it never began */
		outcome->status = RUN_FAILED;
		return;
	}
	if (engine->loop) {
		loop_stop_timer(engine->loop, &engine->run_timer); /* it was in time */
		snapshotting_settle(engine);
		stop_sweep(engine);
	}
	confine_release(&engine->cgroups);
	snapshotting_finish(engine);
	outcome->status = engine->options->is_cleanup ? engine->status_before
						      : final_status(engine);
	outcome->any_failed = engine->any_failed;
	outcome->signal = engine->signal;
	outcome->run_id = engine->has_folder ? engine->run_id : NULL;
	if (!engine->has_looked_back)
		rollbacking_finish(engine, outcome->status);
	notifying_finish(engine, outcome->status);
	save_caches(engine);
	announce_end(engine, outcome->status);
	emit_flush(engine);
	effort = effort_of(&engine->state, engine->session->plan);
	keep_planfile(engine, &effort);
	closing_begin(engine);
	closing_wait(engine);
	spend_bound_records(engine);
	if (!engine->options->is_cleanup)
		add_history(engine, outcome, &effort);
}

void engine_release(struct engine *engine)
{
	for (size_t i = 0; i < engine->by_node.n; i++) {
		if (engine->by_node.v[i])
			execution_free(engine->by_node.v[i]);
	}
	for (size_t i = 0; i < engine->lingering.n; i++)
		execution_free(engine->lingering.v[i]);
	groups_release(engine);
	prompt_release(engine);
	bitset_release(&engine->owed);
	vec_release(&engine->waits);
	vec_release(&engine->by_node);
	vec_release(&engine->running);
	vec_release(&engine->gating);
	vec_release(&engine->mending);
	vec_release(&engine->allowances);
	vec_release(&engine->lingering);
	vec_release(&engine->foreign);
	spawn_found_release(&engine->lookup.found);
	vec_release(&engine->early);
	arena_release(&engine->scratch);
	tokens_release(engine);
	checkpointing_release(engine);
	if (engine->journal)
		journal_close(engine->journal);
	if (engine->logs_fd >= 0)
		close(engine->logs_fd);
	if (engine->io_fd >= 0)
		close(engine->io_fd);
	if (engine->null_fd >= 0)
		close(engine->null_fd);
	lock_release(&engine->lock);
	turn_end(&engine->turn);
	env_release(&engine->env);
	sched_free(engine->sched);
	if (engine->loop)
		loop_free(engine->loop);
}
