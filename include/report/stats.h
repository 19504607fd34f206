/*
 * Figures about past runs, from lines of the history; with their journals also which steps are flaky:
 * passed at a second try, or passed and failed with the very same fingerprint.
 */
#ifndef REPORT_STATS_H
#define REPORT_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "store/history.h"

struct stats_step {
	const char *id;
	uint32_t n_passed, n_failed; /* executions */
	uint32_t n_rescued;	     /* passed, but not at the first try */
	uint32_t n_unsteady;	     /* fingerprints with which it both passed and failed */
};

struct stats_run {		/* one run with all its parts */
	const char *id;		/* NULL: nothing to do, no folder */
	enum run_status status; /* of its last part */
	uint64_t duration_ms;	/* at work */
	bool did_run;
	uint32_t n_lines, n_resumes;
};

struct stats_workflow {
	const char *id;
	VEC(struct stats_run) runs; /* newest first */
	uint32_t by_status[RUN_STATUSES];
	uint32_t n_idle;		 /* runs that had nothing to do */
	uint32_t n_resumed, n_recovered; /* runs that went on; of these, passed in the end */
	uint64_t n_ran, n_cached, n_restored, n_retries; /* steps */
	uint64_t saved_ms;
	uint64_t work_ms, cpu_ms;  /* of runs whose -j is known */
	uint64_t wall_ms, slot_ms; /* of the same; slot: wall × -j */
	int64_t oldest_ms, newest_ms;
	uint64_t mean_ms, p50_ms, p95_ms; /* of the runs that did run a step; 0: none */
	VEC(struct stats_step *) steps;	  /* from journals, by first appearance */
	struct strmap run_ids, step_ids, fingerprints; /* private */
};

struct stats {
	struct arena arena;
	struct strmap by_id;
	VEC(struct stats_workflow *) workflows; /* the most recent first */
};

void stats_release(struct stats *stats);
/* Newest first, as history_read() gives them. */
void stats_add_entry(struct stats *stats, const struct history_entry *entry);
/* The journal of one of the runs. */
int stats_add_journal(struct stats *stats, struct stats_workflow *workflow, const char *run_dir,
		      struct err *err);
/* After the last one: means and percentiles. */
void stats_finish(struct stats *stats);

/* Work ÷ wall: how many slots were busy on average; ÷ slots: which part of those that could be; and
 * processor time ÷ wall ÷ slots: how far steps used their slots (one that has threads uses more than
 * its own). 0: not known. */
double stats_busy_slots(const struct stats_workflow *workflow);
double stats_efficiency(const struct stats_workflow *workflow);
double stats_utilisation(const struct stats_workflow *workflow);
bool stats_is_flaky(const struct stats_step *step);

#endif
