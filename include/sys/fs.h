/*
 * Files, always relative to a directory that is open (or AT_FDCWD). Every fd made here is CLOEXEC.
 * Nothing here follows a symbolic link in the last component, except fs_read_file(), fs_dir_open()
 * and a copy with FS_FOLLOW, which say so. A file is never changed in place: writers make a new one beside it
 * and rename it over the old one, so that a reader sees the old or the new content.
 */
#ifndef SYS_FS_H
#define SYS_FS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"

/* What says that a file is still the same, by equality of all members, never by order. */
struct file_id {
	uint64_t dev, ino, size_bytes;
	int64_t mtime_ns, ctime_ns;
	uint32_t mode; /* type and permissions, as st_mode */
};

bool fs_same_id(const struct file_id *a, const struct file_id *b);

/* Of the path itself, even if it is a link. 0: filled; 1: nothing there (ENOENT, ENOTDIR); -1. */
int fs_stat(int dirfd, const char *path, struct file_id *id, struct err *err);
int fs_stat_fd(int fd, struct file_id *id, struct err *err); /* 0 or -1 */

/* fs_stat() of many paths, in two threads where that pays. `answers`: 0, 1 or -1 for each path; what
 * failed is to be asked again, for the error. */
void fs_stat_many(int dirfd, const char *const *paths, size_t n, struct file_id *ids,
		  signed char *answers);

/* ---- Reading and writing ---- */

/* Appends the whole file to `out`; follows links. Larger than max_bytes: ERR_INVALID; nothing
 * there: ERR_NOT_FOUND. */
int fs_read_file(int dirfd, const char *path, size_t max_bytes, struct strbuf *out,
		 struct err *err);
int fs_read_fd(int fd, size_t max_bytes, struct strbuf *out, struct err *err); /* to its end */

/* All of it, over short writes, EINTR and EAGAIN. */
int fs_write_all(int fd, const void *data, size_t len, struct err *err);

/* A file without a name that holds this text, open at its beginning: in memory where the system can, for the
 * text may be a secret. Nobody has to feed it, as it were with a pipe. -1 with errno. */
int fs_open_text(const void *text, size_t len);

/* After what the file holds; it is made if it is not there. Follows links. */
int fs_append_text(const char *path, mode_t mode, const void *text, size_t len, struct err *err);

/* close() with its error: on some file systems the first report of a failed write. */
int fs_close(int fd, struct err *err);

enum fs_flags {
	FS_DURABLE = 1, /* on the disk when the call returns: fsync of the file and its directory */
	FS_FOLLOW = 2,	/* of a copy: a link leads to what is copied */
	FS_KEEP_TIME = 4, /* of a file's copy: with the time when the content last changed */
};

/* Puts the new content at `path` atomically. mode: 0600 for state, 0666 & ~umask for what is made
 * for the user. */
int fs_replace(int dirfd, const char *path, mode_t mode, const void *data, size_t len, int flags,
	       struct err *err);

/* The same in steps, for content that is written bit by bit. */
struct fs_temp {   /* zeroed: nothing to commit or abort */
	int fd;	   /* to write to */
	int dirfd; /* borrowed */
	char *path, *temp_path;
};
int fs_temp_open(struct fs_temp *temp, int dirfd, const char *path, mode_t mode, struct err *err);
/* Its content is on the disk; fs_temp_commit() without FS_DURABLE only gives it its name then. */
int fs_temp_sync(const struct fs_temp *temp, struct err *err);
int fs_temp_commit(struct fs_temp *temp, int flags, struct err *err); /* releases either way */
void fs_temp_abort(struct fs_temp *temp); /* removes it; harmless after commit */

/* A copy of a file or link with its permissions, atomically: by reference where the file system
 * can, in the kernel where it can, else by hand. What is not there is ERR_NOT_FOUND. */
int fs_copy(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags,
	    struct err *err);

/* Two existing names change places, atomically. Fails where the file system cannot (ENOSYS, EINVAL) and
 * across file systems (EXDEV). */
int fs_exchange(int a_dirfd, const char *a, int b_dirfd, const char *b, struct err *err);

/* A rename that replaces nothing. 0; 1: `to` is taken; -1. */
int fs_move_new(int from_dirfd, const char *from, int to_dirfd, const char *to, struct err *err);

int fs_sync_dir(int dirfd, const char *path, struct err *err); /* entries of `path` on the disk */
/* The same; 0 also where there is no such directory (any more). */
int fs_sync_dir_if_any(int dirfd, const char *path, struct err *err);

/* Whether to sync the whole file system on which fd is open is a good way to have many small files on the
 * disk: its kind keeps what it promises, the system tells of failures, and what others have written and
 * would be waited for is little. */
bool fs_can_sync_all(int fd);
/* All that was written to it, by anybody. After a failure nobody knows what is there, and to ask again does
 * not tell. */
int fs_sync_all(int fd, struct err *err);

/* ---- Directories ---- */

/* `path` and what is missing above it; fine if it is there. mode is masked by the umask. */
int fs_mkdir_p(int dirfd, const char *path, mode_t mode, struct err *err);

/* Says that the folders in `path` have nothing to do with each other, so that the file system may
 * spread them over the disk (ext4: attribute T). ext4 passes over each inode near by that was deleted
 * in the last minutes, so that after a large `rm -r` a new file costs a millisecond; not so in a
 * folder made elsewhere. A hint: no file system has to know it. */
void fs_spread_below(int dirfd, const char *path);

/* Opens `path` (relative) only if every component is really below `rootfd`: no link anywhere, no
 * "..". `flags` as of open(). Returns an fd or -1 (ERR_NOT_FOUND if nothing is there). */
int fs_open_beneath(int rootfd, const char *path, int flags, mode_t mode, struct err *err);

/* Removes a file, link or directory with all below it. Follows no link, leaves the file system's
 * mount points alone (EBUSY), opens up directories without permission. Nothing there is fine. */
int fs_remove_tree(int dirfd, const char *path, struct err *err);

struct fs_dir {
	DIR *handle;
};

struct fs_entry {
	const char *name;   /* until the next call */
	unsigned char type; /* DT_REG, DT_DIR, DT_LNK, …; never DT_UNKNOWN */
};

/* 0: open; 1: nothing there; -1. Follows links. Entries come in no order, "." and ".." never. */
int fs_dir_open(struct fs_dir *dir, int dirfd, const char *path, struct err *err);
int fs_dir_next(struct fs_dir *dir, struct fs_entry *entry, struct err *err); /* 1, 0: end, -1 */
int fs_dir_fd(const struct fs_dir *dir);
void fs_dir_close(struct fs_dir *dir); /* harmless on a zeroed struct */

struct fs_names {
	VEC(char *) list;
};

/* The names in directory `path` that end in `suffix` and are not hidden, sorted by bytes, appended to
 * `names`; none if there is no such directory. -1 with err: `names` holds some, release it as well. */
int fs_list_names(int dirfd, const char *path, const char *suffix, struct fs_names *names,
		  struct err *err);
void fs_names_release(struct fs_names *names);

/* The clock of the file system on which the open file is, by setting the file's times to "now". */
int fs_touch_clock(int fd, int64_t *clock_ns, struct err *err);
/* True if the file system of `dir` (*dev gets its number) gives a file that was looked at another mtime and
 * ctime with its next change, however soon: Linux does from 6.13 on, on ext4, xfs, btrfs and tmpfs
 * ("multigrain timestamps"). Tried on a file without a name. False where that is not known. */
bool fs_times_are_exact(const char *dir, uint64_t *dev);

#endif
