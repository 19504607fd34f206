/*
 * A run as a document: JUnit for CI servers, Markdown for people, a trace for a profiler's view. Made
 * from events alone, so one of a run that has just ended and one of a run of last week are the same.
 *
 * What steps wrote comes from their logs, in which secrets are masked; nothing else of a step's text
 * is read.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "event/sink.h"
#include "event/state.h"

struct report_try { /* one execution of a step */
	const char *step;
	uint32_t attempt;
	int64_t started_ms, ended_ms; /* Unix time; 0: it has not ended */
	enum step_status status;      /* STEP_RUNNING: nobody knows how it ended */
	const char *why;	      /* another one followed: "exit 3", …; else NULL */
	bool is_last;		      /* of its step: all about it is in the state */
};

struct report_text { /* what a step wrote to $WF_SUMMARY */
	const char *step, *text;
};

struct report_change { /* to a file of the worktree */
	const char *path;
	const char *how; /* "created", "modified", "deleted", "made" */
};

struct report {
	struct arena arena;
	struct run_state state;
	VEC(struct report_try) tries; /* in the order of their starts */
	VEC(struct report_text) texts;
	struct strmap last_tries;	   /* step → index in tries + 1 */
	VEC(struct report_change) changes; /* what whoever knows has added */
};

void report_init(struct report *report);
void report_release(struct report *report);
void report_add(struct report *report, const struct event *event);
void report_add_change(struct report *report, const char *path, const char *how);
/* The report as a sink of a run; it borrows *report, and its close does nothing. */
struct sink report_sink(struct report *report);
/* From the journal in a run's folder. A run that has not ended is RUN_RUNNING: who knows that its
 * engine is gone sets state.status. */
int report_read(struct report *report, const char *run_dir, struct err *err);

enum report_format { REPORT_JUNIT, REPORT_MARKDOWN, REPORT_TRACE, REPORT_FORMATS };

/* `logs_dir`: of the run, or NULL. Text in UTF-8, whatever the steps wrote. */
void report_render(const struct report *report, enum report_format format, const char *logs_dir,
		   struct strbuf *out);

#endif
