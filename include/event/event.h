/*
 * Everything that happens in a run, as data. The engine emits events; the journal, the console, the
 * reports and the state (event/state.h) are all made from them and from nothing else.
 *
 * One flat struct; which members an event of a type carries is a row of the table in event.c, from
 * which the JSON codec is derived:
 *
 *	{"seq":7,"at":"2026-11-20T21:32:01.042Z","type":"step.end","step":"test[unit]","attempt":1,
 *	 "status":"failed","exit_code":2,"duration_ms":8412,…,"sum":"9c1f…"}
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "event/status.h"
#include "model/stepout.h"
#include "plan/judge.h"

struct json;

enum event_type {
	EV_RUN_START, /* text: workflow id; run: id; n_steps: nodes that may execute; delay_ms: how long it
			 * should take at most, 0: nobody said */
	EV_RUN_RESUME,	/* text: why; n_steps, if not as before; delay_ms; the journal goes on */
	EV_STEP_EXPAND, /* a dynamic foreach: n_steps items that n_steps of the run had not */
	EV_STEP_JUDGED, /* verdict, text: the first reason, fingerprint */
	EV_STEP_HAND,	/* text: a person's word about it: skip, done, retry */
	EV_STEP_CALL, /* of a handler, which steps had not counted; text: the caller, or "workflow" */
	EV_STEP_WAIT, /* a person has to say: text: what for (see event/wait.h), question, choices,
			     default_answer, is_secret, delay_ms: until its timeout, 0: none; of an
			     escalation attempt, exit_code, log */
	EV_STEP_ANSWER,	  /* text: the word, by, answer (never a secret), cookie: the word's own */
	EV_PROMPT,	  /* is_once: the terminal is a question's from now on; never journalled */
	EV_STEP_START,	  /* attempt, cookie, is_once; written before the spawn */
	EV_STEP_PID,	  /* pid, pid_start (ticks since boot), text: boot id */
	EV_STEP_OUTPUT,	  /* data, data_len: bytes of its output as they come; never journalled */
	EV_STEP_PROGRESS, /* percent, text; never journalled */
	EV_STEP_TRY, /* one attempt ended and another follows: attempt, exit_code, signal, timed_out,
			     delay_ms, duration_ms, log, usage, text: why */
	EV_STEP_FIX, /* something is started to mend it: attempt, of attempts; text: an action */
	EV_STEP_END, /* status, verdict, exit_code, signal, timed_out, attempt, usage, outputs, text */
	EV_STEP_SUMMARY, /* text: what it wrote to $WF_SUMMARY */
	EV_GATE, /* gate: its name; status: passed or failed; is_warning; expected, found, value,
			    text: its message */
	EV_SNAPSHOT,	   /* text: when (see snapshot_kind), number, raw, tree; step: of which */
	EV_ROLLBACK_START, /* text: "rollback" or "undo", number: the snapshot that it goes back to,
			      0: only a part; of an undo `pre` of what it undoes; pre: the snapshot
			      that was taken before; n_files: paths that differ */
	EV_ROLLBACK_END,   /* text, number, pre, post: the snapshot after it, n_files, n_left,
			      n_undeclared */
	EV_NOTE,	   /* text: something a person should know; step or NULL */
	EV_RUN_CANCEL,	   /* signal: a person or a signal wants the end; text: who */
	EV_RUN_ABORT,	   /* text: who; it does not go on any more */
	EV_RUN_END,	   /* run_status, duration_ms, text */
	EV_TYPES
};

struct event {
	enum event_type type;
	uint64_t seq;	  /* of the journal, from 1; 0: not journalled */
	int64_t at_ms;	  /* Unix time */
	uint32_t node;	  /* index in the plan, or WF_NONE; not written: `step` is */
	const char *step; /* id of the node */
	const char *run, *text, *fingerprint, *cookie;
	const char *by; /* who said it: "Ann <ann@example.org>" */
	const char *question, *default_answer, *answer;
	const char *choices; /* one a line */
	bool is_secret;
	const char *log; /* EV_STEP_END: file below logs/, or NULL if it wrote nothing */
	const char *gate, *expected, *found, *value; /* EV_GATE; value: the number of a baseline */
	const char *data;
	size_t data_len;
	uint32_t attempt, attempts; /* which, and of how many */
	uint32_t n_steps;
	uint8_t percent;
	bool timed_out;
	bool is_warning;	    /* the run goes on though the gate failed */
	uint32_t number, pre, post; /* of snapshots */
	uint32_t n_files, n_left;   /* paths that a rollback is about, that it left */
	uint32_t n_undeclared;	    /* that it put back, and no step is known to declare */
	const char *raw, *tree;	    /* commits of a snapshot */
	bool is_once;		    /* not idempotent: it must not simply run again */
	enum step_status status;
	enum run_status run_status;
	enum verdict verdict;
	int exit_code; /* -1: ended by a signal or never started */
	int signal;
	int64_t pid;
	uint64_t pid_start;
	uint64_t delay_ms, duration_ms;
	uint64_t cpu_user_ms, cpu_system_ms, max_rss_kib;
	struct stepout outputs; /* secrets never here */
};

const char *event_type_name(enum event_type type); /* "step.end" */
bool event_is_journalled(enum event_type type);

/* One line without the line feed, without seq's checksum: the journal adds `sum`. `data` is never
 * written; numbers over 2^63 − 1 are cut to it; `text` goes by the name that fits the type
 * ("reason", "workflow", …). */
void event_to_json(const struct event *event, struct strbuf *out);

/* *event with its strings in the arena. Members that this version does not know are passed over. A
 * type that it does not know gives ERR_NOT_FOUND: a reader skips it; a missing or wrong member
 * gives ERR_INVALID. exit_code is -1 and node WF_NONE unless read. */
int event_from_json(const struct json *json, struct arena *arena, struct event *event,
		    struct err *err);

#endif
