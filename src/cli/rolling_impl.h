/*
 * What a rollback says, to whoever started it.
 */
#ifndef CLI_ROLLING_IMPL_H
#define CLI_ROLLING_IMPL_H

#include "cli/command.h"
#include "run/rollback.h"

void rolling_show(struct strbuf *out, const struct rollback_outcome *outcome);
void rolling_say(void *cli, const char *text); /* for struct rollback_ears */
/* The definition that the run was started with, as it is today, and into the note what its steps declare;
 * where that is not to be had, it is said. */
void rolling_load(struct cli *cli, struct session *session, const char *run,
		  struct rollback_note *note);
/* Cleans up after the rollback of a run, in a session of its own; what fails is told. 0 or -1. */
int rolling_clean(struct cli *cli, const char *run, struct err *err);
/* Before a run or a resume: finishes one that was cut off, and cleans up after it. 0 or -1. */
int rolling_finish(struct cli *cli, struct session *session, struct err *err);
/* In a session of its own; what came of it is said. 0, also where something was left; 1: what cleans up
 * after it has failed; -1. */
int rolling_back_to(struct cli *cli, const char *run, const char *to, struct err *err);

#endif
