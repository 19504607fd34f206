/*
 * Groups while they run: their time, what a failure inside ends, and races (`wait_for`). A race is
 * decided by the first of its steps that passes (any) or ends (first); the others are cancelled, and
 * what they have half written goes. On a resume a race that was decided stays so.
 */
#include <string.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/timefmt.h"
#include "event/policy.h"
#include "listing_impl.h"
#include "sys/fs.h"

/* The clock of a file system may be behind ours by a tick. */
#define CLOCK_SLACK_NS ((int64_t)20 * 1000000)

/* Of one node: a group, or what is stopped in one. */
struct group_run {
	struct engine *engine;
	const struct node *node;
	struct loop_timer timer;
	bool has_started, is_over, timed_out;
	uint32_t winner; /* of a race, or WF_NONE */
};

static struct group_run *run_of(struct engine *engine, const struct node *group)
{
	struct group_run *run;

	while (engine->groups.n <= group->index)
		vec_push(&engine->groups, NULL);
	run = engine->groups.v[group->index];
	if (run)
		return run;
	run = ARENA_NEW(&engine->session->arena, struct group_run);
	*run = (struct group_run){ .engine = engine, .node = group, .winner = WF_NONE };
	return engine->groups.v[group->index] = run;
}

/* What cleans up after a used workflow, and what was called, runs whatever becomes of the group. */
static const struct node *parent_of(const struct engine *engine, const struct node *node)
{
	const struct node *parent = node->parent == WF_NONE || node->step->called
					    ? NULL
					    : engine->session->plan->nodes.v[node->parent];

	return parent && parent->is_finally == node->is_finally ? parent : NULL;
}

static bool is_race(const struct node *group)
{
	return group->is_selected && group->step->group->wait_for != WAIT_FOR_ALL;
}

/* Of the group, or of a file: it takes no part in a race. */
static bool is_of_gates(const struct node *node)
{
	return node->step->role == ROLE_REQUIRES || node->step->role == ROLE_ENSURES;
}

/* The outermost race around a node, or NULL. */
static const struct node *race_around(const struct engine *engine, const struct node *node)
{
	const struct node *race = NULL;

	for (node = parent_of(engine, node); node; node = parent_of(engine, node))
		if (is_race(node))
			race = node;
	return race;
}

bool groups_is_racing(const struct engine *engine, const struct node *node)
{
	return race_around(engine, node) != NULL;
}

/* ---- ending what is in a group ---- */

/* Is it this node, an item of it, or in it? */
static bool is_of(const struct engine *engine, const struct node *node, uint32_t other)
{
	return other != WF_NONE && (node->index == other || node->group == other ||
				    plan_is_in(engine->session->plan, node, other));
}

/* One whose gates are checked has no process either. */
static bool is_between_tries(const struct execution *execution)
{
	return loop_timer_is_running(&execution->retry);
}

static void end_running(struct engine *engine, const struct node *group, uint32_t but)
{
	const struct plan *plan = engine->session->plan;

	waits_drop_below(engine, group->index);
	/* Backwards: requeueing takes an execution out of the list. */
	for (size_t i = engine->running.n; i-- > 0;) {
		struct execution *execution = engine->running.v[i];
		const struct node *node = execution->node;

		if (!plan_is_in(plan, node, group->index) ||
		    node->step->within != group->step->within || is_of(engine, node, but))
			continue;
		if (is_between_tries(execution)) {
			attempt_requeue(execution);
			continue;
		}
		if (execution->is_reaped && execution->pid)
			continue;
		execution->was_cancelled = execution->is_loser = true;
		if (execution->pid)
			attempt_terminate(execution);
	}
}

/* Nothing more of it starts; what runs goes on. */
static void requeue_waiting(struct engine *engine, const struct node *group)
{
	waits_drop_below(engine, group->index);
	for (size_t i = engine->running.n; i-- > 0;) {
		struct execution *execution = engine->running.v[i];

		if (is_between_tries(execution) &&
		    execution->node->step->within == group->step->within &&
		    plan_is_in(engine->session->plan, execution->node, group->index))
			attempt_requeue(execution);
	}
}

static void stop_group(struct engine *engine, const struct node *group)
{
	struct group_run *run = run_of(engine, group);

	if (run->is_over)
		return;
	run->is_over = true;
	sched_stop_below(engine->sched, group->index);
	requeue_waiting(engine, group);
}

/* ---- failures ---- */

bool groups_keep_failure(struct engine *engine, const struct node *node)
{
	const struct node *inner = NULL, *group;

	if (node->group != WF_NONE)
		return true; /* the foreach says what it means */
	for (group = parent_of(engine, node); group; group = parent_of(engine, group)) {
		if (is_race(group)) {
			if (inner)
				stop_group(engine, inner);
			return true;
		}
		if (group->step->on_failure == ON_FAILURE_CONTINUE) {
			stop_group(engine, group);
			return true;
		}
		if (group->group != WF_NONE) { /* an item: the others go on */
			stop_group(engine, group);
			return true;
		}
		inner = group;
	}
	return false;
}

