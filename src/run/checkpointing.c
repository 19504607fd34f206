/*
 * When a checkpoint is written: where the workflow declares one, at a pause and at the end, and in
 * between as often as it costs little: the last one must be older than 100 ms and than 50 times what
 * it cost. No step waits for one of those: it gets its place when the journal has come to the disk by
 * itself. A run that has no folder has none.
 */
#include <string.h>

#include "engine_impl.h"

#include "sys/clock.h"

#define AUTO_MIN_NS    ((uint64_t)100 * 1000000)
#define AUTO_FACTOR    50
#define PLACE_MS       120 /* by then the journal is on the disk, mostly */
#define PLACE_AGAIN_MS 20

static bool is_on(const struct engine *engine)
{
	return engine->options->checkpoints != CHECKPOINTS_OFF && !engine->is_fatal;
}

/* A full disk costs the checkpoint, not the run: the journal has it all. */
static void tell_failure(struct engine *engine, struct err *err)
{
	struct checkpointing *c = &engine->checkpointing;

	if (!c->has_failed)
		emit_note(engine, NULL, "%s", err_msg(err));
	c->has_failed = true;
	err_release(err);
}

static int prepare(struct engine *engine, enum checkpoint_kind kind, const char *step,
		   struct err *err)
{
	struct checkpointing *c = &engine->checkpointing;

	if (!c->writer)
		c->writer = checkpoint_open(engine->run_dir);
	c->waiting_seq = 0; /* a newer one comes instead */
	return checkpoint_prepare(c->writer, &engine->state, kind, step, clock_realtime_ms(), err);
}

static void write_now(struct engine *engine, enum checkpoint_kind kind, const char *step)
{
	struct checkpointing *c = &engine->checkpointing;
	uint64_t begin_ns = clock_monotonic_ns();
	struct err err = ERR_INIT;

	emit_barrier(engine);
	if (engine->is_fatal)
		return;
	if (prepare(engine, kind, step, &err) < 0 || checkpoint_commit(c->writer, &err) < 0)
		tell_failure(engine, &err);
	c->last_ns = clock_monotonic_ns();
	c->cost_ns = c->last_ns - begin_ns;
}

static void on_place_due(struct loop *loop, struct loop_timer *timer, void *data)
{
	struct engine *engine = data;
	struct checkpointing *c = &engine->checkpointing;
	uint64_t begin_ns = clock_monotonic_ns();
	struct err err = ERR_INIT;

	if (!c->waiting_seq || engine->is_fatal)
		return;
	if (!journal_is_synced(engine->journal, c->waiting_seq)) {
		loop_start_timer(loop, timer, PLACE_AGAIN_MS, on_place_due, engine);
		return;
	}
	if (checkpoint_commit(c->writer, &err) < 0)
		tell_failure(engine, &err);
	c->waiting_seq = 0;
	c->cost_ns += clock_monotonic_ns() - begin_ns;
}

static void write_behind(struct engine *engine, const char *step)
{
	struct checkpointing *c = &engine->checkpointing;
	uint64_t begin_ns = clock_monotonic_ns();
	struct err err = ERR_INIT;

	if (prepare(engine, CHECKPOINT_AUTOMATIC, step, &err) < 0) {
		tell_failure(engine, &err);
	} else {
		c->waiting_seq = engine->state.last_seq;
		loop_start_timer(engine->loop, &c->place, PLACE_MS, on_place_due, engine);
	}
	c->last_ns = clock_monotonic_ns();
	c->cost_ns = c->last_ns - begin_ns;
}

static bool is_declared(const struct engine *engine, const struct node *node, bool before)
{
	const struct workflow *wf = engine->session->wf;

	for (size_t i = 0; i < wf->n_checkpoints; i++) {
		const struct declared_checkpoint *declared = &wf->checkpoints[i];

		if (declared->is_before == before && declared->step.index == node->step->index)
			return true;
	}
	return false;
}

/* Of all of a foreach: `after` means all its items, `before` the first of them. */
static bool is_due_after(const struct engine *engine, const struct node *node)
{
	return (node->kind == NODE_FOREACH || node->group == WF_NONE) &&
	       is_declared(engine, node, false);
}

static bool has_begun(const struct engine *engine, const struct node *node)
{
	const struct step_state *step = state_step(&engine->state, node->id);

	return step && step->started_ms;
}

/* Of a foreach or a group: has anything of it been started? */
static bool any_has_begun(const struct engine *engine, const struct node *group)
{
	const struct plan *plan = engine->session->plan;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (plan_is_in(plan, node, group->index) && has_begun(engine, node))
			return true;
	}
	return false;
}

/* What the checkpoint is before: the node itself, or a group around it of which it is the first. */
static const struct node *due_before(const struct engine *engine, const struct node *node)
{
	const struct plan *plan = engine->session->plan;
	const struct node *group = node->group == WF_NONE ? NULL : plan->nodes.v[node->group];

	if (is_declared(engine, node, true) && !(group && any_has_begun(engine, group)))
		return node;
	while (node->parent != WF_NONE) {
		node = plan->nodes.v[node->parent];
		if (node->group != WF_NONE)
			node = plan->nodes.v[node->group]; /* of all its items */
		if (is_declared(engine, node, true) && !any_has_begun(engine, node))
			return node;
	}
	return NULL;
}

