/*
 * How many steps may be at work at once.
 */
#ifndef CLI_JOBS_IMPL_H
#define CLI_JOBS_IMPL_H

#include <stdint.h>

#include "base/err.h"

/* `given`: by -j, 0: it is not. *jobs: the setting (0: none); gets what -j says, else the setting, else one
 * for each CPU this process may use, and no more than the limit of open files allows. ERR_USAGE where -j asks
 * for more than that. */
int jobs_choose(uint32_t given, uint32_t *jobs, struct err *err);

#endif
