/*
 * The manual pages.
 */
#ifndef CLI_MANUAL_IMPL_H
#define CLI_MANUAL_IMPL_H

#include "cli/command.h"

/* The page that is about `command` (NULL: the program): "git-wf-run". */
const char *manual_page(const char *command);
/* Becomes man(1). Returns -1 only where that cannot be started. */
int manual_open(const char *page, struct err *err);

#endif
