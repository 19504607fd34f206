/*
 * What is remembered of one successful (or, on request, failed) execution of a step: enough to know
 * that nothing changed, to bring its outputs back, and to say what differs now.
 */
#ifndef PLAN_RECORD_H
#define PLAN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "model/stepout.h"

enum entry_kind {
	ENTRY_ABSENT, /* declared, not there: counts */
	ENTRY_FILE,
	ENTRY_EXEC, /* a regular file with an execute bit */
	ENTRY_LINK, /* digest of the target's text, and of the content it leads to */
	ENTRY_DIR,  /* an input that is a directory itself: digest of its listing */
	ENTRY_OTHER,
};

/* One path of the worktree (or a tool, absolute) and what it held. */
struct entry {
	const char *path;
	uint8_t kind; /* enum entry_kind */
	struct digest digest;
	uint64_t size_bytes;
};

struct record {
	struct digest fingerprint;
	const char *workflow; /* id */
	const char *step;     /* of the plan: "test[unit]" */
	const char *run;      /* id of the run that made it */
	bool failed;
	bool is_bound; /* counts in that run only: of use to nobody once it cannot go on */
	int exit_code;
	uint64_t duration_ms;
	int64_t finished_unix_ms;
	size_t n_outputs;
	const struct entry
		*outputs;	 /* every file, directories and globs resolved; sorted by path */
	struct stepout values;	 /* $WF_OUTPUT */
	const char *stdout_tail; /* kept where an expression reads it, else NULL */
	const char *material;	 /* plan/fingerprint.h */
	size_t material_len;
};

#endif
