/*
 * The fold of events into the state of a run.
 *
 * Counters are kept right by taking a step's share out before an event changes it and putting the new
 * share in afterwards: no sequence of events can make them drift.
 */
#include "event/state.h"

#include <string.h>

#include "event/state_impl.h"
#include "event/wait.h"

#define PROGRESS_SIZE 256

void state_init(struct run_state *state)
{
	memset(state, 0, sizeof *state);
}

void state_release(struct run_state *state)
{
	if (!state)
		return;
	strmap_release(&state->by_id);
	strmap_release(&state->group_ids);
	vec_release(&state->steps);
	vec_release(&state->gates);
	strmap_release(&state->gate_ids);
	vec_release(&state->snapshots);
	vec_release(&state->rollbacks);
	arena_release(&state->arena);
	memset(state, 0, sizeof *state);
}

const struct step_state *state_step(const struct run_state *state, const char *id)
{
	return id ? strmap_get(&state->by_id, id) : NULL;
}

static void add_to(uint32_t *counter, bool counts, uint32_t by)
{
	if (counts)
		*counter += by; /* by: 1, or UINT32_MAX for one less */
}

/* One that ran before a resume and is up to date after it is cached, and nothing else. */
static bool did_run(const struct step_state *step)
{
	return step->started_ms && step->status != STEP_SKIPPED &&
	       step->verdict != VERDICT_CACHED && step->verdict != VERDICT_RESTORE;
}

void state_count_step(struct run_state *state, const struct step_state *step, uint32_t by)
{
	bool passed = step->status == STEP_PASSED;
	bool is_done = step_status_is_final(step->status);

	if (step->is_group)
		return;
	add_to(&state->n_running, step->status == STEP_RUNNING, by);
	add_to(&state->n_waiting, step->status == STEP_WAITING && step->wait && !step->answer, by);
	add_to(&state->n_done, is_done, by);
	add_to(&state->n_passed, passed, by);
	add_to(&state->n_failed, step->status == STEP_FAILED, by);
	add_to(&state->n_skipped, step->status == STEP_SKIPPED, by);
	add_to(&state->n_cancelled, step->status == STEP_CANCELLED, by);
	add_to(&state->n_unknown, step->status == STEP_UNKNOWN, by);
	add_to(&state->n_ran, is_done && did_run(step), by);
	add_to(&state->n_cached, passed && step->verdict == VERDICT_CACHED, by);
	add_to(&state->n_restored, passed && step->verdict == VERDICT_RESTORE, by);
}

const char *state_keep(struct run_state *state, const char *text)
{
	return text ? arena_strdup(&state->arena, text) : NULL;
}

/* An id "test[unit]" says that "test" is a foreach, whichever of them comes first. */
static void note_group(struct run_state *state, const char *item_id)
{
	const char *bracket = strchr(item_id, '[');
	size_t len = bracket ? (size_t)(bracket - item_id) : 0;
	struct step_state *group;

	if (!bracket || strmap_get_n(&state->group_ids, item_id, len))
		return;
	strmap_put(&state->group_ids, arena_strndup(&state->arena, item_id, len), state);
	group = strmap_get_n(&state->by_id, item_id, len);
	if (!group)
		return;
	state_count_step(state, group, UINT32_MAX);
	group->is_group = true;
}

struct step_state *state_get_step(struct run_state *state, const char *id)
{
	struct step_state *step = strmap_get(&state->by_id, id);

	if (step)
		return step;
	step = ARENA_NEW(&state->arena, struct step_state);
	step->id = state_keep(state, id);
	step->exit_code = -1;
	step->is_group = strmap_get(&state->group_ids, id) != NULL;
	vec_push(&state->steps, step);
	strmap_put(&state->by_id, step->id, step);
	note_group(state, step->id);
	return step;
}

static void copy_outputs(struct run_state *state, const struct stepout *from, struct stepout *to)
{
	size_t i;

	to->pairs = ARENA_ARRAY(&state->arena, struct stepout_pair, from->n);
	to->n = from->n;
	for (i = 0; i < from->n; i++) {
		to->pairs[i].name = state_keep(state, from->pairs[i].name);
		to->pairs[i].value = state_keep(state, from->pairs[i].value);
	}
}

