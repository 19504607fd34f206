/*
 * The state of a run: the fold of its events, and of nothing else. The scheduler's owner, `status`,
 * resume, checkpoints and reports all read this, so they cannot disagree.
 */
#ifndef EVENT_STATE_H
#define EVENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "event/event.h"
#include "event/status.h"

struct step_wait {	  /* a person was asked */
	const char *kind; /* event/wait.h */
	const char *question, *default_answer;
	const char *choices; /* one a line; NULL: any text, or yes and no */
	bool is_secret;
	int64_t since_ms, until_ms; /* Unix time; until 0: for ever */
};

struct step_answer {
	const char *word;  /* "approve", "reject", "answer", "skip" */
	const char *value; /* of an answer, NULL where it is secret */
	const char *by, *token;
	int64_t at_ms;
};

struct step_state {
	const char *id;
	bool is_group; /* a foreach whose items are steps of their own: counts nowhere */
	enum step_status status;
	enum verdict verdict;
	const char *reason; /* why it ran, was skipped or failed */
	uint32_t attempt, attempts;
	int exit_code, signal;
	bool timed_out;
	bool is_once;	       /* not idempotent */
	const char *called_by; /* of a handler: a step, or "workflow" */
	const char *hand; /* the last word of a person about it: "skip", "done", "retry"; or NULL */
	int64_t started_ms, ended_ms; /* Unix time, 0: not yet */
	uint64_t duration_ms, cpu_user_ms, cpu_system_ms, max_rss_kib;
	int64_t pid;
	uint64_t pid_start;
	const char *boot_id, *cookie;
	const char *fingerprint, *log;
	uint32_t n_fixes;	      /* how often something was started to mend it */
	uint32_t snapshot;	      /* the last one that was taken when it started; 0: none */
	const struct step_wait *wait; /* it was asked; STEP_WAITING: nobody has answered yet */
	const struct step_answer *answer;
	struct stepout outputs;
	uint8_t percent;
	const char *progress; /* or NULL; cut at some 250 bytes */
	char *progress_mem;   /* the same, private to state_apply() */
};

struct gate_state {
	const char *step, *gate;
	bool failed, is_warning;
	const char *expected, *found, *message, *value; /* or NULL */
};

/* When a snapshot was taken: the words of the journal. */
#define SNAPSHOT_BEGIN	 "begin"   /* before the first step that runs, of the run or of a resume */
#define SNAPSHOT_BEFORE	 "before"  /* a step: a declared checkpoint */
#define SNAPSHOT_AFTER	 "after"   /* a step */
#define SNAPSHOT_COMMIT	 "commit"  /* for a step that commits */
#define SNAPSHOT_AGENT	 "agent"   /* before an agent that may not change everything */
#define SNAPSHOT_CHECKED "checked" /* what such an agent has made of it */
#define SNAPSHOT_FIX	 "fix"	   /* before something mends a step that failed */
#define SNAPSHOT_END	 "end"	   /* of the run */
#define SNAPSHOT_PRE	 "pre"	   /* before a rollback or undo */
#define SNAPSHOT_POST	 "post"	   /* after one */

struct snapshot_state {
	uint32_t number; /* refs/wf/<run>/<number> */
	const char *kind, *step, *raw, *tree;
	int64_t at_ms;
	bool is_last; /* when the run, or this part of it, ended nothing had run since */
};

struct rollback_state {
	bool is_undo, is_done;
	uint32_t number, pre, post; /* as in the events */
	uint32_t n_files, n_left, n_undeclared;
	int64_t at_ms;
};

struct run_state {
	struct arena arena;
	const char *run, *workflow;
	enum run_status status;
	int64_t started_ms, ended_ms;
	int64_t part_ms, seen_ms; /* since the last start or resume: its time, the last event's */
	int64_t active_ms;	  /* when it was last known to be at work */
	uint64_t past_ms;	  /* at work before that */
	uint64_t expected_ms;	  /* `expected_duration`; 0: none */
	uint64_t last_seq;
	uint32_t resumes;
	bool is_aborted;     /* it ended for good */
	int cancel_signal;   /* 0: nobody wanted the end, or it had no signal */
	uint32_t n_expected; /* steps the plan said there are */
	uint32_t n_done;     /* = passed + failed + skipped + cancelled + unknown */
	uint32_t n_passed, n_failed, n_skipped, n_cancelled, n_unknown;
	uint32_t n_ran;		       /* done, and what they came to is a process's doing */
	uint32_t n_cached, n_restored; /* of those that passed */
	uint32_t n_running, n_retries;
	uint32_t n_waiting;		      /* for a person */
	VEC(struct step_state *) steps;	      /* in order of first appearance */
	VEC(struct gate_state) gates;	      /* the last word about each, in order of appearance */
	VEC(struct snapshot_state) snapshots; /* by number */
	VEC(struct rollback_state) rollbacks; /* in their order */
	bool has_run_since_snapshot;
	struct strmap gate_ids; /* "step\ngate" → its place in gates + 1 */
	struct strmap by_id;
	struct strmap group_ids; /* every "test" of which there is a "test[…]" */
};

