/*
 * Where the submodules of this repository are, by .gitmodules.
 */
#ifndef RUN_SUBMODULES_IMPL_H
#define RUN_SUBMODULES_IMPL_H

#include "listing_impl.h"

#define SUBMODULES_FILE ".gitmodules"

/* Appends their paths, in the session's arena. A file that is not there or is no such file has none.
 * *id: what it was before it was read, by git_files_stat(). */
void submodules_read(struct session *session, struct path_list *paths, struct file_id *id);

#endif
