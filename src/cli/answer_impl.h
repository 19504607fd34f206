/*
 * A word to the step that waits for a person.
 */
#ifndef CLI_ANSWER_IMPL_H
#define CLI_ANSWER_IMPL_H

#include "cli/command.h"

/* Of a parsed command with the words [RUN] [STEP]: the step that waits is left out. The exit status, or
 * -1. */
int answer_skip(struct cli *cli, struct err *err);

#endif
