/*
 * What the exit status says; see git-wf(1), "Exit status".
 */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

#include "base/err.h"

enum exit_code {
	EXIT_PASSED = 0,     /* passed; reading commands: answered */
	EXIT_NOT_PASSED = 1, /* a step failed; asked for: not passed, not up to date */
	EXIT_WAITING = 3,    /* for a person */
	EXIT_BUSY = 4,	     /* something else holds the run or the tree; nothing was changed */
	EXIT_PARTLY = 5,     /* some paths were left as they are, and are listed */
	EXIT_FATAL = 128,    /* environment, I/O, git */
	EXIT_WRONG = 129,    /* usage, or a workflow file with mistakes */
};

enum exit_code exit_of_err(const struct err *err);

#endif
