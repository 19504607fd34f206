/*
 * When a child was born, from the clock that the kernel reads for it.
 */
#include <time.h>
#include <unistd.h>

#include "sys/tree.h"

#define TIMES_CHECKED 4

/* As Linux makes of it the 22nd word of /proc/PID/stat. 0: there is no such clock. */
static uint64_t now_ticks(void)
{
#ifdef CLOCK_BOOTTIME
	const uint64_t second = 1000000000;
	long per_second = sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (per_second > 0 && second % (uint64_t)per_second == 0 &&
	    clock_gettime(CLOCK_BOOTTIME, &now) == 0)
		return ((uint64_t)now.tv_sec * second + (uint64_t)now.tv_nsec) /
		       (second / (uint64_t)per_second);
#endif
	return 0;
}

void tree_birth_begin(struct tree_births *births)
{
	births->before_ticks = now_ticks();
}

uint64_t tree_birth_ticks(struct tree_births *births, pid_t pid)
{
	uint64_t ticks = now_ticks(), seen;
	bool is_known = ticks && ticks == births->before_ticks;

	if (is_known && births->n_right >= TIMES_CHECKED && !births->is_wrong)
		return ticks;
	seen = tree_start_ticks(pid);
	if (is_known && seen == ticks)
		births->n_right++;
	else if (is_known && seen)
		births->is_wrong = true;
	return seen;
}
