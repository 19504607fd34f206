/*
 * A word about a run whose engine is not alive: whoever says it takes the run's lock and writes it into
 * the journal himself.
 */
#ifndef RUN_OFFLINE_H
#define RUN_OFFLINE_H

#include <stdbool.h>

#include "event/event.h"
#include "run/session.h"

/* Ends what a killed engine left running, appends the events (their time is set here), and where the
 * last one ends the run writes results.json, a checkpoint and a line of history. ERR_BUSY: an engine is
 * at work on it after all. */
int offline_write(struct session *session, const char *run_id, const struct event *events,
		  size_t n_events, struct err *err);

/* A person's word to the step that waits for one, by `event` (EV_STEP_ANSWER). ERR_USAGE: it does not
 * wait, or the word does not fit; `*was_late`: somebody was quicker. */
int offline_answer(struct session *session, const char *run_id, const struct event *event,
		   bool *was_late, struct err *err);

#endif
