/*
 * Who can be asked in this run, and how much he is.
 */
#ifndef CLI_ASKING_IMPL_H
#define CLI_ASKING_IMPL_H

#include "execute_impl.h"

/* ask->mode holds what the settings say (or UNSET) and where that stands is known by
 * ask->mode_is_users; options and the workflow decide over it. */
void asking_choose(struct cli *cli, struct session *session, const struct execute_options *options,
		   struct ask_options *ask);

#endif
