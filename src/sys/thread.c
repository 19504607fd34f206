/*
 * See sys/thread.h.
 */
#include "sys/thread.h"

#include <signal.h>

static void *run(void *data)
{
	struct thread *thread = data;

#ifdef __linux__
	if (thread->is_sent_away)
		sched_setaffinity(0, sizeof thread->cpus, &thread->cpus);
#endif
	thread->fn(thread->data);
	return NULL;
}

#ifdef __linux__
/* False: wherever the system likes. There may be no other processor, or no way to ask for one. */
static bool send_away(struct thread *thread, pthread_attr_t *attr)
{
	int here = sched_getcpu();
	cpu_set_t others;

	if (here < 0 || here >= CPU_SETSIZE ||
	    sched_getaffinity(0, sizeof thread->cpus, &thread->cpus) < 0)
		return false;
	others = thread->cpus;
	CPU_CLR((size_t)here, &others);
	return CPU_COUNT(&others) > 0 &&
	       pthread_attr_setaffinity_np(attr, sizeof others, &others) == 0;
}
#endif

static bool create(struct thread *thread, size_t stack_bytes, enum thread_place place)
{
	pthread_attr_t attr;
	bool is_created;

	if (pthread_attr_init(&attr) != 0)
		return false;
#ifdef __linux__
	thread->is_sent_away = place == THREAD_APART && send_away(thread, &attr);
#else
	(void)place;
#endif
	is_created = pthread_attr_setstacksize(&attr, stack_bytes) == 0 &&
		     pthread_create(&thread->id, &attr, run, thread) == 0;
	pthread_attr_destroy(&attr);
	return is_created;
}

bool thread_start(struct thread *thread, enum thread_place place, size_t stack_bytes, thread_fn fn,
		  void *data)
{
	sigset_t all, old;
	bool is_started;

	thread->fn = fn;
	thread->data = data;
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	is_started = (place == THREAD_APART && create(thread, stack_bytes, THREAD_APART)) ||
		     create(thread, stack_bytes, THREAD_ANYWHERE);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return is_started;
}

void thread_join(struct thread *thread)
{
	pthread_join(thread->id, NULL);
}
