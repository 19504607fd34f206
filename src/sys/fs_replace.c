/*
 * New content under an old name: a temporary file beside it, then rename.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#endif

#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define TEMP_TRIES  100
#define COPY_BUFFER ((size_t)128 * 1024)
#define COPY_CHUNK  ((size_t)1 << 30)

/* "a/b.json" -> "a/.b.json.x1y2.tmp". The name only has to be free: O_EXCL settles it. */
static char *temp_name(const char *path, unsigned attempt)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	unsigned long long salt = clock_monotonic_ns() ^ (unsigned long long)getpid() << 40;

	/* Names end at 255 bytes. */
	return xasprintf("%.*s.%.200s.%llx%x.tmp", (int)(base - path), path, base, salt, attempt);
}

int fs_temp_open(struct fs_temp *temp, int dirfd, const char *path, mode_t mode, struct err *err)
{
	unsigned attempt;

	*temp = (struct fs_temp){ .fd = -1, .dirfd = dirfd };
	for (attempt = 0; attempt < TEMP_TRIES; attempt++) {
		char *name = temp_name(path, attempt);

		temp->fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				  mode);
		if (temp->fd >= 0) {
			temp->temp_path = name;
			temp->path = xstrdup(path);
			return 0;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return err_errno(err, "cannot write '%s'", path);
}

static void release(struct fs_temp *temp)
{
	free(temp->path);
	free(temp->temp_path);
	*temp = (struct fs_temp){ .fd = -1 };
}

void fs_temp_abort(struct fs_temp *temp)
{
	if (!temp || !temp->path)
		return;
	if (temp->fd >= 0)
		close(temp->fd);
	unlinkat(temp->dirfd, temp->temp_path, 0);
	release(temp);
}

static int sync_parent(int dirfd, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int result = fs_sync_dir(dirfd, parent, err);

	free(parent);
	return result;
}

int fs_temp_sync(const struct fs_temp *temp, struct err *err)
{
	return fsync(temp->fd) < 0 ? err_errno(err, "cannot sync '%s'", temp->path) : 0;
}

int fs_temp_commit(struct fs_temp *temp, int flags, struct err *err)
{
	int fd = temp->fd, result = 0;

	if (flags & FS_DURABLE)
		result = fs_temp_sync(temp, err);
	temp->fd = -1;
	if (fs_close(fd, result ? NULL : err) < 0 && !result)
		result = err_wrap(err, "cannot write '%s'", temp->path);
	if (!result && renameat(temp->dirfd, temp->temp_path, temp->dirfd, temp->path) < 0)
		result = err_errno(err, "cannot rename to '%s'", temp->path);
	if (result) {
		fs_temp_abort(temp);
		return -1;
	}
	if (flags & FS_DURABLE)
		result = sync_parent(temp->dirfd, temp->path, err);
	release(temp);
	return result;
}

int fs_replace(int dirfd, const char *path, mode_t mode, const void *data, size_t len, int flags,
	       struct err *err)
{
	struct fs_temp temp;

	if (fs_temp_open(&temp, dirfd, path, mode, err) < 0)
		return -1;
	if (fs_write_all(temp.fd, data, len, err) < 0) {
		err_wrap(err, "'%s'", path);
		fs_temp_abort(&temp);
		return -1;
	}
	return fs_temp_commit(&temp, flags, err);
}

static int copy_by_hand(int from, int to, struct err *err)
{
	char *buffer CLEANUP(xfree_ptr)
	= xmalloc(COPY_BUFFER);

	for (;;) {
		ssize_t got = read(from, buffer, COPY_BUFFER);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read");
		if (!got)
			return 0;
		if (fs_write_all(to, buffer, (size_t)got, err) < 0)
			return -1;
	}
}

/* Each way leaves both files where the next one can go on. */
static int copy_content(int from, int to, struct err *err)
{
#ifdef FICLONE
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
#endif
#ifdef __linux__
	{
		ssize_t got;

		do
			got = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
		while (got > 0 || (got < 0 && errno == EINTR));
		if (got < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
			return err_errno(err, "cannot write");
		/* At 0 it is the end, or a file of /proc that pretends to be empty: read and see. */
	}
#endif
	return copy_by_hand(from, to, err);
}

static int set_time(int fd, const struct stat *st, struct err *err)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };

	return futimens(fd, times) < 0 ? err_errno(err, "cannot set the time") : 0;
}

static int copy_file(int from, const char *to_path, int to_dirfd, int flags, struct err *err)
{
	struct fs_temp temp;
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_errno(err, "cannot stat an open file");
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "not a regular file");
	if (fs_temp_open(&temp, to_dirfd, to_path, 0600, err) < 0)
		return -1;
	if (copy_content(from, temp.fd, err) < 0) {
		fs_temp_abort(&temp);
		return -1;
	}
	if (fchmod(temp.fd, st.st_mode & 0777) < 0) {
		err_errno(err, "cannot set the permissions");
		fs_temp_abort(&temp);
		return -1;
	}
	if ((flags & FS_KEEP_TIME) && set_time(temp.fd, &st, err) < 0) {
		fs_temp_abort(&temp);
		return -1;
	}
	return fs_temp_commit(&temp, flags, err);
}

static int copy_link(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags,
		     struct err *err)
{
	char target[4096], *name;
	ssize_t len = readlinkat(from_dirfd, from, target, sizeof target);
	int result;

	if (len < 0 || (size_t)len >= sizeof target) {
		errno = len < 0 ? errno : ENAMETOOLONG;
		return err_errno(err, "cannot read the link");
	}
	target[len] = '\0';
	name = temp_name(to, 0);
	result = symlinkat(target, to_dirfd, name);
	if (result == 0 && renameat(to_dirfd, name, to_dirfd, to) < 0) {
		err_errno(err, "cannot rename");
		unlinkat(to_dirfd, name, 0);
		result = -1;
	} else if (result < 0) {
		err_errno(err, "cannot make a link");
	}
	free(name);
	if (!result && (flags & FS_DURABLE))
		result = sync_parent(to_dirfd, to, err);
	return result;
}

int fs_copy(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags,
	    struct err *err)
{
	/* Without O_NONBLOCK a fifo in the place of the file would hold us for ever. */
	int follow = flags & FS_FOLLOW ? 0 : O_NOFOLLOW, result;
	int fd = openat(from_dirfd, from, O_RDONLY | O_NONBLOCK | O_CLOEXEC | follow);

	if (fd < 0 && follow && (errno == ELOOP || errno == EMLINK)) {
		result = copy_link(from_dirfd, from, to_dirfd, to, flags, err);
	} else if (fd < 0) {
		int cause = errno;

		err_errno(err, "cannot read '%s'", from);
		if (err && err->errnum == cause && (cause == ENOENT || cause == ENOTDIR))
			err->kind = ERR_NOT_FOUND;
		return -1;
	} else {
		result = copy_file(fd, to, to_dirfd, flags, err);
		close(fd);
	}
	return result < 0 ? err_wrap(err, "cannot copy '%s' to '%s'", from, to) : 0;
}