/* The progress of a long run would fill the arena: each step has one place for it. */
static void set_progress(struct run_state *state, struct step_state *step,
			 const struct event *event)
{
	const char *text = event->text ? event->text : "";
	size_t len = strlen(text);

	if (!step->progress_mem)
		step->progress_mem = arena_alloc(&state->arena, PROGRESS_SIZE);
	if (len >= PROGRESS_SIZE)
		for (len = PROGRESS_SIZE - 1; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	memcpy(step->progress_mem, text, len);
	step->progress_mem[len] = '\0';
	step->progress = step->progress_mem;
	step->percent = event->percent < 100 ? event->percent : 100;
}

/* All that an earlier execution left, but its identity. */
static void reset_step(struct step_state *step)
{
	struct step_state fresh = { .id = step->id,
				    .is_group = step->is_group,
				    .exit_code = -1,
				    .hand = step->hand,
				    .called_by = step->called_by,
				    .progress_mem = step->progress_mem };

	*step = fresh;
}

static void apply_judged(struct run_state *state, struct step_state *step,
			 const struct event *event)
{
	uint32_t n_fixes = step_status_is_final(step->status) ? 0 : step->n_fixes;

	reset_step(step);
	step->n_fixes = n_fixes; /* those before a kill count */
	step->status = STEP_READY;
	step->verdict = event->verdict;
	step->reason = state_keep(state, event->text);
	step->fingerprint = state_keep(state, event->fingerprint);
}

static uint32_t last_snapshot(const struct run_state *state)
{
	return state->snapshots.n ? vec_last(&state->snapshots)->number : 0;
}

static void apply_start(struct run_state *state, struct step_state *step, const struct event *event)
{
	if (step_status_is_final(step->status))
		reset_step(step);
	step->status = STEP_RUNNING;
	step->snapshot = last_snapshot(state);
	state->has_run_since_snapshot = true;
	step->attempt = event->attempt;
	step->attempts = event->attempts;
	step->cookie = state_keep(state, event->cookie);
	step->is_once = event->is_once;
	step->pid = 0;
	if (!step->started_ms)
		step->started_ms = event->at_ms;
}

static void take_outcome(struct run_state *state, struct step_state *step,
			 const struct event *event)
{
	step->exit_code = event->exit_code;
	step->signal = event->signal;
	step->timed_out = event->timed_out;
	step->cpu_user_ms = event->cpu_user_ms;
	step->cpu_system_ms = event->cpu_system_ms;
	step->max_rss_kib = event->max_rss_kib;
	step->pid = 0;
	step->cookie = NULL;
	if (event->attempt)
		step->attempt = event->attempt;
	if (event->attempts)
		step->attempts = event->attempts;
	if (event->text)
		step->reason = state_keep(state, event->text);
	if (event->log)
		step->log = state_keep(state, event->log);
}

static void apply_end(struct run_state *state, struct step_state *step, const struct event *event)
{
	/* Never a success, nor a step that runs on, from something that is no end. */
	step->status = step_status_is_final(event->status) ? event->status : STEP_UNKNOWN;
	step->verdict = event->verdict;
	if (event->verdict == VERDICT_RESTORE) { /* it wrote to the tree */
		step->snapshot = last_snapshot(state);
		state->has_run_since_snapshot = true;
	}
	step->ended_ms = event->at_ms;
	step->duration_ms = event->duration_ms;
	if (event->fingerprint)
		step->fingerprint = state_keep(state, event->fingerprint);
	take_outcome(state, step, event);
	copy_outputs(state, &event->outputs, &step->outputs);
}

static void apply_wait(struct run_state *state, struct step_state *step, const struct event *event)
{
	struct step_wait *wait = ARENA_NEW(&state->arena, struct step_wait);

	if (step_status_is_final(step->status))
		reset_step(step);
	wait->kind = state_keep(state, event->text);
	wait->question = state_keep(state, event->question);
	wait->choices = state_keep(state, event->choices);
	wait->default_answer = state_keep(state, event->default_answer);
	wait->is_secret = event->is_secret;
	wait->since_ms = event->at_ms;
	if (event->delay_ms && event->delay_ms < INT64_MAX / 2 && event->at_ms < INT64_MAX / 2)
		wait->until_ms = event->at_ms + (int64_t)event->delay_ms;
	step->status = STEP_WAITING;
	step->wait = wait;
	step->answer = NULL;
	if (event->log)
		step->log = state_keep(state, event->log);
	if (wait_is_escalation(wait->kind)) {
		step->attempt = event->attempt;
		step->exit_code = event->exit_code;
		step->reason = wait->question;
	}
	if (wait_is_step(wait->kind) && !step->started_ms)
		step->started_ms = event->at_ms;
}

static void apply_answer(struct run_state *state, struct step_state *step,
			 const struct event *event)
{
	struct step_answer *answer = ARENA_NEW(&state->arena, struct step_answer);

	answer->word = state_keep(state, event->text);
	answer->value = state_keep(state, event->answer);
	answer->by = state_keep(state, event->by);
	answer->token = state_keep(state, event->cookie);
	answer->at_ms = event->at_ms;
	step->answer = answer;
	if (step->status == STEP_WAITING)
		step->status = STEP_READY;
}

static void apply_step(struct run_state *state, const struct event *event)
{
	struct step_state *step = state_get_step(state, event->step);

	state_count_step(state, step, UINT32_MAX);
	switch (event->type) {
	case EV_STEP_JUDGED: apply_judged(state, step, event); break;
	case EV_STEP_HAND: step->hand = state_keep(state, event->text); break;
	case EV_STEP_WAIT: apply_wait(state, step, event); break;
	case EV_STEP_ANSWER: apply_answer(state, step, event); break;
	case EV_STEP_START: apply_start(state, step, event); break;
	case EV_STEP_PID:
		step->pid = event->pid;
		step->pid_start = event->pid_start;
		step->boot_id = state_keep(state, event->text);
		break;
	case EV_STEP_PROGRESS: set_progress(state, step, event); break;
	case EV_STEP_TRY:
		take_outcome(state, step, event);
		step->status = STEP_WAITING;
		state->n_retries++;
		break;
	case EV_STEP_FIX: step->n_fixes = event->attempt; break;
	case EV_STEP_END: apply_end(state, step, event); break;
	default: break;
	}
	state_count_step(state, step, 1);
}

static void expect_more(struct run_state *state, uint32_t n_steps)
{
	if (__builtin_add_overflow(state->n_expected, n_steps, &state->n_expected))
		state->n_expected = UINT32_MAX;
}

void state_mark_group(struct run_state *state, struct step_state *step)
{
	if (step->is_group)
		return;
	state_count_step(state, step, UINT32_MAX);
	step->is_group = true;
	strmap_put(&state->group_ids, step->id, state);
}

static void apply_expand(struct run_state *state, const struct event *event)
{
	struct step_state *group = state_get_step(state, event->step);

	state_mark_group(state, group);
	expect_more(state, event->n_steps);
}

/* Once is enough, also where it is called again after a resume. */
static void apply_call(struct run_state *state, const struct event *event)
{
	struct step_state *step = state_get_step(state, event->step);

	if (!step->called_by)
		expect_more(state, 1);
	step->called_by = state_keep(state, event->text ? event->text : "workflow");
}

static uint32_t count_called(const struct run_state *state)
{
	uint32_t n = 0;

	for (size_t i = 0; i < state->steps.n; i++)
		n += state->steps.v[i]->called_by != NULL;
	return n;
}

static uint64_t part_ms(const struct run_state *state, int64_t end_ms)
{
	int64_t ms;

	if (!state->part_ms || __builtin_sub_overflow(end_ms, state->part_ms, &ms) || ms < 0)
		return 0; /* the clock may have been set back */
	return (uint64_t)ms;
}

uint64_t state_work_ms(const struct run_state *state, int64_t now_ms)
{
	uint64_t ms = part_ms(state, state->status == RUN_RUNNING ? now_ms : state->active_ms);

	return state->past_ms + ms >= ms ? state->past_ms + ms : UINT64_MAX;
}

void state_mark_dead(struct run_state *state)
{
	for (size_t i = 0; i < state->steps.n; i++) {
		struct step_state *step = state->steps.v[i];

		if (step->status != STEP_RUNNING || !step->is_once)
			continue;
		state_count_step(state, step, UINT32_MAX);
		step->status = STEP_UNKNOWN;
		step->reason = "the engine died while it ran";
		state_count_step(state, step, 1);
	}
}

static void apply_begin(struct run_state *state, const struct event *event)
{
	state->past_ms += part_ms(state, state->active_ms);
	state->part_ms = state->seen_ms = state->active_ms = event->at_ms;
	if (event->run)
		state->run = state_keep(state, event->run);
	if (event->n_steps || event->type == EV_RUN_START)
		state->n_expected = event->n_steps + count_called(state);
	state->expected_ms = event->delay_ms;
	if (event->type == EV_RUN_START) {
		state->workflow = state_keep(state, event->text);
		state->started_ms = event->at_ms;
	} else {
		state->resumes++;
		state_mark_dead(state);
	}
	state->status = RUN_RUNNING;
	state->ended_ms = 0;
	state->cancel_signal = 0;
}

static void apply_run_end(struct run_state *state, const struct event *event)
{
	state->status = event->run_status == RUN_RUNNING ? RUN_INTERRUPTED : event->run_status;
	state->ended_ms = event->at_ms;
	if (state->snapshots.n && !state->has_run_since_snapshot)
		vec_last(&state->snapshots)->is_last = true;
	state_mark_dead(state);
}

/* Does it tell that an engine was at work? A person's words and rollbacks may come long after the last
 * one was, and so may an end that somebody else wrote down for it: that one has no duration. */
static bool is_activity(const struct run_state *state, const struct event *event)
{
	switch (event->type) {
	case EV_RUN_START:
	case EV_RUN_RESUME: return true;
	case EV_STEP_HAND:
	case EV_STEP_ANSWER:
	case EV_SNAPSHOT:
	case EV_ROLLBACK_START:
	case EV_ROLLBACK_END:
	case EV_RUN_CANCEL:
	case EV_RUN_ABORT: return false;
	case EV_RUN_END: return event->duration_ms > 0 && state->status == RUN_RUNNING;
	default: return state->status == RUN_RUNNING;
	}
}

void state_apply(struct run_state *state, const struct event *event)
{
	bool is_active = is_activity(state, event);

	if (event->seq > state->last_seq)
		state->last_seq = event->seq;
	switch (event->type) {
	case EV_RUN_START:
	case EV_RUN_RESUME: apply_begin(state, event); break;
	case EV_GATE: state_apply_gate(state, event); break;
	case EV_SNAPSHOT: state_apply_snapshot(state, event); break;
	case EV_ROLLBACK_START:
	case EV_ROLLBACK_END: state_apply_rollback(state, event); break;
	case EV_RUN_CANCEL: state->cancel_signal = event->signal; break;
	case EV_RUN_ABORT: state->is_aborted = true; break;
	case EV_RUN_END: apply_run_end(state, event); break;
	case EV_STEP_EXPAND:
		if (event->step)
			apply_expand(state, event);
		break;
	case EV_STEP_CALL:
		if (event->step)
			apply_call(state, event);
		break;
	case EV_STEP_JUDGED:
	case EV_STEP_HAND:
	case EV_STEP_WAIT:
	case EV_STEP_ANSWER:
	case EV_STEP_START:
	case EV_STEP_PID:
	case EV_STEP_PROGRESS:
	case EV_STEP_TRY:
	case EV_STEP_FIX:
	case EV_STEP_END:
		if (event->step)
			apply_step(state, event);
		break;
	default: break;
	}
	if (event->at_ms > state->seen_ms)
		state->seen_ms = event->at_ms;
	if (is_active && event->at_ms > state->active_ms)
		state->active_ms = event->at_ms;
}
