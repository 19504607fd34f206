/*
 * Words that are no command.
 */
#ifndef CLI_UNKNOWN_IMPL_H
#define CLI_UNKNOWN_IMPL_H

#include "base/err.h"

/* -1, ERR_USAGE: with the workflow of that name, the command it is a part of, or the nearest one. */
int unknown_command(const char *word, struct err *err);

#endif
