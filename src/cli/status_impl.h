/*
 * The part of `git wf status` that asks for receipts.
 */
#ifndef CLI_STATUS_IMPL_H
#define CLI_STATUS_IMPL_H

#include "cli/command.h"
#include "run/session.h"

struct status_require {
	const char *workflow;	     /* id */
	const char *rev;	     /* or NULL: HEAD */
	const char *allowed_signers; /* a file, or NULL: all count */
	bool json;
};

/* The exit status, or -1. */
int status_require(struct cli *cli, struct session *session, const struct status_require *options,
		   struct err *err);

#endif
