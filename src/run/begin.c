/*
 * What must be there before the first node is judged.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine_impl.h"

#include "agents_impl.h"
#include "by_hand_impl.h"
#include "event/stretch.h"
#include "git/snapshot.h"
#include "run/recover.h"
#include "secrets_impl.h"
#include "sys/clock.h"
#include "trigger_scope_impl.h"
#include "unmoved_impl.h"

#define PROGRESS_MS 250
#define LISTEN_MS   100

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
	trigger_name_env(session, &engine->env, engine->run_dir);
	strbuf_release(&flags);
}

void engine_gather_masks(struct engine *engine)
{
	struct masks *masks = &engine->masks;

	masks->values = secrets_of(engine->session, &masks->n);
	masks->longest = masks->n ? strlen(masks->values[0]) : 0;
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

	attempts_poll(engine);
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

/* A stat of a folder, so people are heard sooner than progress is shown. */
static void on_listen(struct loop *loop, struct loop_timer *timer, void *data)
{
	listen_poll(data);
	loop_start_timer(loop, timer, LISTEN_MS, on_listen, data);
}

static void start_timers(struct engine *engine)
{
	uint64_t timeout = engine->options->timeout_ms ? engine->options->timeout_ms
						       : engine->session->wf->timeout_ms;

	if (timeout)
		loop_start_timer(engine->loop, &engine->run_timer, timeout, on_run_timeout, engine);
	loop_start_timer(engine->loop, &engine->tick_timer, PROGRESS_MS, on_tick, engine);
	loop_start_timer(engine->loop, &engine->listen_timer, LISTEN_MS, on_listen, engine);
}

static uint32_t count_steps(const struct plan *plan)
{
	uint32_t n = 0;

	for (size_t i = 0; i < plan->nodes.n; i++)
		n += plan->nodes.v[i]->is_selected && plan->nodes.v[i]->kind == NODE_STEP &&
		     plan->nodes.v[i]->step->role == ROLE_STEP;
	return n;
}

/* It began before there was a journal to write that to: a run has one duration, whoever tells of it. */
static void announce_run(struct engine *engine)
{
	bool resumed = engine->options->resume_run != NULL;
	struct event event = event_of(engine, resumed ? EV_RUN_RESUME : EV_RUN_START, NULL);
	int64_t began_ms = event.at_ms - (int64_t)(clock_monotonic_ms() - engine->started_ms);

	event.at_ms = began_ms > engine->state.seen_ms ? began_ms : event.at_ms;
	event.run = engine->run_id;
	event.text = resumed ? "resumed by hand" : engine->session->wf->id;
	event.n_steps = count_steps(engine->session->plan);
	event.delay_ms = engine->session->wf->expected_ms;
	emit(engine, &event);
}

/* What the journal of the run that goes on says, before anything is added to it. */
static int load_past(struct engine *engine, struct err *err)
{
	if (!engine->options->resume_run)
		return by_hand_begin(engine->session, engine->options, err);
	if (recover_read_state(&engine->session->layout, engine->run_id, &engine->state, err) < 0)
		return -1;
	return by_hand_load(engine->session, engine->options, &engine->state, err);
}

static void announce_words(struct engine *engine)
{
	const struct hand *hand;

	for (size_t i = 0; (hand = by_hand_new(engine->session, i)); i++) {
		struct event event = event_of(engine, EV_STEP_HAND, NULL);

		event.step = hand->step;
		event.text = by_hand_name(hand->word);
		emit(engine, &event);
	}
}

static void tell_damaged(void *data, const char *name, const char *why)
{
	emit_note(data, NULL, "checkpoint '%s' is damaged (%s); the one before it counts", name,
		  why);
}

static void tell_damaged_checkpoints(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (engine->options->resume_run &&
	    checkpoint_verify(engine->run_dir, tell_damaged, engine, &err) < 0)
		emit_note(engine, NULL, "the checkpoints cannot be read: %s", err_msg(&err));
	err_release(&err);
}

