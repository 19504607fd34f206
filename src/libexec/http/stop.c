/*
 * Told to end, we leave no half of a file behind. Signals arrive by a descriptor that is polled with
 * those of the transfer.
 */
#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/signalfd.h>
#endif

#include "http_impl.h"

#ifdef __linux__
static sigset_t ends(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return set;
}

int stop_begin(void)
{
	sigset_t set = ends();

	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The signal is still pending: nobody has read it. */
void stop_now(void)
{
	sigset_t set = ends();

	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGTERM);
}
#else
int stop_begin(void)
{
	return -1;
}

void stop_now(void)
{
	raise(SIGTERM);
}
#endif
