/*
 * One piece of work in a thread of its own, while the caller goes on.
 */
#ifndef SYS_BEHIND_H
#define SYS_BEHIND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "sys/thread.h"

typedef void (*behind_fn)(void *data);

struct behind { /* zeroed: idle */
	struct thread thread;
	behind_fn fn;
	void *data;
	bool is_started, has_thread;
	atomic_bool is_done;
};

/* Not while one is started. The thread gets no signals; where none can be made the work is done at once.
 * Until behind_wait() all that `data` leads to is the thread's. */
void behind_start(struct behind *behind, behind_fn fn, void *data);
/* The same for what does not wait, for a disk or another program, but works beside its caller. */
void behind_start_apart(struct behind *behind, behind_fn fn, void *data);
bool behind_is_busy(const struct behind *behind);
/* Returns when it is done; harmless if nothing was started. */
void behind_wait(struct behind *behind);

#endif
