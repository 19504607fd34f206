/*
 * A thread, on a processor of its own if it is to work while its maker does.
 */
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

typedef void (*thread_fn)(void *data);

struct thread {
	pthread_t id;
	thread_fn fn;
	void *data;
#ifdef __linux__
	bool is_sent_away;
	cpu_set_t cpus; /* that it may use */
#endif
};

/* Linux (6.18, measured) puts most new threads on the processor of their maker, where they wait for its
 * time slice to end, 3 ms, with another processor idle: longer than what two threads save. One that is
 * apart is made for any processor but that one, and may go where it likes from its first moment on. */
enum thread_place {
	THREAD_ANYWHERE, /* it waits, for a disk above all */
	THREAD_APART,
};

/* False if there can be none. The thread gets no signals; `thread` is its own until it is joined. */
bool thread_start(struct thread *thread, enum thread_place place, size_t stack_bytes, thread_fn fn,
		  void *data);
void thread_join(struct thread *thread);

#endif
