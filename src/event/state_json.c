/*
 * The state of a run as JSON: what `status --json` prints and results.json holds.
 */
#include <string.h>

#include "base/jsonw.h"
#include "event/state.h"

static void add_instant(struct jsonw *w, const char *key, int64_t unix_ms)
{
	jsonw_key(w, key);
	if (unix_ms)
		jsonw_instant(w, unix_ms);
	else
		jsonw_null(w);
}

static void add_counts(struct jsonw *w, const struct run_state *state)
{
	const struct {
		const char *key;
		uint32_t count;
	} counts[] = {
		{ "expected", state->n_expected }, { "done", state->n_done },
		{ "passed", state->n_passed },	   { "failed", state->n_failed },
		{ "skipped", state->n_skipped },   { "cancelled", state->n_cancelled },
		{ "unknown", state->n_unknown },   { "ran", state->n_ran },
		{ "cached", state->n_cached },	   { "restored", state->n_restored },
		{ "running", state->n_running },   { "retries", state->n_retries },
		{ "waiting", state->n_waiting },
	};
	size_t i;

	jsonw_key(w, "counts");
	jsonw_object(w);
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		jsonw_kv_uint(w, counts[i].key, counts[i].count);
	jsonw_object_end(w);
}

static void add_process(struct jsonw *w, const struct step_state *step)
{
	if (step->cookie)
		jsonw_kv_string(w, "cookie", step->cookie);
	if (!step->pid)
		return;
	jsonw_kv_int(w, "pid", step->pid);
	jsonw_kv_uint(w, "pid_start", step->pid_start);
	jsonw_kv_string(w, "boot_id", step->boot_id);
}

static void add_outcome(struct jsonw *w, const struct step_state *step)
{
	jsonw_kv_string(w, "status", step_status_name(step->status));
	jsonw_kv_string(w, "verdict", verdict_name(step->verdict));
	jsonw_kv_string(w, "reason", step->reason);
	jsonw_kv_uint(w, "attempt", step->attempt);
	jsonw_kv_uint(w, "attempts", step->attempts);
	jsonw_key(w, "exit_code");
	if (step->exit_code >= 0)
		jsonw_int(w, step->exit_code);
	else
		jsonw_null(w);
	jsonw_kv_int(w, "signal", step->signal);
	jsonw_kv_bool(w, "timed_out", step->timed_out);
	add_instant(w, "started_at", step->started_ms);
	add_instant(w, "ended_at", step->ended_ms);
	jsonw_kv_uint(w, "duration_ms", step->duration_ms);
	jsonw_kv_uint(w, "cpu_user_ms", step->cpu_user_ms);
	jsonw_kv_uint(w, "cpu_system_ms", step->cpu_system_ms);
	jsonw_kv_uint(w, "max_rss_kib", step->max_rss_kib);
}

/* All that add_outcome() writes. */
static bool is_same_outcome(const struct step_state *a, const struct step_state *b)
{
	return a->status == b->status && a->verdict == b->verdict && a->reason == b->reason &&
	       a->attempt == b->attempt && a->attempts == b->attempts &&
	       a->exit_code == b->exit_code && a->signal == b->signal &&
	       a->timed_out == b->timed_out && a->started_ms == b->started_ms &&
	       a->ended_ms == b->ended_ms && a->duration_ms == b->duration_ms &&
	       a->cpu_user_ms == b->cpu_user_ms && a->cpu_system_ms == b->cpu_system_ms &&
	       a->max_rss_kib == b->max_rss_kib;
}

struct last_outcome {
	const struct step_state *step;
	size_t at, len; /* in the output */
};

/* Of a thousand cached steps most came out alike within a millisecond: the text of the last one again. */
static void add_outcome_again(struct jsonw *w, const struct step_state *step,
			      struct last_outcome *last)
{
	size_t at = w->out->len;