/* ---- races ---- */

static void decide_race(struct engine *engine, const struct node *race, const struct node *winner)
{
	struct group_run *run = run_of(engine, race);

	run->is_over = true;
	run->winner = winner->index;
	sched_stop_below(engine->sched, race->index);
	end_running(engine, race, winner->index);
}

void groups_heard(struct engine *engine, const struct node *node, enum step_status status)
{
	const struct node *race = node->group == WF_NONE ? parent_of(engine, node) : NULL;

	if (!race || !is_race(race) || is_of_gates(node) || run_of(engine, race)->is_over)
		return;
	if (status == STEP_PASSED ||
	    (status == STEP_FAILED && race->step->group->wait_for == WAIT_FOR_FIRST))
		decide_race(engine, race, node);
}

const char *groups_why_stopped(struct engine *engine, const struct node *node,
			       enum step_status *status)
{
	struct arena *arena = &engine->session->arena;
	const struct node *group;

	for (group = parent_of(engine, node); group; group = parent_of(engine, group)) {
		const struct group_run *run = run_of(engine, group);

		if (!run->is_over || is_of(engine, node, run->winner))
			continue;
		/* What a race ensures is asked after that. */
		if (is_of_gates(node) && node->parent == group->index && run->winner != WF_NONE)
			continue;
		*status = run->winner != WF_NONE || run->timed_out ? STEP_CANCELLED : STEP_SKIPPED;
		if (run->winner != WF_NONE)
			return arena_printf(arena, "'%s' was first",
					    engine->session->plan->nodes.v[run->winner]->id);
		return arena_printf(
			arena, run->timed_out ? "the time of '%s' is over" : "'%s' failed before",
			group->id);
	}
	return NULL;
}

/* ---- the end of a group ---- */

static bool any_gate_failed(const struct session *session, const struct node *group)
{
	for (uint32_t i = 0; i < group->n_items; i++) {
		const struct node *node = plan_item(session->plan, group, i);

		if (is_of_gates(node) && session->results.v[node->index].status == STEP_FAILED)
			return true;
	}
	return false;
}

bool groups_has_passed(struct engine *engine, const struct node *node)
{
	const struct node *race = node->parent == WF_NONE
					  ? NULL
					  : engine->session->plan->nodes.v[node->parent];
	uint32_t winner;

	if (node->step->role != ROLE_ENSURES || !race || !is_race(race))
		return true;
	winner = run_of(engine, race)->winner;
	return winner != WF_NONE && session_result(engine->session, winner)->status == STEP_PASSED;
}

void groups_fold(struct engine *engine, const struct node *group)
{
	struct session *session = engine->session;
	struct node_result *result = session_result(session, group->index);
	struct group_run *run = run_of(engine, group);

	loop_stop_timer(engine->loop, &run->timer);
	if (run->timed_out && result->status != STEP_PASSED)
		result->status = STEP_FAILED;
	else if (run->winner != WF_NONE)
		result->status = any_gate_failed(session, group)
					 ? STEP_FAILED
					 : session_result(session, run->winner)->status;
	if (result->status != STEP_FAILED || (!run->timed_out && !is_race(group)))
		return;
	if (!groups_is_racing(engine, group))
		engine->any_failed = true;
}

/* Of a group whose steps have not said already what its failure means. */
bool groups_fails_itself(struct engine *engine, const struct node *group)
{
	return is_race(group) || run_of(engine, group)->timed_out;
}

/* ---- time ---- */

static void on_group_timeout(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct group_run *run = data;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	if (run->is_over && run->winner != WF_NONE)
		return;
	duration_format(&text, run->node->step->timeout_ms);
	emit_note(run->engine, run->node, "'%s' timed out after %s", run->node->id, text.buf);
	run->is_over = run->timed_out = true;
	sched_stop_below(run->engine->sched, run->node->index);
	end_running(run->engine, run->node, WF_NONE);
}

void groups_started(struct engine *engine, const struct node *node)
{
	const struct node *group;

	for (group = parent_of(engine, node); group; group = parent_of(engine, group)) {
		struct group_run *run = run_of(engine, group);

		if (run->has_started)
			continue;
		run->has_started = true;
		if (group->step->timeout_ms)
			loop_start_timer(engine->loop, &run->timer, group->step->timeout_ms,
					 on_group_timeout, run);
	}
}

/* ---- what a loser leaves ---- */

/* What it has written since it was started; what it did not touch stays. */
void groups_remove_outputs(struct session *session, const struct node *node, int64_t since_ms)
{
	struct arena arena = { 0 };
	struct path_list paths = { 0 };
	int64_t since_ns = since_ms * 1000000 - CLOCK_SLACK_NS;

	for (size_t i = 0; i < node->n_outputs; i++)
		if (node->outputs[i].kind != PATH_ARTIFACT)
			listing_outputs(session->listing, &node->outputs[i], &arena, &paths, NULL);
	for (size_t i = 0; i < paths.paths.n; i++) {
		struct file_id id;

		if (fs_stat(session->layout.root_fd, paths.paths.v[i], &id, NULL) == 0 &&
		    id.ctime_ns >= since_ns)
			unlinkat(session->layout.root_fd, paths.paths.v[i], 0);
	}
	vec_release(&paths.paths);
	arena_release(&arena);
}

