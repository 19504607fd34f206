/*
 * What parse_call.c (from a name to a handler) and parse_call_list.c (the list of steps) share.
 */
#ifndef MODEL_PARSE_CALL_IMPL_H
#define MODEL_PARSE_CALL_IMPL_H

#include "parse_impl.h"

struct calling {
	struct reader *reader;
	struct workflow *wf;
	size_t n_compared;
	VEC(struct step) made; /* those with numbers from wf->n_steps on */
	uint32_t *n_calls;     /* by step: copies that were made of it */
	bool *is_handler;      /* by step: something calls it by name */
};

struct step *call_step_at(struct calling *calling, uint32_t number);
/* Fills is_handler: what is called by name, and what is in a group that is. */
void call_mark_handlers(struct calling *calling);
/* The list of the workflow without handlers, and with the steps that were made. */
void call_settle(struct calling *calling);

#endif
