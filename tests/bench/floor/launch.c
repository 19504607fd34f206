/*
 * launch OUT COMMAND [ARG...]: runs COMMAND and appends one line to OUT:
 *
 *	wall_ns cpu_us maxrss_kib status
 *
 * Small, static and with vfork, so that the peak is the child's (Linux carries the parent's
 * high-water mark through exec) and the cost of starting from a scripting language is not timed.
 * COMMAND reads from and writes to /dev/null; $LAUNCH_TIMEOUT_S bounds it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void end_child(int signum)
{
	(void)signum;
	if (child > 0)
		kill(-child, SIGKILL);
}

static long long elapsed_ns(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000000000LL + (to->tv_nsec - from->tv_nsec);
}

static long long timeval_us(const struct timeval *tv)
{
	return tv->tv_sec * 1000000LL + tv->tv_usec;
}

int main(int argc, char **argv)
{
	const char *timeout = getenv("LAUNCH_TIMEOUT_S");
	struct sigaction action = { .sa_handler = end_child };
	struct timespec start, end;
	struct rusage usage;
	int status;

	if (argc < 3)
		return 2;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	clock_gettime(CLOCK_MONOTONIC, &start);
	child = vfork();
	if (child == 0) {
		setpgid(0, 0);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (timeout)
		alarm((unsigned)strtoul(timeout, NULL, 10));
	while (wait4(child, &status, 0, &usage) < 0)
		;
	clock_gettime(CLOCK_MONOTONIC, &end);

	FILE *out = fopen(argv[1], "a");
	if (!out)
		return 2;
	fprintf(out, "%lld %lld %ld %d\n", elapsed_ns(&start, &end),
		timeval_us(&usage.ru_utime) + timeval_us(&usage.ru_stime), usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return fclose(out) == 0 ? 0 : 2;
}
