/*
 * The facts a whole session rests on, for the planfile: what is not about one step's own paths.
 */
#ifndef RUN_BASIS_IMPL_H
#define RUN_BASIS_IMPL_H

#include "run/session.h"

/* A directory that was, or is about to be, listed. */
void basis_add_dir(struct session *session, const char *dir);
/* A file by content, present or absent: workflow files, configuration. */
void basis_add_file(struct session *session, const char *path);
/* The workflow's file, as it was when it was read. */
void basis_add_workflow(struct session *session);
/* Everything the listings of git_files rested on. */
void basis_add_listings(struct session *session);

#endif
