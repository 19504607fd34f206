/*
 * A command that is handed more files than one command line takes runs several times, with a part of them
 * each, as `xargs -r` does it: the step becomes a foreach over its parts, "lint[2/25]"; over none, where
 * there are no files.
 */
#ifndef RUN_BATCH_IMPL_H
#define RUN_BATCH_IMPL_H

#include "model/value.h"
#include "plan/plan.h"
#include "run/session.h"

/* Before the plan is made. */
void batch_steps(struct session *session);
/* The same: steps that may change the hook's files and do not say which go one after the other. */
void batch_order(struct session *session);

/* The part of the hook's files that an item with these bindings is about; all, if it is none of ours. */
void batch_part(const struct session *session, const struct binding *each, size_t n_each,
		struct value *list);

#endif
