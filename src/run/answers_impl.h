/*
 * What people said to the questions of a run before it went on. An answer counts for the very question
 * that was asked: the fingerprint of the step is the same, and nothing above it ran anew.
 */
#ifndef RUN_ANSWERS_IMPL_H
#define RUN_ANSWERS_IMPL_H

#include "base/digest.h"
#include "event/state.h"
#include "run/session.h"

struct answer {
	const char *step;	 /* id of the node */
	const char *fingerprint; /* hex */
	const char *word;	 /* NULL: asked, but not answered */
	const char *value, *by;
	int64_t until_ms; /* Unix time, 0: none */
};

void answers_load(struct session *session, const struct run_state *past);
/* NULL: nobody has said, or of something else. */
const struct answer *answers_find(const struct session *session, const struct node *node,
				  const struct digest *fingerprint);
/* Until when the same question waits that was asked before, or 0. */
int64_t answers_until(const struct session *session, const struct node *node,
		      const struct digest *fingerprint);
/* The end of the node, and its result, by the answer that answers_find() found. */
void answers_use(struct session *session, const struct node *node, struct event *end);
/* The same, of any answer; `is_secret`: the value stays out of the event. */
void answers_end(struct session *session, const struct node *node, const struct answer *answer,
		 bool is_secret, struct event *end);

#endif
