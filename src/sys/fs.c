/*
 * Files: what they are, reading, writing, listing.
 */
#include "sys/fs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/parallel.h"

#define READ_BLOCK    ((size_t)64 * 1024)
#define DIR_FD_FROM   8	   /* stats in one directory for which opening it pays */
#define STATS_FOR_TWO 2000 /* below that a thread costs what it saves */

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

static int64_t ns_of(struct timespec ts)
{
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void fill_id(struct file_id *id, const struct stat *st)
{
	id->dev = (uint64_t)st->st_dev;
	id->ino = (uint64_t)st->st_ino;
	id->size_bytes = (uint64_t)st->st_size;
	id->mtime_ns = ns_of(st->st_mtim);
	id->ctime_ns = ns_of(st->st_ctim);
	id->mode = (uint32_t)st->st_mode;
}

bool fs_same_id(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size_bytes == b->size_bytes &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && a->mode == b->mode;
}

int fs_stat(int dirfd, const char *path, struct file_id *id, struct err *err)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 1;
		return err_errno(err, "cannot stat '%s'", path);
	}
	fill_id(id, &st);
	return 0;
}

int fs_stat_fd(int fd, struct file_id *id, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, "cannot stat an open file");
	fill_id(id, &st);
	return 0;
}

struct stat_work {
	int dirfd;
	const char *const *paths;
	struct file_id *ids;
	signed char *answers;
};

