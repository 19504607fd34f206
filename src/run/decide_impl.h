/*
 * One node judged with the facts of now: the same code at plan time and when it is ready to run.
 */
#ifndef RUN_DECIDE_IMPL_H
#define RUN_DECIDE_IMPL_H

#include "facts_impl.h"
#include "plan/judge.h"
#include "run/engine.h"
#include "run/session.h"

struct judged {
	struct decision decision;
	uint32_t shut_by; /* the failure for which the group around it is not to run, or WF_NONE */
	bool has_facts;	  /* `gathered` is filled: release it with facts_release() */
	struct gathered gathered;
	const struct record *record; /* same fingerprint, or NULL */
	/* The outputs of the record, then what must not be there, as absent; and what is there. */
	size_t n_wanted;
	const struct entry *wanted, *on_disk;
};

/* `blocked_by`: the node that did not pass, or WF_NONE. `will_run_by`: plan time: the node above that
 * will run, or WF_NONE. */
int decide(struct session *session, const struct node *node, const struct run_options *options,
	   uint32_t blocked_by, uint32_t will_run_by, struct arena *arena, struct judged *out,
	   struct err *err);

enum reason_kind decide_first_reason(const struct decision *decision);
/* The run stops at the step: whether it is to run again only a person can say. */
bool decide_needs_a_word(const struct decision *decision);
/* Of a step that has passed in this run and must not run twice, where it would have to run. */
void decide_not_again(struct decision *decision);
/* SKIP, but what needs the step goes on: its `if` is false, or a person wanted it. */
bool decide_is_skip_that_passes(const struct decision *decision);

/* Where this session keeps the file of an artifact: "<runs>/<run>/artifacts/NAME", absolute. */
const char *artifact_path(struct session *session, struct arena *arena, const char *name);

#endif
