/*
 * Results of nodes: as `steps.ID…` in expressions, and as what decides whether a node below may go on.
 */
#ifndef RUN_RESULTS_IMPL_H
#define RUN_RESULTS_IMPL_H

#include <stdbool.h>

#include "model/expr.h"
#include "run/session.h"

/* As the step `from` means it (NULL: as the workflow itself). */
int results_lookup(struct session *session, const struct instance *at, const struct step *from,
		   const struct expr_ref *ref, struct value *out, unsigned *used, struct err *err);
/* The same of this node, whom ref->path[0, at) names. */
int results_lookup_node(struct session *session, const struct node *node,
			const struct expr_ref *ref, unsigned at, struct value *out, unsigned *used,
			struct err *err);

/* What a step has handed on: `run.outputs.NAME` is the last value of the run with that name. */
void results_hand_on(struct session *session, struct node_result *result, struct stepout values);
struct value results_last_output(const struct session *session, const char *name);

/* Did this node fail, or was it not run because of a failure? */
bool results_is_bad(const struct node_result *result);
/* Has any node been executed in this invocation? */
bool results_any_executed(const struct session *session);
/* Any node that `node` waits for (NULL: any node) is bad. */
bool results_upstream_failed(struct session *session, const struct node *node);

/* Status, duration and outputs of a foreach from those of its items. */
void results_fold_group(struct session *session, const struct node *group);

#endif