void state_init(struct run_state *state);
void state_release(struct run_state *state);

/* Takes any events in any order: a journal is a file like any other. Copies what it keeps. A step
 * judged again after it had ended (resume) begins anew. EV_RUN_RESUME alone changes no step: what was
 * running when the engine died stays so until an event says what became of it; only one that is not
 * idempotent is unknown from then on. */
void state_apply(struct run_state *state, const struct event *event);

/* How many gates hold, failed, and failed without harm. */
struct gate_counts {
	uint32_t n_held, n_failed, n_warned;
};
struct gate_counts state_count_gates(const struct run_state *state);

/* How long the run was at work: what lies between an end and a resume does not count, nor what a person
 * says or takes back afterwards. `now_ms` counts as long as it is running. */
uint64_t state_work_ms(const struct run_state *state, int64_t now_ms);

/* The engine is gone without a word: a step that was running and must not simply run again has an
 * unknown end now. */
void state_mark_dead(struct run_state *state);

/* The rollback that took back what this step did, and that is in force: not undone. NULL: none, or the
 * step ran again since. */
const struct rollback_state *state_rolled_back(const struct run_state *state,
					       const struct step_state *step);

/* NULL: there is none of this number. */
const struct snapshot_state *state_snapshot(const struct run_state *state, uint32_t number);
/* The last one of this kind that was taken for the step, or NULL. */
const struct snapshot_state *state_last_snapshot(const struct run_state *state, const char *kind,
						 const char *step);

/* NULL: no event has named it yet. */
const struct step_state *state_step(const struct run_state *state, const char *id);

/* The whole state as JSON: results.json, status --json, the body of a checkpoint.
 *
 *	{"schema":1,"run":"build-20261120-213201-3f9c5a","workflow":"build","status":"failed",
 *	 "started_at":"2026-11-20T21:32:01.042Z","ended_at":"…"|null,"duration_ms":22600,
 *	 "journal_seq":31,"resumes":0,"past_ms":0,"part_started_at":"…","last_event_at":"…",
 *	 "last_active_at":"…",
 *	 "counts":{"expected":9,"done":5,"passed":4,"failed":1,"skipped":0,"cancelled":0,"unknown":0,
 *	           "ran":3,"cached":1,"restored":0,"running":0,"retries":2,"waiting":0},
 *	 "steps":[{"id":"test[unit]","status":"failed","verdict":"run","reason":"input changed: a.c",
 *	           "attempt":1,"attempts":3,"exit_code":2,"signal":0,"timed_out":false,
 *	           "started_at":"…"|null,"ended_at":"…"|null,"duration_ms":8412,"cpu_user_ms":1,
 *	           "cpu_system_ms":1,"max_rss_kib":2048,"log":"4-test.1.log","fingerprint":"9c1f…",
 *	           "outputs":{"percent":"81"},
 *	           "asked":{"for":"answer","question":"Where to?","choices":["a","b"],"default":"a",
 *	                    "secret":false,"since":"…","until":"…"|null},
 *	           "answered":{"word":"answer","value":"a","by":"Ann <ann@example.org>","at":"…"}},…]}
 *
 * "expected_ms" and "took_longer", where the workflow has an expected duration.
 * "gates", where there are any: [{"step":"test","gate":"ensures[1] if","status":"failed",
 * "warning":false,"expected":"…"|null,"found":"…"|null,"message":…,"value":…}].
 *
 * "snapshots", where there are any: [{"number":1,"when":"begin","step":null,"raw":"…","tree":"…",
 * "at":"…"}], and "rollbacks": [{"what":"rollback","number":1,"pre":3,"post":4,"files":7,"left":0,
 * "undeclared":2,"done":true,"at":"…"}].
 *
 * `schema` changes when a member goes or changes its meaning, not when one is added. Members without
 * a value are null; "asked" and "answered" are there where a person was asked, and answered; "fixes" where something mended it; "group": true marks a foreach; "cancel_signal" is there after a signal; "pid",
 * "called_by" of a handler; "pid_start", "boot_id", "cookie" are there while a process may be; "once", "by_hand", "aborted" where it is so; "percent" and "progress" once the step reported some. exit_code is null where
 * no process ended with a code; duration_ms null while the run goes on. */
void state_to_json(const struct run_state *state, struct strbuf *out, int indent);

struct json;

/* The way back, into an initialised, empty state: the same as folding the journal up to journal_seq.
 * Progress is left out, for the journal has none. ERR_INVALID: it is no state. */
int state_from_json(struct run_state *state, const struct json *json, struct err *err);

#endif
