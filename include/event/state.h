/*
 * The state of a run: the fold of its events, and of nothing else. The scheduler's owner, `status`,
 * resume, checkpoints and reports all read this, so they cannot disagree.
 */
#ifndef EVENT_STATE_H
#define EVENT_STATE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "event/event.h"
#include "event/status.h"

struct step_state {
	const char *id;
	enum step_status status;
	enum verdict verdict;
	const char *reason; /* why it ran, was skipped or failed */
	uint32_t attempt, attempts;
	int exit_code, signal;
	bool timed_out;
	int64_t started_ms, ended_ms; /* Unix time, 0: not yet */
	uint64_t duration_ms, cpu_user_ms, cpu_system_ms, max_rss_kib;
	int64_t pid;
	uint64_t pid_start;
	const char *boot_id, *cookie;
	const char *fingerprint, *log;
	struct stepout outputs;
	uint8_t percent;
	const char *progress;
};

struct run_state {
	struct arena arena;
	const char *run, *workflow;
	enum run_status status;
	int64_t started_ms, ended_ms;
	uint64_t last_seq;
	uint32_t resumes;
	uint32_t n_expected; /* steps the plan said there are */
	uint32_t n_done, n_passed, n_ran, n_cached, n_restored, n_failed, n_skipped, n_cancelled,
		n_retries, n_running;
	VEC(struct step_state *) steps; /* in order of first appearance */
	struct strmap by_id;
};

void state_init(struct run_state *state);
void state_release(struct run_state *state);
void state_apply(struct run_state *state, const struct event *event);
const struct step_state *state_step(const struct run_state *state, const char *id);
/* The whole state as JSON: checkpoints, results.json, status --json ("schema": 1). */
void state_to_json(const struct run_state *state, struct strbuf *out, int indent);

#endif
