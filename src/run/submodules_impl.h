/*
 * Where the submodules of this repository are, by .gitmodules.
 */
#ifndef RUN_SUBMODULES_IMPL_H
#define RUN_SUBMODULES_IMPL_H

#include "listing_impl.h"

/* Appends their paths, in the session's arena. A file that is not there or is no such file has none. */
void submodules_read(struct session *session, struct path_list *paths);

#endif
