/*
 * Going on with a run that another command has chosen.
 */
#ifndef CLI_RESUME_IMPL_H
#define CLI_RESUME_IMPL_H

#include "cli/command.h"

/* As `git wf resume RUN` without any option. The exit status, or -1. */
int resume_known_run(struct cli *cli, const char *run, struct err *err);

#endif
