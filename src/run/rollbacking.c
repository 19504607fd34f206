/*
 * The rollback of a run that failed in a step with `on_failure: rollback`, when everything has ended and
 * the last snapshot is there, or was not waited for by a run whose time was up: as far back as the
 * workflow's strategy says.
 */
#include <string.h>

#include "engine_impl.h"

#include "event/stretch.h"
#include "run/rollback.h"

static bool wants_rollback(const struct engine *engine, const struct node *node)
{
	const struct node_result *result = session_result(engine->session, node->index);

	return node->step->on_failure == ON_FAILURE_ROLLBACK && node->kind == NODE_STEP &&
	       result->status == STEP_FAILED && result->did_execute;
}

/* The last of them that failed: of a run that keeps going there may be more. */
static const struct step_state *find_failed(const struct engine *engine)
{
	const struct plan *plan = engine->session->plan;
	const struct step_state *last = NULL;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct step_state *step = state_step(&engine->state, plan->nodes.v[i]->id);

		if (step && wants_rollback(engine, plan->nodes.v[i]) &&
		    (!last || step->snapshot > last->snapshot))
			last = step;
	}
	return last;
}

/* The last checkpoint before the step, else the beginning. */
static uint32_t last_checkpoint(const struct run_state *state, const struct stretches *stretches,
				uint32_t before)
{
	for (size_t i = state->snapshots.n; i-- > 0;) {
		const struct snapshot_state *snapshot = &state->snapshots.v[i];

		if (snapshot->number <= before && stretch_has(stretches, snapshot->number) &&
		    (!strcmp(snapshot->kind, SNAPSHOT_AFTER) ||
		     !strcmp(snapshot->kind, SNAPSHOT_BEFORE)))
			return snapshot->number;
	}
	return stretches->list.v[0].first;
}

/* The snapshot that came next after the one that the step began with. */
static uint32_t next_after(const struct run_state *state, uint32_t number)
{
	for (size_t i = 0; i < state->snapshots.n; i++)
		if (state->snapshots.v[i].number > number)
			return state->snapshots.v[i].number;
	return 0;
}

/* Of one step: what ran after it, such as a handler, stays. */
static struct stretch_pair *pairs_of_step(const struct run_state *state,
					  const struct step_state *step, struct arena *arena,
					  uint32_t *number, size_t *n)
{
	struct stretch_pair *pair = ARENA_NEW(arena, struct stretch_pair);
	uint32_t after = next_after(state, step->snapshot);
	bool is_last = !after || after == vec_last(&state->snapshots)->number;

	*pair = (struct stretch_pair){ step->snapshot, after };
	*number = is_last ? step->snapshot : 0;
	*n = 1;
	return pair;
}

static struct stretch_pair *find_pairs(struct engine *engine, const struct step_state *failed,
				       uint32_t *number, size_t *n)
{
	struct arena *arena = &engine->session->arena;
	const struct run_state *state = &engine->state;
	struct stretches stretches = { 0 };
	struct stretch_pair *pairs = NULL;

	*n = 0;
	stretch_list(state, &stretches);
	if (stretches.list.n && snapshotting_strategy(engine) == ROLLBACK_STEP) {
		pairs = pairs_of_step(state, failed, arena, number, n);
	} else if (stretches.list.n) {
		*number = snapshotting_strategy(engine) == ROLLBACK_RUN
				  ? stretches.list.v[0].first
				  : last_checkpoint(state, &stretches, failed->snapshot);
		pairs = stretch_back_to(&stretches, *number, arena, n);
	}
	vec_release(&stretches.list);
	return pairs;
}

static int hear(void *data, struct event *event, struct err *err)
{
	struct engine *engine = data;

	event->node = WF_NONE;
	emit(engine, event);
	emit_barrier(engine);
	return engine->is_fatal ? err_set(err, ERR_SYSTEM, "the journal cannot be written") : 0;
}

static void say(void *data, const char *text)
{
	emit_note(data, NULL, "%s", text);
	emit_flush(data);
}

static void tell_left(struct engine *engine, const struct rollback_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_items; i++)
		if (outcome->items[i].result == RESTORE_LEFT)
			emit_note(engine, NULL, "'%s' was left as you have it: %s",
				  outcome->items[i].name, outcome->items[i].why);
}

static void tell(struct engine *engine, const struct rollback_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_undeclared; i++)
		emit_note(engine, NULL, "'%s' was put back too; no step declares it as its output",
			  outcome->undeclared[i]);
	tell_left(engine, outcome);
}

static int roll(struct engine *engine, uint32_t number, const struct stretch_pair *pairs, size_t n,
		struct rollback_outcome *outcome, struct err *err)
{
	const struct rollback_ears ears = { hear, say, engine };
	const struct rollback *rollback = &engine->session->wf->rollback;
	struct arena *arena = &engine->session->arena;
	struct rollback_note note = { .run = engine->run_id,
				      .number = number,
				      .include = rollback->include,
				      .n_include = rollback->n_include };

	rollback_declare(engine->session, arena, &note);
	if (rollback_resolve(engine->session, &engine->state, pairs, n, arena, &note, err) < 0)
		return -1;
	return rollback_run(engine->session, &note, &engine->state, &ears, arena, outcome, err);
}

static int roll_failed(struct engine *engine, const struct step_state *failed, struct err *err)
{
	struct rollback_outcome outcome;
	uint32_t number = 0;
	size_t n;
	const struct stretch_pair *pairs = find_pairs(engine, failed, &number, &n);

	if (!n)
		return 0;
	if (roll(engine, number, pairs, n, &outcome, err) < 0)
		return -1;
	tell(engine, &outcome);
	return 0;
}

int rollbacking_to(struct engine *engine, uint32_t number, struct err *err)
{
	struct stretches stretches = { 0 };
	struct rollback_outcome outcome;
	struct stretch_pair *pairs;
	size_t n;
	int rc;

	stretch_list(&engine->state, &stretches);
	pairs = stretch_back_to(&stretches, number, &engine->session->arena, &n);
	vec_release(&stretches.list);
	rc = roll(engine, number, pairs, n, &outcome, err);
	if (rc == 0)
		tell_left(engine, &outcome);
	snapshotting_begin_again(engine);
	return rc;
}

void rollbacking_finish(struct engine *engine, enum run_status status)
{
	struct err err CLEANUP(err_release) = ERR_INIT;
	const struct step_state *failed;

	if (engine->is_fatal || status != RUN_FAILED ||
	    snapshotting_strategy(engine) == ROLLBACK_NONE)
		return;
	failed = find_failed(engine);
	if (failed && failed->snapshot && roll_failed(engine, failed, &err) < 0)
		emit_note(engine, NULL, "the run was not rolled back: %s", err_msg(&err));
}

bool rollbacking_before_cleanup(struct engine *engine, bool has_failed)
{
	size_t n = engine->state.rollbacks.n;

	if (engine->has_looked_back || !has_failed)
		return engine->was_rolled_back;
	engine->has_looked_back = true;
	snapshotting_settle(engine);
	stop_sweep(engine);
	snapshotting_finish(engine);
	if (engine->is_cancelled && !engine->is_timed_out)
		return false;
	rollbacking_finish(engine, RUN_FAILED);
	engine->was_rolled_back = engine->state.rollbacks.n > n &&
				  vec_last(&engine->state.rollbacks)->is_done;
	/* What cleans up belongs to no part of the run that can be taken back. */
	if (engine->was_rolled_back)
		engine->snapshotting.strategy = ROLLBACK_NONE;
	return engine->was_rolled_back;
}
