/*
 * One workflow file after the other, for commands that look at many.
 */
#ifndef CLI_LOAD_IMPL_H
#define CLI_LOAD_IMPL_H

#include "cli/command.h"
#include "model/workflow.h"
#include "run/session.h"

struct loaded {
	struct arena arena;
	struct diags diags;
	struct strbuf text;
	const struct workflow *wf; /* NULL: the file has mistakes, see diags */
};

/* -1: it cannot be read. Mistakes in it are no failure. */
int load_workflow(struct loaded *loaded, const struct session *session, const char *id,
		  const char *path, struct err *err);
void load_release(struct loaded *loaded);

/* All of the repository, or those that the words of the command line name. */
int load_list(struct cli *cli, struct session *session, const struct workflow_file **files,
	      size_t *n, struct err *err);

#endif
