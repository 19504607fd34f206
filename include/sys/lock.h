/*
 * Locks that die with their holder: flock() on a file that stays empty. The lock belongs to the
 * open file, so it is not handed to children (CLOEXEC) and not to threads.
 */
#ifndef SYS_LOCK_H
#define SYS_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Zeroed: not held. */
struct lock {
	bool is_held;
	bool is_resting; /* not held, but the file is open */
	int fd;
};

#define LOCK_NOT_HELD    \
	{                \
		.fd = -1 \
	}

enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Makes the file (0600) if needed. Held by somebody else: -1 with ERR_BUSY. */
int lock_try(struct lock *lock, int dirfd, const char *path, enum lock_mode mode, struct err *err);

/* The same, waiting up to timeout_ms. */
int lock_wait(struct lock *lock, int dirfd, const char *path, enum lock_mode mode,
	      uint64_t timeout_ms, struct err *err);

/* For a lock that is taken again and again: lock_rest() lets go and keeps the file open, lock_again()
 * is lock_wait() on a lock that may be at rest; lock_release() ends either. */
void lock_rest(struct lock *lock);
int lock_again(struct lock *lock, int dirfd, const char *path, enum lock_mode mode,
	       uint64_t timeout_ms, struct err *err);

/* Is it held exclusively by anybody (also by this process)? 1, 0, or -1. Makes no file. */
int lock_probe(int dirfd, const char *path, struct err *err);

void lock_release(struct lock *lock); /* harmless if not held */

#endif
