/*
 * What engines that were killed left on disk: temporary files, and the files of attempts that nobody
 * reads any more. None of it is ever read, so it costs only room.
 */
#ifndef STORE_LEFTOVER_H
#define STORE_LEFTOVER_H

#include <stdint.h>

#include "store/layout.h"

/* Younger ones may be in use. */
#define LEFTOVER_AGE_MS INT64_C(3600000)

/* Removes what is older than that from the cache, the compiled plans and the folders of runs; in a run's
 * `io` everything, unless the run goes on. What cannot be removed stays for the next time. Returns how
 * many. */
uint64_t leftover_remove(const struct layout *layout, int64_t now_unix_ms);
/* The same for one folder that is no part of a repository. */
uint64_t leftover_remove_from(const char *dir, int64_t now_unix_ms);

#endif
