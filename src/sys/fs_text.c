/*
 * Texts that are handed to programs: as a file without a name, or at the end of one that they read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/fs.h"

static int open_nameless(void)
{
	FILE *file;
	int fd = -1;

#ifdef __linux__
	fd = memfd_create("git-wf", MFD_CLOEXEC);
#endif
	if (fd >= 0)
		return fd;
	file = tmpfile();
	if (!file)
		return -1;
	fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
	fclose(file);
	return fd;
}

int fs_open_text(const void *text, size_t len)
{
	int fd = open_nameless(), errnum;

	if (fd < 0)
		return -1;
	if (fs_write_all(fd, text, len, NULL) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	errnum = errno;
	close(fd);
	errno = errnum;
	return -1;
}

int fs_append_text(const char *path, mode_t mode, const void *text, size_t len, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode), rc;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	rc = fs_write_all(fd, text, len, err);
	return fs_close(fd, rc < 0 ? NULL : err) < 0 ? -1 : rc;
}
