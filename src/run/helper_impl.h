/*
 * Where the helper programs are.
 */
#ifndef RUN_HELPER_IMPL_H
#define RUN_HELPER_IMPL_H

#include "base/arena.h"
#include "base/err.h"

/* The path of libexec/git-wf/NAME: beside this program, or beside the folder it is in. NULL with err
 * (ERR_NOT_FOUND) that says where it was looked for. */
const char *helper_find(struct arena *arena, const char *name, struct err *err);

#endif
