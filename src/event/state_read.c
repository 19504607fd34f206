/*
 * A state from its JSON: what a checkpoint holds.
 */
#include <string.h>

#include "base/strbuf.h"
#include "base/timefmt.h"
#include "event/state.h"
#include "event/state_impl.h"
#include "ext/json.h"

static const char *read_text(struct run_state *state, const struct json *json, const char *key)
{
	const char *text = json_get_string(json, key, NULL);

	return text ? arena_strdup(&state->arena, text) : NULL;
}

/* null: 0 */
static int read_instant(const struct json *json, const char *key, int64_t *unix_ms)
{
	const char *text = json_get_string(json, key, NULL);

	*unix_ms = 0;
	return text ? instant_parse(text, unix_ms) : 0;
}

static uint64_t read_uint(const struct json *json, const char *key)
{
	int64_t number = json_get_int(json, key, 0);

	return number > 0 ? (uint64_t)number : 0;
}

static int read_verdict(const struct json *json, enum verdict *verdict)
{
	const char *name = json_get_string(json, "verdict", NULL);

	for (int i = VERDICT_RUN; name && i <= VERDICT_PENDING; i++) {
		if (strcmp(verdict_name((enum verdict)i), name) != 0)
			continue;
		*verdict = (enum verdict)i;
		return 0;
	}
	return -1;
}

static int read_outputs(struct run_state *state, const struct json *json, struct stepout *outputs)
{
	if (!json || json->kind != JSON_OBJECT)
		return -1;
	outputs->pairs = ARENA_ARRAY(&state->arena, struct stepout_pair, json->n);
	for (size_t i = 0; i < json->n; i++) {
		if (json->items[i].kind != JSON_STRING)
			return -1;
		outputs->pairs[i].name = arena_strdup(&state->arena, json->keys[i]);
		outputs->pairs[i].value = arena_strdup(&state->arena, json->items[i].text);
	}
	outputs->n = json->n;
	return 0;
}

static void read_process(struct run_state *state, const struct json *json, struct step_state *step)
{
	step->cookie = read_text(state, json, "cookie");
	step->pid = json_get_int(json, "pid", 0);
	step->pid_start = read_uint(json, "pid_start");
	step->boot_id = read_text(state, json, "boot_id");
}

static void read_outcome(const struct json *json, struct step_state *step)
{
	step->attempt = (uint32_t)read_uint(json, "attempt");
	step->attempts = (uint32_t)read_uint(json, "attempts");
	step->exit_code = (int)json_get_int(json, "exit_code", -1);
	step->signal = (int)json_get_int(json, "signal", 0);
	step->timed_out = json_get_bool(json, "timed_out", false);
	step->duration_ms = read_uint(json, "duration_ms");
	step->cpu_user_ms = read_uint(json, "cpu_user_ms");
	step->cpu_system_ms = read_uint(json, "cpu_system_ms");
	step->max_rss_kib = read_uint(json, "max_rss_kib");
}

static const char *read_choices(struct run_state *state, const struct json *json)
{
	const struct json *choices = json_get(json, "choices");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; choices && choices->kind == JSON_ARRAY && i < choices->n; i++)
		if (choices->items[i].kind == JSON_STRING)
			strbuf_addf(&text, "%s%s", i ? "\n" : "", choices->items[i].text);
	return text.len ? arena_strdup(&state->arena, strbuf_str(&text)) : NULL;
}

static int read_wait(struct run_state *state, const struct json *json, struct step_state *step)
{
	struct step_wait *wait;

	if (!json)
		return 0;
	step->wait = wait = ARENA_NEW(&state->arena, struct step_wait);
	wait->kind = read_text(state, json, "for");
	wait->question = read_text(state, json, "question");
	wait->default_answer = read_text(state, json, "default");
	wait->choices = read_choices(state, json);
	wait->is_secret = json_get_bool(json, "secret", false);
	if (!wait->kind || !wait->question || read_instant(json, "since", &wait->since_ms) < 0)
		return -1;
	return read_instant(json, "until", &wait->until_ms);
}

static int read_answer(struct run_state *state, const struct json *json, struct step_state *step)
{
	struct step_answer *answer;

	if (!json)
		return 0;
	step->answer = answer = ARENA_NEW(&state->arena, struct step_answer);
	answer->word = read_text(state, json, "word");
	answer->value = read_text(state, json, "value");
	answer->by = read_text(state, json, "by");
	answer->token = read_text(state, json, "token");
	if (!answer->word || !answer->by)
		return -1;
	return read_instant(json, "at", &answer->at_ms);
}

static int read_step(struct run_state *state, const struct json *json)
{
	const char *id = json_get_string(json, "id", NULL);
	struct step_state *step = id ? state_get_step(state, id) : NULL;

	if (!step)
		return -1;
	if (json_get_bool(json, "group", false))
		state_mark_group(state, step);
	state_count_step(state, step, UINT32_MAX);
	step->reason = read_text(state, json, "reason");
	step->is_once = json_get_bool(json, "once", false);
	step->hand = read_text(state, json, "by_hand");
	step->n_fixes = (uint32_t)read_uint(json, "fixes");
	step->snapshot = (uint32_t)read_uint(json, "snapshot");
	step->called_by = read_text(state, json, "called_by");
	step->log = read_text(state, json, "log");
	step->fingerprint = read_text(state, json, "fingerprint");
	read_outcome(json, step);
	read_process(state, json, step);
	if (step_status_from_name(json_get_string(json, "status", ""), &step->status) < 0 ||
	    read_verdict(json, &step->verdict) < 0 ||
	    read_instant(json, "started_at", &step->started_ms) < 0 ||
	    read_instant(json, "ended_at", &step->ended_ms) < 0 ||
	    read_outputs(state, json_get(json, "outputs"), &step->outputs) < 0 ||
	    read_wait(state, json_get(json, "asked"), step) < 0 ||
	    read_answer(state, json_get(json, "answered"), step) < 0)
		return -1;
	state_count_step(state, step, 1);
	return 0;
}

