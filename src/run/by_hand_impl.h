/*
 * What people said of single steps of a run: now, on the command line of `resume`, or before, as its
 * journal tells. The word counts as long as the run goes on, until another one is said.
 */
#ifndef RUN_BY_HAND_IMPL_H
#define RUN_BY_HAND_IMPL_H

#include "event/state.h"
#include "run/engine.h"
#include "run/session.h"

/* From the run's past and the options. ERR_USAGE: a step that is not there. */
int by_hand_load(struct session *session, const struct run_options *options,
		 const struct run_state *past, struct err *err);
/* Of a run that begins: steps that are left out. */
int by_hand_begin(struct session *session, const struct run_options *options, struct err *err);
/* One more word, while the run goes on. */
void by_hand_add(struct session *session, const char *step, enum hand_word word);
enum hand_word by_hand_of(const struct session *session, const struct node *node);
/* Is there such a step, or may there be such an item? */
bool by_hand_knows(const struct session *session, const char *step);
/* The words that are new with these options, as they go into the journal; NULL at the end. */
const struct hand *by_hand_new(const struct session *session, size_t i);

/* "skip", "done", "retry" */
const char *by_hand_name(enum hand_word word);

#endif
