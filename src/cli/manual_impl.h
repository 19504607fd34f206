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
/* Becomes man(1). Returns -1 only where that cannot be started or finds no such page. */
int manual_open(const char *page, struct err *err);

#endif
