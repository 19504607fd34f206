/*
 * Which steps' standard output is read by an expression somewhere, and so has to be kept.
 */
#ifndef RUN_READERS_IMPL_H
#define RUN_READERS_IMPL_H

#include "base/bitset.h"
#include "model/workflow.h"

/* One bit a step of the workflow. */
void readers_of_stdout(const struct workflow *wf, struct bitset *steps);

#endif
