/*
 * See sys/twin.h.
 */
#include "sys/twin.h"

#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* What ended between the fork and this has told nobody. */
static void end_with(pid_t parent)
{
#ifdef __linux__
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && getppid() == parent)
		return;
#endif
	if (getppid() != parent)
		_exit(128 + SIGTERM);
}

int twin_start(pid_t *pid, bool ends_with_us, struct err *err)
{
	pid_t parent = getpid();

	*pid = fork();
	if (*pid < 0)
		return err_errno(err, "cannot start a process");
	if (*pid > 0)
		return 0;
	if (ends_with_us)
		end_with(parent);
	return 1;
}