	if (last->step && is_same_outcome(last->step, step)) {
		strbuf_grow(w->out, last->len); /* first: it copies from itself */
		strbuf_add(w->out, w->out->buf + last->at, last->len);
		return;
	}
	add_outcome(w, step);
	*last = (struct last_outcome){ step, at, w->out->len - at };
}

static void add_outputs(struct jsonw *w, const struct stepout *outputs)
{
	size_t i;

	jsonw_key(w, "outputs");
	jsonw_object(w);
	for (i = 0; i < outputs->n; i++)
		jsonw_kv_string(w, outputs->pairs[i].name, outputs->pairs[i].value);
	jsonw_object_end(w);
}

static void add_choices(struct jsonw *w, const char *choices)
{
	jsonw_key(w, "choices");
	jsonw_array(w);
	while (choices && *choices) {
		size_t len = strcspn(choices, "\n");

		jsonw_string_n(w, choices, len);
		choices += len + (choices[len] == '\n');
	}
	jsonw_array_end(w);
}

static void add_wait(struct jsonw *w, const struct step_wait *wait)
{
	jsonw_key(w, "asked");
	jsonw_object(w);
	jsonw_kv_string(w, "for", wait->kind);
	jsonw_kv_string(w, "question", wait->question);
	add_choices(w, wait->choices);
	jsonw_kv_string(w, "default", wait->default_answer);
	jsonw_kv_bool(w, "secret", wait->is_secret);
	add_instant(w, "since", wait->since_ms);
	add_instant(w, "until", wait->until_ms);
	jsonw_object_end(w);
}

static void add_answer(struct jsonw *w, const struct step_answer *answer)
{
	jsonw_key(w, "answered");
	jsonw_object(w);
	jsonw_kv_string(w, "word", answer->word);
	jsonw_kv_string(w, "value", answer->value);
	jsonw_kv_string(w, "by", answer->by);
	add_instant(w, "at", answer->at_ms);
	if (answer->token)
		jsonw_kv_string(w, "token", answer->token);
	jsonw_object_end(w);
}

static void add_step(struct jsonw *w, const struct step_state *step, struct last_outcome *last)
{
	jsonw_object(w);
	jsonw_kv_string(w, "id", step->id);
	if (step->is_group)
		jsonw_kv_bool(w, "group", true);
	add_outcome_again(w, step, last);
	add_process(w, step);
	if (step->is_once)
		jsonw_kv_bool(w, "once", true);
	if (step->called_by)
		jsonw_kv_string(w, "called_by", step->called_by);
	if (step->hand)
		jsonw_kv_string(w, "by_hand", step->hand);
	if (step->progress) {
		jsonw_kv_uint(w, "percent", step->percent);
		jsonw_kv_string(w, "progress", step->progress);
	}
	if (step->n_fixes)
		jsonw_kv_uint(w, "fixes", step->n_fixes);
	if (step->snapshot)
		jsonw_kv_uint(w, "snapshot", step->snapshot);
	jsonw_kv_string(w, "log", step->log);
	jsonw_kv_string(w, "fingerprint", step->fingerprint);
	add_outputs(w, &step->outputs);
	if (step->wait)
		add_wait(w, step->wait);
	if (step->answer)
		add_answer(w, step->answer);
	jsonw_object_end(w);
}

