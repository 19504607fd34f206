/*
 * File `secret`: 192 random bytes, then XXH3-64 of them (8 bytes, native order).
 */
#include "store/secret_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "sys/fs.h"
#include "sys/lock.h"

#define LOCK_WAIT_MS 5000

struct secret_file {
	struct hash_secret secret;
	uint64_t check;
};

static int read_file(int dirfd, const char *path, struct hash_secret *secret)
{
	struct secret_file file;
	ssize_t n;
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return 1;
	do
		n = read(fd, &file, sizeof file);
	while (n < 0 && errno == EINTR);
	close(fd);
	if (n != sizeof file || file.check != hash_checksum(&file.secret, sizeof file.secret))
		return 1;
	*secret = file.secret;
	return 0;
}

int secret_read(const char *dir, struct hash_secret *secret)
{
	int result, dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0)
		return 1;
	result = read_file(dirfd, "secret", secret);
	close(dirfd);
	return result;
}

int secret_random(struct hash_secret *secret, struct err *err)
{
	if (getentropy(secret->bytes, sizeof secret->bytes) < 0)
		return err_errno(err, "cannot get random bytes");
	return 0;
}

/* The lock makes engines that start together agree. */
static int install_locked(int dirfd, struct hash_secret *secret, struct err *err)
{
	struct secret_file file = { .secret = *secret };
	struct lock lock = LOCK_NOT_HELD;
	int result = 0;

	if (lock_wait(&lock, dirfd, "lock", LOCK_EXCLUSIVE, LOCK_WAIT_MS, err) < 0)
		return -1;
	if (read_file(dirfd, "secret", secret) != 0) {
		file.check = hash_checksum(&file.secret, sizeof file.secret);
		result = fs_replace(dirfd, "secret", 0600, &file, sizeof file, 0, err);
	}
	lock_release(&lock);
	return result;
}

int secret_install(const char *dir, struct hash_secret *secret, struct err *err)
{
	int result, dirfd;

	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return err_errno(err, "cannot open '%s'", dir);
	result = read_file(dirfd, "secret", secret) == 0 ? 0 : install_locked(dirfd, secret, err);
	close(dirfd);
	return result < 0 ? err_wrap(err, "cannot make the cache in '%s'", dir) : 0;
}
