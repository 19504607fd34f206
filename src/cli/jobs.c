/*
 * See jobs_impl.h.
 */
#include "jobs_impl.h"

#include <inttypes.h>
#include <sched.h>
#include <sys/resource.h>

/* What a step at work holds open while it is started: its log, both ends of its pipe; and the engine. */
enum { FILES_OF_STEP = 3, FILES_OF_ENGINE = 40 };

static uint32_t cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) < 1)
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

static uint32_t most_jobs(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY ||
	    files.rlim_cur / FILES_OF_STEP > UINT32_MAX)
		return UINT32_MAX;
	if (files.rlim_cur < FILES_OF_ENGINE + FILES_OF_STEP)
		return 1;
	return (uint32_t)((files.rlim_cur - FILES_OF_ENGINE) / FILES_OF_STEP);
}

int jobs_choose(uint32_t given, uint32_t *jobs, struct err *err)
{
	uint32_t most = most_jobs();

	if (given > most)
		return err_set(err, ERR_USAGE,
			       "-j %" PRIu32 " needs more open files than there may be: at most "
			       "-j %" PRIu32 ", or raise 'ulimit -n'",
			       given, most);
	if (given)
		*jobs = given;
	if (!*jobs)
		*jobs = cpu_count();
	if (*jobs > most)
		*jobs = most;
	return 0;
}
