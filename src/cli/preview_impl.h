/*
 * What would run, as the answer of a command.
 */
#ifndef CLI_PREVIEW_IMPL_H
#define CLI_PREVIEW_IMPL_H

#include "cli/command.h"
#include "run/preview.h"

/* The text of a planned session into cli->out. EXIT_PASSED or -1. */
int preview_show(struct cli *cli, struct session *session, const struct run_options *run,
		 struct err *err);

/* What plan and explain have in common: the words, the session, the preview; `answer` says it. */
struct preview_request {
	struct session *session;
	const struct preview *preview;
	const struct option_values *steps; /* named on the command line */
	void *own;			   /* the command's options */
};
typedef int preview_answer(struct cli *cli, const struct preview_request *request, struct err *err);
int preview_command(struct cli *cli, void *own, bool steps_filter, preview_answer *answer,
		    struct err *err);

#endif
