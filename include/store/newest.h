/*
 * Folders of what is kept by a key only as long as it is used: files called "<hex of a digest><suffix>".
 */
#ifndef STORE_NEWEST_H
#define STORE_NEWEST_H

#include <stddef.h>

/* Removes all of them but the newest `n_kept`, and temporary files that somebody left an hour ago or before. What
 * cannot be removed stays for the next time. */
void newest_keep(const char *dir, const char *suffix, size_t n_kept);

#endif
