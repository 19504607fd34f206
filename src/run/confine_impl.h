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
#include "sys/cgroup.h"
#include "sys/env.h"
#include "sys/fs.h"

struct execution;

struct made_file { /* so that a rule can name it: nothing, until the step writes to it */
	const char *path;
	struct file_id id;
};

struct confinement {
	const char *base;   /* of the attempt's files, or NULL: it is not confined */
	const char *cgroup; /* of its own, or NULL */
	struct cgroup_events events;
	VEC(struct made_file) made;
};

/* As fingerprints and people read it: "outputs, no network"; NULL: there is none. */
const char *confine_text(const struct sandbox *sandbox);

/* Where control groups for steps can be made: looked for once, by the first step that needs one. */
struct cgroup_place {
	bool is_known;
	unsigned controllers; /* that it hands on; 0: there is none */
	const char *parent, *fault;
	VEC(const char *) left; /* groups that somebody was still in */
};

bool confine_is_wanted(const struct step *step);
/* Before the start: makes what is missing, sets TMPDIR, puts the helper before the words. */
int confine_begin(struct execution *execution, const char *const **argv, struct env *env,
		  struct err *err);
/* The attempt is over, whatever became of it: files that it did not write to are gone again. */
void confine_end(struct execution *execution);
/* The run is over and nobody is left. */
void confine_release(struct cgroup_place *place);
/* After a failure: what was allowed. NULL: everything. In the session's arena. */
const char *confine_explain(struct execution *execution);

#endif
