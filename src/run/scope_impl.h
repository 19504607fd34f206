/*
 * What the names in expressions mean in this run: params, env, vars, each, steps, workflow, run, git.
 * Every look-up made for a step can be written down, because every value that gets into a step counts
 * in its fingerprint.
 */
#ifndef RUN_SCOPE_IMPL_H
#define RUN_SCOPE_IMPL_H

#include "base/vec.h"
#include "model/expr.h"
#include "plan/facts.h"
#include "run/session.h"

struct scope;
struct scope_seen;

struct scope *scope_new(struct session *session);
void scope_free(struct scope *scope);

/* The names as this step (NULL: the workflow itself) sees them, for this node (NULL: for none);
 * valid until the next call. */
const struct expr_env *scope_enter(struct scope *scope, const struct step *step,
				   const struct binding *each, size_t n_each,
				   const struct node *node);

/* The same for a step that the node stands in, or is, with the `each` and the steps that this sees. */
const struct expr_env *scope_enter_around(struct scope *scope, const struct step *step,
					  const struct node *node);
/* For a node that is being planned: it has no results, not even a number. */
const struct expr_env *scope_enter_plan(struct scope *scope, const struct node *node);
/* As the step in this instance (NULL: in none) sees them. */
const struct expr_env *scope_enter_instance(struct scope *scope, const struct step *step,
					    const struct instance *instance,
					    const struct node *each_of);

/* Where an evaluation stands, while a name in it is looked up somewhere else. */
struct scope_place {
	const struct step *step;
	const struct binding *each;
	size_t n_each;
	const struct node *node;
	const struct instance *instance; /* whose steps are meant */
	struct scope_seen *seen;
};
/* From now on no look-up is written down. */
struct scope_place scope_leave(struct scope *scope);
void scope_return(struct scope *scope, const struct scope_place *place);

/* From now on every look-up goes into `seen` once ("params.issue" → value), until NULL is set. */
struct scope_seen {
	VEC(struct fact_pair) pairs;
};
void scope_observe(struct scope *scope, struct scope_seen *seen, struct arena *arena);

/* The answer of success(), failure() and cancelled() for this node. */
void scope_set_cancelled(struct scope *scope, bool is_cancelled);

#endif