static bool is_among(const struct snapshot_entry *entries, size_t n, const char *raw)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(entries[i].raw, raw))
			return true;
	return false;
}

/* They expire, and refs can be removed. The run goes on without them; a rollback does not reach there. */
static void tell_lost_snapshots(struct engine *engine)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct err err CLEANUP(err_release) = ERR_INIT;
	struct snapshot_entry *entries;
	struct stretches stretches = { 0 };
	size_t n;

	if (!engine->options->resume_run || !engine->state.snapshots.n)
		return;
	if (snapshot_list(&engine->session->repo, engine->run_id, &arena, &entries, &n, &err) < 0) {
		emit_note(engine, NULL, "the snapshots of the run cannot be read: %s",
			  err_msg(&err));
		return;
	}
	stretch_list(&engine->state, &stretches);
	for (size_t i = 0; i < engine->state.snapshots.n; i++) {
		const struct snapshot_state *snapshot = &engine->state.snapshots.v[i];

		if (!stretch_has(&stretches, snapshot->number) ||
		    is_among(entries, n, snapshot->raw))
			continue;
		emit_note(engine, NULL,
			  "snapshot %u (%s%s%s) is not kept any more: the run goes on, but can be "
			  "rolled back to there only until git collects garbage; 'git wf snapshots "
			  "%s' lists what is left",
			  snapshot->number, snapshot->kind, snapshot->step ? " " : "",
			  snapshot->step ? snapshot->step : "", layout_short_id(engine->run_id));
	}
	vec_release(&stretches.list);
}

/* A cache that cannot be written costs time, not the run. */
static void prepare_stat_table(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (statcache_prepare(engine->session->stat, &err) < 0)
		emit_note(engine, NULL, "nothing will be remembered: %s", err_msg(&err));
	err_release(&err);
}

static void select_cleanup(struct plan *plan)
{
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct call *call = plan->nodes.v[i]->step->within;

		plan->nodes.v[i]->is_selected = call && call->on == CALL_ON_ROLLBACK;
	}
}

int engine_begin(struct engine *engine, struct err *err)
{
	const struct run_options *options = engine->options;
	struct session *session = engine->session;
	struct sched_limits limits = { options->jobs, session->wf->max_parallel,
				       options->keep_going };

	engine->started_ms = clock_monotonic_ms();
	engine->logs_fd = engine->io_fd = -1;
	snapshotting_begin(engine);
	tree_boot_id(engine->boot_id);
	choose_id(engine);
	if (load_past(engine, err) < 0)
		return -1;
	if (agents_check(session, &engine->state, err) < 0)
		return -1;
	session->begun_ms = engine->started_ms;
	session->past_ms = options->resume_run
				   ? state_work_ms(&engine->state, engine->state.seen_ms)
				   : 0;
	handlers_recall(engine);
	engine->status_before = engine->state.status;
	if (options->is_cleanup)
		select_cleanup(session->plan);
	prepare_stat_table(engine);
	engine->loop = loop_new(err);
	if (!engine->loop || stop_watch_signals(engine, err) < 0 || tokens_init(engine, err) < 0)
		return -1;
	stop_find_foreign(engine);
	tree_become_subreaper();
	make_child_env(engine);
	engine_gather_masks(engine);
	unmoved_begin(session, options);
	engine->sched = sched_new(session->plan, &limits);
	start_timers(engine);
	/* The lock first, then the journal: somebody may be at work on that run right now. */
	if ((options->resume_run || options->write_folder) && emit_open_folder(engine) < 0)
		return 0;
	if (options->resume_run)
		groups_recall(engine);
	announce_run(engine);
	announce_words(engine);
	tell_damaged_checkpoints(engine);
	tell_lost_snapshots(engine);
	if (options->resume_run)
		listen_begin(engine);
	return 0;
}