static void add_gates(struct jsonw *w, const struct run_state *state)
{
	if (!state->gates.n)
		return;
	jsonw_key(w, "gates");
	jsonw_array(w);
	for (size_t i = 0; i < state->gates.n; i++) {
		const struct gate_state *gate = &state->gates.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "step", gate->step);
		jsonw_kv_string(w, "gate", gate->gate);
		jsonw_kv_string(w, "status", gate->failed ? "failed" : "passed");
		jsonw_kv_bool(w, "warning", gate->is_warning);
		jsonw_kv_string(w, "expected", gate->expected);
		jsonw_kv_string(w, "found", gate->found);
		jsonw_kv_string(w, "message", gate->message);
		jsonw_kv_string(w, "value", gate->value);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_snapshots(struct jsonw *w, const struct run_state *state)
{
	if (!state->snapshots.n)
		return;
	jsonw_kv_bool(w, "snapshot_is_old", state->has_run_since_snapshot);
	jsonw_key(w, "snapshots");
	jsonw_array(w);
	for (size_t i = 0; i < state->snapshots.n; i++) {
		const struct snapshot_state *snapshot = &state->snapshots.v[i];

		jsonw_object(w);
		jsonw_kv_uint(w, "number", snapshot->number);
		jsonw_kv_string(w, "when", snapshot->kind);
		jsonw_kv_string(w, "step", snapshot->step);
		jsonw_kv_string(w, "raw", snapshot->raw);
		jsonw_kv_string(w, "tree", snapshot->tree);
		add_instant(w, "at", snapshot->at_ms);
		if (snapshot->is_last)
			jsonw_kv_bool(w, "last", true);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_rollbacks(struct jsonw *w, const struct run_state *state)
{
	if (!state->rollbacks.n)
		return;
	jsonw_key(w, "rollbacks");
	jsonw_array(w);
	for (size_t i = 0; i < state->rollbacks.n; i++) {
		const struct rollback_state *rollback = &state->rollbacks.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "what", rollback->is_undo ? "undo" : "rollback");
		jsonw_kv_uint(w, "number", rollback->number);
		jsonw_kv_uint(w, "pre", rollback->pre);
		jsonw_kv_uint(w, "post", rollback->post);
		jsonw_kv_uint(w, "files", rollback->n_files);
		jsonw_kv_uint(w, "left", rollback->n_left);
		jsonw_kv_uint(w, "undeclared", rollback->n_undeclared);
		jsonw_kv_bool(w, "done", rollback->is_done);
		add_instant(w, "at", rollback->at_ms);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_head(struct jsonw *w, const struct run_state *state)
{
	jsonw_kv_int(w, "schema", 1);
	jsonw_kv_string(w, "run", state->run);
	jsonw_kv_string(w, "workflow", state->workflow);
	jsonw_kv_string(w, "status", run_status_name(state->status));
	add_instant(w, "started_at", state->started_ms);
	add_instant(w, "ended_at", state->ended_ms);
	jsonw_key(w, "duration_ms");
	if (state->ended_ms)
		jsonw_uint(w, state_work_ms(state, state->ended_ms));
	else
		jsonw_null(w);
	jsonw_kv_uint(w, "journal_seq", state->last_seq);
	jsonw_kv_uint(w, "resumes", state->resumes);
	jsonw_kv_uint(w, "past_ms", state->past_ms);
	if (state->expected_ms) {
		jsonw_kv_uint(w, "expected_ms", state->expected_ms);
		jsonw_kv_bool(w, "took_longer",
			      state_work_ms(state, state->active_ms) > state->expected_ms);
	}
	add_instant(w, "part_started_at", state->part_ms);
	add_instant(w, "last_event_at", state->seen_ms);
	add_instant(w, "last_active_at", state->active_ms);
	if (state->is_aborted)
		jsonw_kv_bool(w, "aborted", true);
	if (state->cancel_signal)
		jsonw_kv_int(w, "cancel_signal", state->cancel_signal);
}

void state_to_json(const struct run_state *state, struct strbuf *out, int indent)
{
	struct jsonw w = { .out = out, .indent = indent };
	struct last_outcome last = { 0 };
	size_t i;

	jsonw_object(&w);
	add_head(&w, state);
	add_counts(&w, state);
	jsonw_key(&w, "steps");
	jsonw_array(&w);
	for (i = 0; i < state->steps.n; i++)
		add_step(&w, state->steps.v[i], &last);
	jsonw_array_end(&w);
	add_gates(&w, state);
	add_snapshots(&w, state);
	add_rollbacks(&w, state);
	jsonw_object_end(&w);
}
