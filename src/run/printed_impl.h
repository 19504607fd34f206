/*
 * What a step printed, where it stands for what the step was to write: with `unwritten: stdout` all of
 * its standard output, secrets masked, is kept in a file of the run's io/ while the attempt lasts.
 */
#ifndef RUN_PRINTED_IMPL_H
#define RUN_PRINTED_IMPL_H

#include "model/stepout.h"
#include "outcome_impl.h"

struct execution;

/* After execution->out is open. Nothing is kept where nobody wants it. */
void printed_begin(struct execution *execution);
/* When the attempt is over: what is printed from now on does not count. */
void printed_describe(struct execution *execution, struct outcome_files *files);
/* Harmless if it did not begin. */
void printed_end(struct execution *execution);

/* The artifacts that the step did not write get their content; those that it gave no value either get
 * one, in the arena. */
int printed_stand_in(struct session *session, const struct node *node,
		     const struct outcome_files *files, struct arena *arena, struct stepout *values,
		     struct err *err);

#endif
