/*
 * What `git wf show` says about a step.
 */
#ifndef CLI_SHOW_IMPL_H
#define CLI_SHOW_IMPL_H

#include "base/strbuf.h"
#include "model/workflow.h"

/* Appends what the step does besides running a command: "commits src", or nothing. */
void show_action(struct strbuf *out, const struct step *step);

#endif
