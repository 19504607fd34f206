/*
 * What a run leaves behind besides its folder: the files of --report, and the page that GitHub Actions
 * shows of a job.
 */
#ifndef CLI_REPORTS_IMPL_H
#define CLI_REPORTS_IMPL_H

#include <stdbool.h>

#include "cli/command.h"
#include "event/sink.h"
#include "report/report.h"
#include "run/engine.h"
#include "run/session.h"

/* A document, or REPORT_FORMATS: every event as a line of JSON, as it comes. */
struct report_file {
	enum report_format format;
	const char *path; /* "-": standard output */
	bool appends;	  /* a page that others write to as well */
	struct sink lines;
};

struct reports {
	VEC(struct report_file) files;
	struct report report; /* of this part of the run */
	struct sink sink;
	bool uses_stdout, is_open;
};

/* Format by name, also "jsonl": REPORT_FORMATS. False: no such format. */
bool reports_format_of(const char *name, size_t len, enum report_format *format);

/* Will the environment or these words have something written of a run, even where nothing ran? */
bool reports_are_wanted(const struct option_values *words);

/* From "FORMAT:FILE[,FORMAT:FILE...]" words. What cannot be written is told now, not after the run. */
int reports_open(struct reports *reports, const struct option_values *words, struct arena *arena,
		 struct err *err);
/* Appends the sinks it wants to sinks[*n]; at most reports->files.n + 1. */
void reports_add_sinks(struct reports *reports, struct sink **sinks, size_t *n);
/* The run has ended, or never began (then nothing is written). Writes all that can be written; the
 * first failure goes to err. */
int reports_write(struct reports *reports, const struct session *session,
		  const struct run_outcome *outcome, bool has_begun, struct err *err);
/* What the run did to files, as far as that is known: for REPORT_MARKDOWN. */
void reports_add_changes(struct report *report, const struct session *session);
void reports_release(struct reports *reports);

#endif
