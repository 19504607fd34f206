/*
 * Directories made, entered safely, and removed with all below them.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#endif

#ifndef FS_TOPDIR_FL /* not in the headers that programs get */
#define FS_TOPDIR_FL 0x00020000
#endif

#include "base/xalloc.h"
#include "sys/fs.h"

/* Deeper directories are moved up before they are emptied: no limit but the disk's, few fds. */
#define REMOVE_DEPTH_MAX 32
#define PASSES_MAX	 100

static bool is_directory(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* 0: there now; 1: something above is missing; -1 with errno. */
static int make_one(int dirfd, const char *path, mode_t mode)
{
	if (mkdirat(dirfd, path, mode) == 0)
		return 0;
	if (errno == ENOENT)
		return 1;
	if (errno == EEXIST && !is_directory(dirfd, path)) {
		errno = ENOTDIR;
		return -1;
	}
	return errno == EEXIST ? 0 : -1;
}

int fs_mkdir_p(int dirfd, const char *path, mode_t mode, struct err *err)
{
	char *part CLEANUP(xfree_ptr)
	= NULL;
	int result = make_one(dirfd, path, mode);
	char *slash;

	if (result == 1) {
		part = xstrdup(path);
		result = 0;
		for (slash = part + 1; result == 0 && (slash = strchr(slash, '/')); slash++) {
			*slash = '\0';
			result = make_one(dirfd, part, mode);
			*slash = '/';
		}
		if (result == 0)
			result = make_one(dirfd, path, mode);
	}
	if (result == 0)
		return 0;
	return err_errno(err, "cannot make directory '%s'", path);
}

void fs_spread_below(int dirfd, const char *path)
{
#ifdef FS_IOC_SETFLAGS
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), flags;

	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags |= FS_TOPDIR_FL;
		(void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	close(fd);
#else
	(void)dirfd, (void)path;
#endif
}

static bool is_link(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Component by component, for kernels without openat2. */
static int open_by_parts(int rootfd, const char *path, int flags, mode_t mode)
{
	char *copy CLEANUP(xfree_ptr)
	= xstrdup(path);
	char *part = copy, *slash;
	int dir = rootfd, fd, cause;

	for (;; part = slash + 1) {
		slash = strchr(part, '/');
		if (slash)
			*slash = '\0';
		if (slash) {
			fd = openat(dir, *part ? part : ".",
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		} else {
			fd = openat(dir, *part ? part : ".", flags | O_NOFOLLOW | O_CLOEXEC, mode);
		}
		cause = errno;
		/* O_DIRECTORY beats O_NOFOLLOW: a link is "not a directory". */
		if (fd < 0 && cause == ENOTDIR && is_link(dir, part))
			cause = ELOOP;
		if (dir != rootfd)
			close(dir);
		errno = cause;
		if (fd < 0 || !slash)
			return fd;
		dir = fd;
	}
}

static bool has_dot_dot(const char *path)
{
	const char *p = path;

	while ((p = strstr(p, "..")) != NULL) {
		if ((p == path || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
		p++;
	}
	return false;
}

static int open_beneath(int rootfd, const char *path, int flags, mode_t mode)
{
	if (*path == '/' || has_dot_dot(path)) {
		errno = EXDEV;
		return -1;
	}
#if defined(__linux__) && defined(SYS_openat2)
	{
		struct open_how how = {
			.flags = (unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
			.mode = flags & (O_CREAT | O_TMPFILE) & ~O_DIRECTORY ? mode : 0,
			.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
		};
		long fd;

		do
			fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);
		while (fd < 0 && (errno == EINTR || errno == EAGAIN));
		/* EPERM: container filters that do not know the call. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return (int)fd;
	}
#endif
	return open_by_parts(rootfd, path, flags, mode);
}

int fs_open_beneath(int rootfd, const char *path, int flags, mode_t mode, struct err *err)
{
	int fd = open_beneath(rootfd, path, flags, mode), cause = errno;

	if (fd >= 0)
		return fd;
	if (cause == EXDEV)
		return err_set(err, ERR_INVALID, "'%s' leaves its directory", path);
	if (cause == ELOOP || cause == EMLINK)
		return err_set(err, ERR_INVALID, "'%s' goes through a symbolic link", path);
	err_errno(err, "cannot open '%s'", path);
	if (err && err->errnum == cause && (cause == ENOENT || cause == ENOTDIR))
		err->kind = ERR_NOT_FOUND;
	return -1;
}

struct removal {
	int top_fd; /* of the directory that goes */
	unsigned n_moved;
};

static int empty_dir(struct removal *removal, int fd, int depth);

/* Enters a directory that may have lost its permissions. */
static int enter(int dirfd, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags);

	/* fchmodat would follow a link put there in between, but only one of our own user's. */
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, flags);
	return fd;
}

/* A name there may exist: the number goes on until one is free. */
static int move_up(struct removal *removal, int dirfd, const char *name)
{
	char moved[40];
	int result, tries = 100;

	if (fchmodat(dirfd, name, 0700, 0) < 0)
		(void)0; /* the rename tells whether it mattered */
	do {
		snprintf(moved, sizeof moved, ".removing-%u", removal->n_moved++);
		result = renameat(dirfd, name, removal->top_fd, moved);
	} while (result < 0 && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) &&
		 --tries);
	return result;
}

static int remove_dir(struct removal *removal, int dirfd, const char *name, int depth)
{
	int fd;

	if (depth >= REMOVE_DEPTH_MAX)
		return move_up(removal, dirfd, name);
	fd = enter(dirfd, name);
	if (fd < 0 || empty_dir(removal, fd, depth + 1) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

static int remove_entry(struct removal *removal, int dirfd, const struct fs_entry *entry, int depth)
{
	int result, tries = 2;

	do {
		if (entry->type == DT_DIR)
			result = remove_dir(removal, dirfd, entry->name, depth);
		else
			result = unlinkat(dirfd, entry->name, 0);
	} while (result < 0 && errno == EACCES && --tries && fchmod(dirfd, 0700) == 0);
	return result < 0 && errno != ENOENT ? -1 : 0;
}

/* One pass over the entries: how many there were, or -1 with errno. */
static int remove_entries(struct removal *removal, struct fs_dir *dir, int depth)
{
	struct fs_entry entry;
	int result, count = 0;

	while ((result = fs_dir_next(dir, &entry, NULL)) == 1) {
		if (remove_entry(removal, fs_dir_fd(dir), &entry, depth) < 0)
			return -1;
		if (count < INT_MAX)
			count++;
	}
	return result < 0 ? -1 : count;
}

/* All below fd, which it closes. -1 with errno. Some file systems skip entries while others are
 * removed, and moved ones arrive late: passes until one finds nothing, but not for ever beside a
 * process that goes on making files. */
static int empty_dir(struct removal *removal, int fd, int depth)
{
	struct fs_dir dir = { .handle = fdopendir(fd) };
	unsigned passes = 0;
	int result, cause;

	if (!dir.handle) {
		cause = errno;
		close(fd);
		errno = cause;
		return -1;
	}
	while ((result = remove_entries(removal, &dir, depth)) > 0 &&
	       passes++ < PASSES_MAX + removal->n_moved)
		rewinddir(dir.handle);
	cause = errno;
	fs_dir_close(&dir);
	errno = cause;
	return result < 0 ? -1 : 0;
}

static int remove_top(int dirfd, const char *path)
{
	struct removal removal = { .top_fd = enter(dirfd, path) };
	int result, fd, cause;

	if (removal.top_fd < 0)
		return -1;
	fd = openat(removal.top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = fd < 0 ? -1 : empty_dir(&removal, fd, 0);
	cause = errno;
	close(removal.top_fd);
	errno = cause;
	return result < 0 ? -1 : unlinkat(dirfd, path, AT_REMOVEDIR);
}

int fs_remove_tree(int dirfd, const char *path, struct err *err)
{
	if (unlinkat(dirfd, path, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	/* A directory: EISDIR on Linux, EPERM by POSIX. */
	if ((errno == EISDIR || errno == EPERM) && remove_top(dirfd, path) == 0)
		return 0;
	if (errno == ENOENT)
		return 0;
	return err_errno(err, "cannot remove '%s'", path);
}