/* Bytes of the directory part, without its slash; 0: none. */
static size_t dir_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool is_in_dir(const char *path, const char *dir, size_t len)
{
	return strncmp(path, dir, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

/* The paths from `first` that are in the same directory as that one, up to `end`. */
static size_t end_of_dir(const struct stat_work *work, size_t first, size_t end, size_t len)
{
	size_t i = first + 1;

	while (i < end && is_in_dir(work->paths[i], work->paths[first], len))
		i++;
	return i;
}

static int open_dir_of(int dirfd, const char *path, size_t len)
{
	char dir[PATH_MAX];

	if (len == 0 || len >= sizeof dir)
		return -1;
	memcpy(dir, path, len);
	dir[len] = '\0';
	return openat(dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Neighbours are mostly in one directory, and then only their last names are looked up. */
static void stat_range(void *data, unsigned half UNUSED, size_t first, size_t end)
{
	const struct stat_work *work = data;

	while (first < end) {
		size_t len = dir_length(work->paths[first]);
		size_t stop = len ? end_of_dir(work, first, end, len) : first + 1;
		int dirfd = stop - first < DIR_FD_FROM
				    ? -1
				    : open_dir_of(work->dirfd, work->paths[first], len);

		for (; first < stop; first++) {
			const char *path = work->paths[first];

			work->answers[first] = (signed char)fs_stat(
				dirfd < 0 ? work->dirfd : dirfd, dirfd < 0 ? path : path + len + 1,
				&work->ids[first], NULL);
		}
		if (dirfd >= 0)
			close(dirfd);
	}
}

void fs_stat_many(int dirfd, const char *const *paths, size_t n, struct file_id *ids,
		  signed char *answers)
{
	struct stat_work work = { dirfd, paths, ids, answers };

	parallel_halves(n, STATS_FOR_TWO, stat_range, &work);
}

/* Room for the whole file and one byte more, so that its end shows in the same read. */
static void reserve_for(int fd, size_t max_bytes, struct strbuf *out)
{
	struct stat st;
	size_t size = READ_BLOCK;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0)
		size = (size_t)st.st_size + 1;
	strbuf_grow(out, size < max_bytes ? size : max_bytes + 1);
}

int fs_read_fd(int fd, size_t max_bytes, struct strbuf *out, struct err *err)
{
	size_t start = out->len;

	if (max_bytes > SIZE_MAX / 8)
		max_bytes = SIZE_MAX / 8;
	reserve_for(fd, max_bytes, out);
	for (;;) {
		size_t room = out->alloc - out->len - 1, left = max_bytes + 1 - (out->len - start);
		ssize_t got;

		if (!room) {
			strbuf_grow(out, READ_BLOCK);
			continue;
		}
		got = read(fd, out->buf + out->len, room < left ? room : left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot read");
		if (!got)
			return 0;
		strbuf_setlen(out, out->len + (size_t)got);
		if (out->len - start > max_bytes)
			return err_set(err, ERR_INVALID, "larger than %zu bytes", max_bytes);
	}
}

int fs_read_file(int dirfd, const char *path, size_t max_bytes, struct strbuf *out, struct err *err)
{
	struct err cause = ERR_INIT;
	/* Of a fifo that nobody writes to the end is seen at once, not never. */
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		err_errno(err, "cannot read '%s'", path);
		if (err && (err->errnum == ENOENT || err->errnum == ENOTDIR))
			err->kind = ERR_NOT_FOUND;
		return -1;
	}
	if (fd < 0)
		return err_errno(err, "cannot read '%s'", path);
	result = fs_read_fd(fd, max_bytes, out, &cause);
	close(fd);
	if (result < 0 && cause.kind == ERR_INVALID)
		err_set(err, ERR_INVALID, "'%s' is %s", path, err_msg(&cause));
	errno = cause.errnum;
	if (result < 0)
		err_errno(err, "cannot read '%s'", path);
	err_release(&cause);
	return result;
}

static void wait_writable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	poll(&poll_fd, 1, -1);
}

int fs_write_all(int fd, const void *data, size_t len, struct err *err)
{
	const char *p = data;

	while (len) {
		ssize_t wrote = write(fd, p, len);

		if (wrote >= 0) {
			p += wrote;
			len -= (size_t)wrote;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			wait_writable(fd);
		} else if (errno != EINTR) {
			return err_errno(err, "cannot write");
		}
	}
	return 0;
}

/* After EINTR the fd is closed on Linux and undefined elsewhere: never closed twice. */
int fs_close(int fd, struct err *err)
{
	if (close(fd) < 0 && errno != EINTR && errno != EINPROGRESS)
		return err_errno(err, "cannot close");
	return 0;
}

/* Some file systems cannot sync a directory, and need not. */
static int sync_and_close(int fd, const char *path, struct err *err)
{
	int result = fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP
			     ? err_errno(err, "cannot sync directory '%s'", path)
			     : 0;

	close(fd);
	return result;
}

int fs_sync_dir(int dirfd, const char *path, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_errno(err, "cannot open directory '%s'", path)
		      : sync_and_close(fd, path, err);
}

int fs_sync_dir_if_any(int dirfd, const char *path, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return sync_and_close(fd, path, err);
	return errno == ENOENT || errno == ENOTDIR
		       ? 0
		       : err_errno(err, "cannot open directory '%s'", path);
}

int fs_dir_open(struct fs_dir *dir, int dirfd, const char *path, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir->handle = NULL;
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 1;
		return err_errno(err, "cannot open directory '%s'", path);
	}
	dir->handle = fdopendir(fd);
	if (!dir->handle) {
		err_errno(err, "cannot open directory '%s'", path);
		close(fd);
		return -1;
	}
	return 0;
}

static unsigned char type_of(int dirfd, const char *name)
{
	struct stat st;

	/* Gone in between: as good as a file that is removed after the listing. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_REG;
	return (unsigned char)IFTODT(st.st_mode);
}

int fs_dir_next(struct fs_dir *dir, struct fs_entry *entry, struct err *err)
{
	struct dirent *found;

	do {
		errno = 0;
		found = readdir(dir->handle);
		if (!found)
			return errno ? err_errno(err, "cannot list a directory") : 0;
	} while (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."));
	entry->name = found->d_name;
	entry->type = found->d_type;
	if (entry->type == DT_UNKNOWN)
		entry->type = type_of(dirfd(dir->handle), found->d_name);
	return 1;
}

int fs_dir_fd(const struct fs_dir *dir)
{
	return dirfd(dir->handle);
}

void fs_dir_close(struct fs_dir *dir)
{
	if (dir && dir->handle) {
		closedir(dir->handle);
		dir->handle = NULL;
	}
}