/* Items of a foreach that was expanded late belong to no wave: their group ends one. */
static bool ends_wave(struct engine *engine, const struct node *node)
{
	struct checkpointing *c = &engine->checkpointing;
	const struct plan *plan = engine->session->plan;
	struct arena *arena = &engine->session->arena;

	if (!c->waves) {
		c->n_nodes = plan->nodes.n;
		plan_waves(plan, arena, &c->waves);
		c->wave_left = ARENA_ARRAY(arena, uint32_t, c->n_nodes + 1);
		for (size_t i = 0; i < c->n_nodes; i++) {
			const struct node_result *result = session_result(engine->session,
									  (uint32_t)i);

			if (plan->nodes.v[i]->is_selected && !step_status_is_final(result->status))
				c->wave_left[c->waves[i]]++;
		}
		c->wave_left[c->waves[node->index]]++; /* this one has just ended */
	}
	if (node->index >= c->n_nodes)
		return false;
	return --c->wave_left[c->waves[node->index]] == 0;
}

static bool is_due(struct engine *engine, const struct node *node)
{
	const struct checkpointing *c = &engine->checkpointing;
	uint64_t age_ns = clock_monotonic_ns() - c->last_ns;

	switch (engine->options->checkpoints) {
	case CHECKPOINTS_PER_STEP: return node->kind == NODE_STEP;
	case CHECKPOINTS_PER_WAVE: return ends_wave(engine, node);
	case CHECKPOINTS_AUTO:
		return !c->waiting_seq && age_ns >= AUTO_MIN_NS &&
		       age_ns >= AUTO_FACTOR * c->cost_ns;
	default: return false;
	}
}

void checkpointing_begin(struct engine *engine)
{
	struct checkpointing *c = &engine->checkpointing;

	c->last_ns = clock_monotonic_ns();
	for (size_t i = 0; i < c->early.n; i++)
		write_now(engine, CHECKPOINT_DECLARED, c->early.v[i]->id);
	vec_release(&c->early);
}

const struct node *checkpointing_declared_before(const struct engine *engine,
						 const struct node *node)
{
	return is_on(engine) && engine->session->wf->n_checkpoints ? due_before(engine, node)
								   : NULL;
}

void checkpointing_declared(struct engine *engine, const struct node *node)
{
	if (is_on(engine))
		write_now(engine, CHECKPOINT_DECLARED, node->id);
}

void checkpointing_before(struct engine *engine, const struct node *node)
{
	const struct node *declared = checkpointing_declared_before(engine, node);

	/* Where there are snapshots it is written when its own is there. */
	if (declared && snapshotting_strategy(engine) == ROLLBACK_NONE)
		write_now(engine, CHECKPOINT_DECLARED, declared->id);
}

void checkpointing_after(struct engine *engine, const struct node *node, enum step_status status)
{
	bool declared = is_on(engine) && status == STEP_PASSED && is_due_after(engine, node);

	if (snapshotting_after(engine, node, declared) || !is_on(engine))
		return;
	if (!engine->journal) {
		if (declared)
			vec_push(&engine->checkpointing.early, node);
		return;
	}
	if (declared)
		write_now(engine, CHECKPOINT_DECLARED, node->id);
	else if (!is_due(engine, node))
		return;
	else if (engine->options->checkpoints == CHECKPOINTS_AUTO)
		write_behind(engine, node->id);
	else
		write_now(engine, CHECKPOINT_AUTOMATIC, node->id);
}

void checkpointing_prepare_end(struct engine *engine)
{
	const struct run_state *state = &engine->state;
	const char *last = NULL;
	int64_t ended_ms = -1;
	struct err err = ERR_INIT;

	if (!is_on(engine) || !engine->journal)
		return;
	for (size_t i = 0; i < state->steps.n; i++) {
		if (state->steps.v[i]->ended_ms < ended_ms || state->steps.v[i]->is_group)
			continue;
		ended_ms = state->steps.v[i]->ended_ms;
		last = state->steps.v[i]->id;
	}
	if (prepare(engine, state->status == RUN_PAUSED ? CHECKPOINT_PAUSE : CHECKPOINT_END, last,
		    &err) < 0)
		tell_failure(engine, &err);
}

void checkpointing_end(struct engine *engine)
{
	struct err err = ERR_INIT;

	if (engine->checkpointing.writer && !engine->is_fatal &&
	    checkpoint_commit(engine->checkpointing.writer, &err) < 0)
		tell_failure(engine, &err);
}

void checkpointing_release(struct engine *engine)
{
	checkpoint_close(engine->checkpointing.writer);
	vec_release(&engine->checkpointing.early);
}
