/*
 * What the steps of a workflow may read and write of the tree, as far as its file says so: which paths
 * have to be there for it, and whether it can run where the user works.
 */
#ifndef RUN_REACH_IMPL_H
#define RUN_REACH_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/glob.h"
#include "base/vec.h"
#include "git/freeze.h"
#include "model/workflow.h"
#include "run/trigger.h"

struct reach {
	bool is_all;	/* some step may read anything */
	bool may_write; /* some step may change files */
	bool has_files; /* the trigger's files */
	const struct trigger *trigger;
	VEC(const struct glob *) globs;	 /* of inputs, from the root */
	VEC(const struct glob *) writes; /* of outputs */
};

void reach_find(struct reach *reach, const struct workflow *wf, const struct trigger *trigger,
		struct arena *arena);
/* Does a step change files that the hook is about? */
enum reach_writing {
	REACH_READS,	/* no */
	REACH_DECLARED, /* its outputs say which */
	REACH_ANY,	/* it is handed them, and says nothing */
};
enum reach_writing reach_writing(const struct step *step);

void reach_release(struct reach *reach);

bool reach_has(const char *path, void *reach); /* for place_reach */

#endif
