/*
 * Whether a step must run: the same pure function at plan time and when the step is ready, so that
 * `plan`, `explain` and `run` agree by construction.
 */
#ifndef PLAN_JUDGE_H
#define PLAN_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "plan/record.h"

enum verdict {
	VERDICT_RUN,
	VERDICT_CACHED,	 /* outputs on disk are those of the record */
	VERDICT_RESTORE, /* the record is there, outputs come back from the store */
	VERDICT_SKIP,	 /* its `if` is false, or something it needs did not pass */
	VERDICT_PENDING, /* only at plan time: something above it will run */
};

enum reason_kind {
	REASON_NEVER_RAN,	/* no record of this step */
	REASON_ALWAYS_RUNS,	/* not cacheable: no inputs declared, or `cache: false` */
	REASON_FORCED,		/* --force */
	REASON_COMMAND_CHANGED, /* subject: the field (argv, shell, dir, stdin) */
	REASON_ENV_CHANGED,	/* subject: the variable */
	REASON_VALUE_CHANGED,	/* subject: params.x, … */
	REASON_TOOL_CHANGED,	/* subject: path */
	REASON_INPUT_CHANGED,	/* subject: path */
	REASON_INPUT_ADDED,
	REASON_INPUT_REMOVED,
	REASON_UPSTREAM_CHANGED,   /* subject: the step whose outputs differ */
	REASON_DEFINITION_CHANGED, /* subject: globs, outputs, platform, … */
	REASON_OUTPUT_MISSING,	   /* subject: path */
	REASON_OUTPUT_CHANGED,	   /* subject: path: on disk it is not what the step made */
	REASON_OBJECT_MISSING,	   /* subject: path: its content is no longer in the store */
	REASON_NO_CACHE,	   /* --no-cache */
	REASON_UPSTREAM_WILL_RUN,  /* subject: step */
	REASON_UPSTREAM_FAILED,	   /* subject: step */
	REASON_CONDITION_FALSE,	   /* subject: the expression */
	REASON_NOT_SELECTED,	   /* outside --from/--until/--only/STEP */
	REASON_FAILED_BEFORE,	   /* a remembered failure */
	REASON_UP_TO_DATE,
	REASON_SKIPPED_BY_HAND, /* not of judge(), but of what a person said of the run */
	REASON_DONE_BY_HAND,
	REASON_ASKS,	  /* a person has to say */
	REASON_ANSWERED,  /* a person has said; subject: who */
	REASON_LOST_RACE, /* subject: the step of its group that is up to date, and so the first */
	REASON_GATES,	  /* nothing but gates, which are checked in each run */
	REASON_END_UNKNOWN, /* not idempotent, and the engine died while it ran */
	REASON_ESCALATED,   /* it has failed, and a person is asked */
	REASON_REJECTED,    /* it had failed, and a person has said no to going on */
	REASON_ROLLED_BACK, /* what it did before in this run was */
	REASON_NOT_AGAIN, /* not idempotent, passed before in this run, and no longer up to date */
};

struct reason {
	enum reason_kind kind;
	const char *subject;	    /* or NULL */
	const char *before, *after; /* both sides of the field where there are two, else NULL */
};

struct reasons {
	VEC(struct reason) list;
};

enum upstream_state { UPSTREAM_DONE, UPSTREAM_WILL_RUN, UPSTREAM_NOT_PASSED };

struct judge_input {
	bool is_cacheable, is_forced, no_cache;
	bool cache_failures; /* a record of a failure counts */
	enum upstream_state upstream;
	const char *upstream_step;     /* the one that is not done or did not pass */
	bool has_condition, condition; /* `if` evaluated; not looked at where upstream will run */
	const char *condition_text;
	const char *material; /* of now; NULL where upstream will run */
	size_t material_len;
	const struct record *record;   /* same fingerprint, or NULL */
	const struct record *previous; /* the last of this step, or NULL; for reasons */
	size_t n_on_disk; /* as many as record->outputs, in their order: what is there now */
	const struct entry *on_disk;
	const bool
		*in_store; /* content of output i is in the store; only where it differs on disk */
};

struct decision {
	enum verdict verdict;
	bool remembered_failure; /* CACHED: of a failure */
	struct reasons reasons;	 /* at least one */
};

void judge(const struct judge_input *in, struct arena *arena, struct decision *out);

const char *verdict_name(enum verdict verdict); /* "run", "cached", … */
/* "input changed: src/a.c", for explain and plan. */
void reason_render(const struct reason *reason, struct strbuf *out);

#endif
