/*
 * Work on an array in two threads at most: for many small system calls, where a second CPU halves
 * the time and a third gains nothing.
 */
#ifndef SYS_PARALLEL_H
#define SYS_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

/* `half` is 0 or 1. Two halves run at the same time: they share nothing that either writes. */
typedef void (*parallel_fn)(void *data, unsigned half, size_t first, size_t end);

/* Runs fn over [0, n), in one thread if n is below `min_for_two` or there is one CPU only. */
void parallel_halves(size_t n, size_t min_for_two, parallel_fn fn, void *data);

/* That this process may use. */
bool parallel_has_two_cpus(void);

#endif
