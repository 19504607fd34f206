/*
 * The clock that a file system gives its files' times from.
 */
#include "sys/fs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICK_MIN_NS 500000 /* no kernel's clock of ticks has shorter ones: 1,000 a second at most */
#define TRIES	    4

int fs_touch_clock(int fd, int64_t *clock_ns, struct err *err)
{
	struct file_id id;

	if (futimens(fd, NULL) < 0)
		return err_errno(err, "cannot set the times of an open file");
	if (fs_stat_fd(fd, &id, err) < 0)
		return -1;
	*clock_ns = id.mtime_ns;
	return 0;
}

#ifdef O_TMPFILE

static bool write_and_stat(int fd, struct file_id *id)
{
	return pwrite(fd, "", 1, 0) == 1 && fs_stat_fd(fd, id, NULL) == 0;
}

static bool is_within_a_tick(int64_t before_ns, int64_t after_ns)
{
	return before_ns < after_ns && after_ns - before_ns < TICK_MIN_NS;
}

/* By a clock of ticks two times are the same or a tick apart; they are apart, too, where something else had the
 * processor in between. */
static bool shows_changes(int fd, struct file_id *first)
{
	for (int tries = 0; tries < TRIES; tries++) {
		struct file_id second;

		if (!write_and_stat(fd, first) || !write_and_stat(fd, &second))
			return false;
		if (is_within_a_tick(first->mtime_ns, second.mtime_ns) &&
		    is_within_a_tick(first->ctime_ns, second.ctime_ns))
			return true;
		if (first->ctime_ns == second.ctime_ns)
			return false;
	}
	return false;
}

bool fs_times_are_exact(const char *dir, uint64_t *dev)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct file_id id;
	bool are_exact;

	if (fd < 0)
		return false;
	are_exact = shows_changes(fd, &id);
	close(fd);
	if (are_exact)
		*dev = id.dev;
	return are_exact;
}

#else

bool fs_times_are_exact(const char *dir UNUSED, uint64_t *dev UNUSED)
{
	return false;
}

#endif