/* ---- a run that goes on ---- */

struct past { /* of what is directly in a race */
	bool has_passed, has_failed, is_open;
	int64_t ended_ms;
};

static void add_past(struct past *past, const struct step_state *step)
{
	past->has_passed |= step->status == STEP_PASSED;
	past->has_failed |= step->status == STEP_FAILED;
	past->is_open |= !step_status_is_final(step->status) || step->status == STEP_CANCELLED;
	if (step->ended_ms > past->ended_ms)
		past->ended_ms = step->ended_ms;
}

static struct past past_of(const struct engine *engine, const struct node *child)
{
	const struct plan *plan = engine->session->plan;
	struct past past = { 0 };

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];
		const struct step_state *step;

		if (node->kind != NODE_STEP || !is_of(engine, node, child->index))
			continue;
		step = state_step(&engine->state, node->id);
		if (step)
			add_past(&past, step);
		else
			past.is_open = true;
	}
	return past;
}

/* One that a failure has decided is run anew: to go on is to try again what failed, and that is the race. */
static const struct node *past_winner(const struct engine *engine, const struct node *race)
{
	const struct node *winner = NULL;
	int64_t ended_ms = INT64_MAX;

	for (uint32_t i = 0; i < race->n_items; i++) {
		const struct node *child = plan_item(engine->session->plan, race, i);
		struct past past = past_of(engine, child);
		bool decides = past.has_passed && !past.has_failed;

		if (is_of_gates(child) || past.is_open || !decides || past.ended_ms >= ended_ms)
			continue;
		ended_ms = past.ended_ms;
		winner = child;
	}
	return winner;
}

/* Losers that the end of the engine caught while they ran. */
static void clean_after(struct engine *engine, const struct node *race, const struct node *winner)
{
	const struct plan *plan = engine->session->plan;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];
		const struct step_state *step = state_step(&engine->state, node->id);

		if (step && step->status == STEP_RUNNING && step->started_ms &&
		    plan_is_in(plan, node, race->index) && !is_of(engine, node, winner->index))
			groups_remove_outputs(engine->session, node, step->started_ms);
	}
}

void groups_recall(struct engine *engine)
{
	const struct plan *plan = engine->session->plan;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *race = plan->nodes.v[i], *winner;

		if (race->kind != NODE_GROUP || !is_race(race) ||
		    !(winner = past_winner(engine, race)))
			continue;
		clean_after(engine, race, winner);
		run_of(engine, race)->is_over = true;
		run_of(engine, race)->winner = winner->index;
		for (uint32_t c = 0; c < race->n_items; c++)
			if (race->children[c] != winner->index &&
			    !is_of_gates(plan->nodes.v[race->children[c]]))
				sched_stop_below(engine->sched, race->children[c]);
	}
}

/* ---- runners wait until all that can be judged are ---- */

struct held {
	const struct node *node;
	struct judged judged;
	struct arena arena;
};

bool groups_hold(struct engine *engine, const struct node *node, struct judged *judged,
		 struct arena *arena)
{
	const struct node *race = race_around(engine, node);
	struct held *held;

	if (!race || !sched_has_ready_below(engine->sched, race->index))
		return false;
	held = ARENA_NEW(&engine->session->arena, struct held);
	*held = (struct held){ node, *judged, *arena };
	memset(judged, 0, sizeof *judged);
	memset(arena, 0, sizeof *arena);
	vec_push(&engine->held, held);
	return true;
}

void groups_let_go(struct engine *engine)
{
	size_t n = 0;

	for (size_t i = 0; i < engine->held.n; i++) {
		struct held *held = engine->held.v[i];
		const struct node *race = race_around(engine, held->node);

		if (sched_has_ready_below(engine->sched, race->index)) {
			engine->held.v[n++] = held;
			continue;
		}
		judging_go_on(engine, held->node, &held->judged, &held->arena);
		if (held->judged.has_facts)
			facts_release(&held->judged.gathered);
		vec_release(&held->judged.decision.reasons.list);
		arena_release(&held->arena);
	}
	engine->held.n = n;
}

bool groups_is_over_for(struct engine *engine, const struct node *node)
{
	enum step_status status;

	return groups_why_stopped(engine, node, &status) != NULL;
}

void groups_release(struct engine *engine)
{
	for (size_t i = 0; i < engine->held.n; i++) {
		struct held *held = engine->held.v[i];

		if (held->judged.has_facts)
			facts_release(&held->judged.gathered);
		vec_release(&held->judged.decision.reasons.list);
		arena_release(&held->arena);
	}
	vec_release(&engine->held);
	vec_release(&engine->groups);
}
