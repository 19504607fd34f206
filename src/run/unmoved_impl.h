/*
 * Nodes of which the compiled plan of the last run says that nothing moved: judged without gathering
 * their facts anew.
 */
#ifndef RUN_UNMOVED_IMPL_H
#define RUN_UNMOVED_IMPL_H

#include "decide_impl.h"
#include "run/session.h"

/* Before the first node is judged: takes over what the plan rested on as a whole, and puts what moved
 * in front. */
void unmoved_begin(struct session *session, const struct run_options *options);

/* The digest of all that those below a node may have of it, for the next run. */
struct digest unmoved_product(struct session *session, const struct record *record);
/* Judged in full it came to what it was in the last run, by its record: for those below nothing moved. */
void unmoved_came_out_the_same(struct session *session, const struct node *node,
			       const struct judged *judged);

/* True: decided, CACHED, as decide() would. What is above it is done. */
bool unmoved_decide(struct session *session, const struct node *node, struct arena *arena,
		    struct judged *out);

/* Nothing moved in anything that the node waits for. */
bool unmoved_is_above(struct session *session, const struct node *node);

/* True: the inputs of a node as inputs_gather() would find them, where nothing moved but what is in
 * them. Of these the ones that did not are as they were when the run began; who runs the step compares
 * their stats after it in any case. */
bool unmoved_gather_inputs(struct session *session, const struct node *node,
			   struct seen_entries *inputs);

/* Puts them among the facts of the node that was begun, for the next run. */
void unmoved_remember_inputs(struct session *session, const struct node *node,
			     const struct seen_entries *inputs);

#endif
