/*
 * Runs a plan: judges what is ready, restores or starts it, writes everything down, ends every process
 * it began. Events go to the sinks in order; the journal is one of the engine's own.
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "event/sink.h"
#include "event/state.h"
#include "run/session.h"

struct force { /* which nodes run though nothing changed */
	bool all;
	const char *const *steps; /* ids of steps or items */
	size_t n_steps;
};

enum hand_word { /* what a person says of a step of a run that goes on */
		 HAND_NONE,
		 HAND_SKIP,    /* it does not run; what needs it goes on */
		 HAND_DONE,    /* it was finished by hand: its outputs are there */
		 HAND_RETRY,   /* it runs again; step "": each that did not pass */
		 HAND_FROM,    /* it and all below it run again */
		 HAND_UNKNOWN, /* nobody said: it is not idempotent, and how it ended is not known */
		 HAND_PASSED,  /* nobody said: it is not idempotent, and has passed in this run */
		 HAND_ESCALATED, /* nobody said: it has failed, and a person was asked… */
		 HAND_REJECTED,	 /* …and has said no */
		 HAND_REDO, /* nobody said: it was rolled back, it and more than is declared… */
		 HAND_BRING_BACK, /* …or only what steps declare as outputs */
};

struct hand {
	const char *step; /* id of a step or item */
	enum hand_word word;
};

enum gate_rigor { /* what a gate that does not hold does to the run */
		  GATES_AS_WRITTEN,
		  GATES_STRICT,	 /* also one of level: warning fails */
		  GATES_LENIENT, /* none fails, all warn */
};

enum checkpoints {		     /* when they are written */
		   CHECKPOINTS_AUTO, /* as often as it costs little */
		   CHECKPOINTS_PER_STEP,
		   CHECKPOINTS_PER_WAVE, /* when all steps that could start together have ended */
		   CHECKPOINTS_DECLARED, /* only declared ones, and at the end */
		   CHECKPOINTS_OFF,
};

/* Who answers when a step asks, and how it reaches him. */
struct ask_options {
	enum run_mode mode;    /* UNSET: autopilot */
	const char *mode_word; /* as the settings have it, or NULL */
	bool mode_is_users;    /* these settings are the user's, not the repository's */
	bool assume_yes;       /* yes to all that can be answered so, defaults for the rest */
	bool has_terminal;     /* a person sits at in_fd and out_fd; else a question waits */
	int in_fd, out_fd;
	bool use_color, use_utf8;
	const char *who;    /* "Ann <ann@example.org>"; NULL: nobody is known */
	const char *dialog; /* program that asks in a window, or NULL */
	const char *
		by_hand; /* where nobody is here to be asked the step fails, and says that this is to
			      * be called by hand; NULL: the run is paused */
};

struct run_options {
	struct ask_options ask;
	uint32_t jobs;	 /* at least 1; what the caller was given, not what the machine has */
	bool jobs_given; /* -j was said: a jobserver in MAKEFLAGS is then left alone */
	bool keep_going, no_cache;
	bool no_snapshots; /* whatever the workflow says of `rollback` */
	enum gate_rigor gates;
	struct force force;
	enum checkpoints checkpoints;
	uint64_t timeout_ms;	  /* of the run; 0: the workflow's */
	uint64_t grace_ms;	  /* between TERM and KILL; 0: 5 s */
	const char *const *words; /* the command line, for workflow.json and resume */
	size_t n_words;
	const struct hand
		*hands; /* the last word about a step counts; without resume_run HAND_SKIP only */
	size_t n_hands;
	const char *container_command; /* what the user chose to run containers, or NULL */
	const char *window_command;    /* the same to open windows */
	const char *resume_run;	       /* id of the run that goes on, or NULL */
	const struct digest *noop_key; /* run/noop.h: under which a planfile may be kept, or NULL */
	bool is_cleanup; /* of resume_run, which was rolled back: `rollback.cleanup` and nothing else; its
			  * status stays what it was */
	bool write_folder; /* also when nothing has to run */
};

struct run_outcome {
	enum run_status status;
	bool any_failed;	       /* a step of this part of it */
	int signal;		       /* the run was ended by it, or 0 */
	const char *run_id;	       /* NULL: nothing had to run, no folder was made */
	const struct run_state *state; /* until session_close() */
};

/* Takes the run's lock, makes its folder when the first step has to run. -1: the run could not go on
 * (disk, git, busy); what was done until then is kept and every child has ended. The state is filled
 * either way. */
int engine_run(struct session *session, const struct run_options *options,
	       struct sink *const *sinks, size_t n_sinks, struct run_outcome *outcome,
	       struct err *err);

#endif
