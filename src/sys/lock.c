/*
 * flock() on a file that may be removed under us.
 */
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/clock.h"

/* lock_probe() holds a lock for an instant: a refusal counts only if it lasts. */
#define PROBE_TRIES	  5
#define PROBE_PAUSE_MS	  2
#define WAIT_PAUSE_MAX_MS 50

/* Whoever tidies up may unlink the file between our open and our lock: then it is no lock. */
static int is_still_there(int fd, int dirfd, const char *path)
{
	struct stat ours, theirs;

	if (fstat(fd, &ours) < 0)
		return -1;
	if (fstatat(dirfd, path, &theirs, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int flock_retry(int fd, int operation)
{
	int result;

	do
		result = flock(fd, operation);
	while (result < 0 && errno == EINTR);
	return result;
}

/* 0: held; 1: somebody else has it; -1. */
static int attempt(struct lock *lock, int dirfd, const char *path, enum lock_mode mode,
		   struct err *err)
{
	int operation = (mode == LOCK_EXCLUSIVE ? LOCK_EX : LOCK_SH) | LOCK_NB;

	for (;;) {
		int fd = lock->is_resting ? lock->fd
					  : openat(dirfd, path,
						   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		int there, cause;

		*lock = (struct lock)LOCK_NOT_HELD;
		if (fd < 0)
			return err_errno(err, "cannot open lock '%s'", path);
		if (flock_retry(fd, operation) < 0) {
			cause = errno;
			close(fd);
			if (cause == EWOULDBLOCK)
				return 1;
			errno = cause;
			return err_errno(err, "cannot lock '%s'", path);
		}
		there = is_still_there(fd, dirfd, path);
		if (there > 0) {
			*lock = (struct lock){ .is_held = true, .fd = fd };
			return 0;
		}
		cause = errno;
		close(fd);
		if (there < 0) {
			errno = cause;
			return err_errno(err, "cannot stat lock '%s'", path);
		}
	}
}

static int refuse(const char *path, struct err *err)
{
	err_set(err, ERR_BUSY, "'%s' is locked by another process", path);
	return -1;
}

int lock_try(struct lock *lock, int dirfd, const char *path, enum lock_mode mode, struct err *err)
{
	int result, tries = PROBE_TRIES;

	*lock = (struct lock)LOCK_NOT_HELD;
	while ((result = attempt(lock, dirfd, path, mode, err)) == 1 && --tries)
		clock_sleep_ms(PROBE_PAUSE_MS);
	return result == 1 ? refuse(path, err) : result;
}

int lock_wait(struct lock *lock, int dirfd, const char *path, enum lock_mode mode,
	      uint64_t timeout_ms, struct err *err)
{
	*lock = (struct lock)LOCK_NOT_HELD;
	return lock_again(lock, dirfd, path, mode, timeout_ms, err);
}

int lock_again(struct lock *lock, int dirfd, const char *path, enum lock_mode mode,
	       uint64_t timeout_ms, struct err *err)
{
	uint64_t start_ms = clock_monotonic_ms(), pause_ms = 1, waited_ms;
	int result;

	while ((result = attempt(lock, dirfd, path, mode, err)) == 1) {
		waited_ms = clock_monotonic_ms() - start_ms;
		if (waited_ms >= timeout_ms)
			return refuse(path, err);
		if (pause_ms > timeout_ms - waited_ms)
			pause_ms = timeout_ms - waited_ms;
		clock_sleep_ms(pause_ms);
		pause_ms = pause_ms * 2 < WAIT_PAUSE_MAX_MS ? pause_ms * 2 : WAIT_PAUSE_MAX_MS;
	}
	return result;
}

int lock_probe(int dirfd, const char *path, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), result, cause;

	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_errno(err, "cannot open lock '%s'", path);
	}
	result = flock_retry(fd, LOCK_SH | LOCK_NB);
	cause = errno;
	close(fd);
	if (result == 0)
		return 0;
	if (cause == EWOULDBLOCK)
		return 1;
	errno = cause;
	return err_errno(err, "cannot lock '%s'", path);
}

/* Unlocked, not closed: a child on its way to exec may have the file open, too. */
void lock_rest(struct lock *lock)
{
	if (!lock->is_held)
		return;
	if (flock_retry(lock->fd, LOCK_UN) < 0)
		lock_release(lock);
	else
		*lock = (struct lock){ .is_resting = true, .fd = lock->fd };
}

void lock_release(struct lock *lock)
{
	if (!lock || (!lock->is_held && !lock->is_resting))
		return;
	close(lock->fd);
	*lock = (struct lock)LOCK_NOT_HELD;
}
