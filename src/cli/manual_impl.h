/*
 * The manual pages.
 */
#ifndef CLI_MANUAL_IMPL_H
#define CLI_MANUAL_IMPL_H

#include "cli/command.h"

/* The page that is about `word`, a command or "workflow" (NULL: the program): "git-wf-run". */
const char *manual_page(struct arena *arena, const char *word);
/* man(1) finds it. Starts that and waits. */
bool manual_is_there(const char *page);
/* Becomes man(1) with that page; usage, and CLI_ANSWERED, where there is no man(1) or it does not find it. */
int manual_or_usage(struct cli *cli, const char *word);

#endif
