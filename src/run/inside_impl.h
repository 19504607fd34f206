/*
 * A path of a step stays in the worktree: also one that goes through a symbolic link.
 */
#ifndef RUN_INSIDE_IMPL_H
#define RUN_INSIDE_IMPL_H

#include "plan/plan.h"
#include "run/session.h"

/* The folders above a path, of a pattern those that it names: 0 if they are in the worktree or not
 * there at all. A link to elsewhere in the last component is fine, it is a link that is meant. */
int inside_check(struct session *session, const struct node_path *spec, struct err *err);

#endif
