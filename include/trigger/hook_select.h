/*
 * Which workflows a hook starts, in their order, and of which files each is told.
 */
#ifndef TRIGGER_HOOK_SELECT_H
#define TRIGGER_HOOK_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "git/discover.h"
#include "model/hook.h"
#include "trigger/hook_event.h"
#include "trigger/hook_target.h"

struct hook_workflow {
	const char *id, *path; /* ".workflows/check.yml" */
	struct hook_trigger trigger;
	bool has_passed;	       /* as it ran */
	const char *passed_over;       /* why it is not started, or NULL */
	const struct hook_ref *tested; /* the first of the references that it is about, or NULL */
	const char **files;	       /* sorted */
	size_t n_files;
	bool is_per_file; /* every step looks at single files */
	bool needs_all;	  /* a step has no inputs: it may look at anything */
	bool may_fix;	  /* a step may change files */
	bool runs_apart;  /* it does so on a copy of the files, and asks nobody */
};

struct hook_workflows {
	VEC(struct hook_workflow) list; /* by priority; of one, those that may fix first; then id */
	size_t n_wrong;			/* files with mistakes that mention the hook */
};

void hook_workflows_release(struct hook_workflows *workflows);

/* What is wrong with a file: shown before the call returns. */
typedef void hook_diags_fn(void *data, struct diags *diags);

/* Reads .workflows/ below root_fd. Strings in the arena. `tell`: or NULL. */
int hook_workflows_read(struct hook_workflows *workflows, int root_fd, enum hook_kind kind,
			struct arena *arena, hook_diags_fn *tell, void *data, struct err *err);

/* Judges each by branch, operation and files of `target`. `root_fd`: where contents are read that decide
 * about types. */
int hook_workflows_select(struct hook_workflows *workflows, const struct repo *repo, int root_fd,
			  const struct hook_target *target, struct arena *arena, struct err *err);

/* What git is in the middle of: bits of enum hook_skip. */
unsigned hook_operations(const struct repo *repo, struct arena *arena);

#endif
