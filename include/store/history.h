/*
 * history.ndjson below the runs folder: one line a run, one write() under flock; bad lines are
 * skipped by readers; nobody truncates it.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "event/status.h"

struct history_entry {
	const char *run;	     /* NULL: a run that had nothing to do and made no folder */
	const char *workflow, *head; /* git's HEAD as hex, or NULL */
	enum run_status status;
	int64_t started_ms;
	uint64_t duration_ms;
	uint64_t work_ms;  /* what the steps that ran took, added up */
	uint64_t cpu_ms;   /* processor time of these, user and system */
	uint64_t saved_ms; /* what those that did not have to run took when they last did */
	uint32_t n_steps, n_ran, n_cached, n_restored, n_failed, n_skipped, n_retries;
	uint32_t jobs;	    /* -j; 0: unknown, or nothing ran */
	uint32_t n_resumes; /* of the run, until then */
};

int history_append(const char *runs_dir, const struct history_entry *entry, struct err *err);
/* Newest first; fn returns nonzero to stop. A missing file is an empty one. */
typedef int (*history_fn)(void *data, const struct history_entry *entry);
int history_read(const char *runs_dir, history_fn fn, void *data, struct err *err);

#endif
