/*
 * What a run would do now, decided by the same code, with nothing executed and nothing written.
 */
#ifndef RUN_PREVIEW_H
#define RUN_PREVIEW_H

#include "base/vec.h"
#include "plan/judge.h"
#include "run/engine.h"
#include "run/session.h"

struct preview_gate {
	const struct gate *gate;
	bool is_known; /* it could be looked at without effects */
	bool holds, only_warns;
	const char *found, *message; /* or NULL */
};

struct preview_item {
	const struct node *node;
	struct decision decision;	  /* of a NODE_FOREACH: what its items come to */
	const char *problem;		  /* it could not be judged: why; else NULL */
	const char *material;		  /* of now, NULL where it is not known */
	const struct record *previous;	  /* the last of this step, or NULL */
	const struct preview_gate *gates; /* that are checked before it runs, as they are now */
	size_t n_gates;
};

struct preview {
	VEC(struct preview_item) items; /* selected nodes, upstream first */
	VEC(const struct node *)
	handlers; /* that may be called at the end of a step or of the run */
	uint32_t n_run, n_cached, n_restore, n_skip, n_pending, n_problems;
	uint32_t n_broken; /* gates that would fail now */
	uint64_t eta_ms;   /* expected duration at `jobs`, 0: not known */
	uint64_t path_ms;  /* the same with as many slots as there are steps: the critical path */
};

/* Lives in the session's arena, never to be released. */
int preview_build(struct session *session, const struct run_options *options,
		  struct preview *preview, struct err *err);

#endif