static int read_head(struct run_state *state, const struct json *json)
{
	const struct json *counts = json_get(json, "counts");

	if (json_get_int(json, "schema", 0) != 1 || !counts)
		return -1;
	state->run = read_text(state, json, "run");
	state->workflow = read_text(state, json, "workflow");
	state->last_seq = read_uint(json, "journal_seq");
	state->resumes = (uint32_t)read_uint(json, "resumes");
	state->past_ms = read_uint(json, "past_ms");
	state->expected_ms = read_uint(json, "expected_ms");
	state->is_aborted = json_get_bool(json, "aborted", false);
	state->cancel_signal = (int)json_get_int(json, "cancel_signal", 0);
	state->n_expected = (uint32_t)read_uint(counts, "expected");
	state->n_retries = (uint32_t)read_uint(counts, "retries");
	if (run_status_from_name(json_get_string(json, "status", ""), &state->status) < 0 ||
	    read_instant(json, "started_at", &state->started_ms) < 0 ||
	    read_instant(json, "ended_at", &state->ended_ms) < 0 ||
	    read_instant(json, "part_started_at", &state->part_ms) < 0 ||
	    read_instant(json, "last_event_at", &state->seen_ms) < 0 ||
	    read_instant(json, "last_active_at", &state->active_ms) < 0)
		return -1;
	if (!state->active_ms) /* of a version that did not know */
		state->active_ms = state->seen_ms;
	return 0;
}

static int read_gate(struct run_state *state, const struct json *json)
{
	const char *step = json_get_string(json, "step", NULL);
	const char *name = json_get_string(json, "gate", NULL);
	const char *status = json_get_string(json, "status", NULL);
	struct gate_state *gate;

	if (!step || !name || !status)
		return -1;
	gate = state_get_gate(state, step, name);
	gate->failed = strcmp(status, "passed") != 0;
	gate->is_warning = json_get_bool(json, "warning", false);
	gate->expected = read_text(state, json, "expected");
	gate->found = read_text(state, json, "found");
	gate->message = read_text(state, json, "message");
	gate->value = read_text(state, json, "value");
	return 0;
}

static int read_snapshot(struct run_state *state, const struct json *json)
{
	struct snapshot_state snapshot = {
		.number = (uint32_t)read_uint(json, "number"),
		.kind = read_text(state, json, "when"),
		.step = read_text(state, json, "step"),
		.raw = read_text(state, json, "raw"),
		.tree = read_text(state, json, "tree"),
		.is_last = json_get_bool(json, "last", false),
	};

	if (!snapshot.kind || !snapshot.raw || !snapshot.tree ||
	    (state->snapshots.n && snapshot.number <= vec_last(&state->snapshots)->number) ||
	    read_instant(json, "at", &snapshot.at_ms) < 0)
		return -1;
	vec_push(&state->snapshots, snapshot);
	return 0;
}

static int read_rollback(struct run_state *state, const struct json *json)
{
	struct rollback_state rollback = {
		.is_undo = !strcmp(json_get_string(json, "what", ""), "undo"),
		.is_done = json_get_bool(json, "done", false),
		.number = (uint32_t)read_uint(json, "number"),
		.pre = (uint32_t)read_uint(json, "pre"),
		.post = (uint32_t)read_uint(json, "post"),
		.n_files = (uint32_t)read_uint(json, "files"),
		.n_left = (uint32_t)read_uint(json, "left"),
		.n_undeclared = (uint32_t)read_uint(json, "undeclared"),
	};

	if (read_instant(json, "at", &rollback.at_ms) < 0)
		return -1;
	vec_push(&state->rollbacks, rollback);
	return 0;
}

/* A list that need not be there. */
static int read_list(struct run_state *state, const struct json *list,
		     int (*read)(struct run_state *state, const struct json *item))
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && list && list->kind == JSON_ARRAY && i < list->n; i++)
		rc = read(state, &list->items[i]);
	return rc;
}

int state_from_json(struct run_state *state, const struct json *json, struct err *err)
{
	const struct json *steps = json_get(json, "steps");
	int rc = steps && steps->kind == JSON_ARRAY ? read_head(state, json) : -1;

	for (size_t i = 0; rc == 0 && i < steps->n; i++)
		rc = read_step(state, &steps->items[i]);
	if (rc == 0)
		rc = read_list(state, json_get(json, "gates"), read_gate);
	if (rc == 0)
		rc = read_list(state, json_get(json, "snapshots"), read_snapshot);
	if (rc == 0)
		rc = read_list(state, json_get(json, "rollbacks"), read_rollback);
	state->has_run_since_snapshot = json_get_bool(json, "snapshot_is_old", false);
	return rc < 0 ? err_set(err, ERR_INVALID, "it is not the state of a run") : 0;
}
