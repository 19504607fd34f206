/*
 * The agents of a workflow: their prompts, and whether the user has an agent at all.
 */
#ifndef RUN_AGENTS_IMPL_H
#define RUN_AGENTS_IMPL_H

#include "by_hand_impl.h"
#include "event/state.h"
#include "run/session.h"

/* Reads the prompts that the steps of one file name, before it is spliced into another. -1: what is
 * wrong is in its diags, or in those of the prompts. */
int agents_load(struct session *session, const struct workflow *wf, struct diags *diags);

/* Before anything runs: every step for an agent that is certain to be reached has one. `state`: of the
 * run, empty of a new one. */
int agents_check(const struct session *session, const struct run_state *state, struct err *err);
/* Says what is missing, and how to get it; -1. */
int agents_none(const struct node *node, struct err *err);

#endif
