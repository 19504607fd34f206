/*
 * A hook: what it is about, which workflows it starts, and what becomes of them.
 */
#ifndef CLI_HOOK_RUN_IMPL_H
#define CLI_HOOK_RUN_IMPL_H

#include "cli/command.h"
#include "execute_impl.h"
#include "target_impl.h"
#include "trigger/hook_target.h"

struct hook_request {
	enum hook_kind kind;
	const char *const *args;
	size_t n_args;
	const char *input; /* what git writes; NULL: to be read, if this hook gets any */
	size_t input_len;
	struct hook_by_hand by_hand;
	struct target_options target;
	struct execute_options execute;
};

/* The exit status, or -1. */
int hook_run(struct cli *cli, const struct hook_request *request, struct err *err);

/* ---- hook_trust.c ---- */

/* May what stands below root_fd be started by a hook without being asked? 1; 0: it was said why not; -1. */
int hook_trust_ask(struct cli *cli, struct session *session, int root_fd, bool is_from_outside,
		   struct err *err);

/* ---- hooks_install.c ---- */

/* A change that is followed may want hooks that are not called yet: they are installed, and it is said. */
void hooks_add_missing(struct cli *cli, const struct session *session, int root_fd);

#endif
