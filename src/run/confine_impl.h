/*
 * `limits` and `sandbox` of a step: what the helper git-wf--exec is told, the files that have to be
 * there before it starts, and what goes afterwards. A step without them pays nothing.
 */
#ifndef RUN_CONFINE_IMPL_H
#define RUN_CONFINE_IMPL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/vec.h"
#include "model/workflow.h"
#include "sys/env.h"
#include "sys/fs.h"

struct execution;

struct made_file { /* so that a rule can name it: nothing, until the step writes to it */
	const char *path;
	struct file_id id;
};

struct confinement {
	const char *base; /* of the attempt's files, or NULL: it is not confined */
	VEC(struct made_file) made;
};

/* As fingerprints and people read it: "outputs, no network"; NULL: there is none. */
const char *confine_text(const struct sandbox *sandbox);

bool confine_is_wanted(const struct step *step);
/* Before the start: makes what is missing, sets TMPDIR, puts the helper before the words. */
int confine_begin(struct execution *execution, const char *const **argv, struct env *env,
		  struct err *err);
/* The attempt is over, whatever became of it: files that it did not write to are gone again. */
void confine_end(struct execution *execution);
/* After a failure: what was allowed. NULL: everything. In the session's arena. */
const char *confine_explain(struct execution *execution);

#endif
