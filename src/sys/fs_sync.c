/*
 * Everything on a file system's disk by one call, where that can be relied on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sys/fs.h"

#ifdef __linux__

#include <sys/utsname.h>
#include <sys/vfs.h>

#define MEMINFO_MAX   65536
#define DIRTY_MAX_KIB (128u << 10)
#define HONEST_MAJOR  5 /* Linux 5.8: syncfs() tells what went wrong since the file was opened */
#define HONEST_MINOR  8

/* Those whose sync_fs is as good as an fsync of each file. A server's, or one in user space, may do as it
 * likes. */
static bool is_known(int fd)
{
	static const unsigned long kinds[] = {
		0xef53,	    /* ext4 */
		0x58465342, /* xfs */
		0x9123683e, /* btrfs */
		0xf2f52010, /* f2fs */
		0x2fc12fc1, /* zfs */
		0x01021994, /* tmpfs: there is no disk */
		0x794c7630, /* overlayfs */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if ((unsigned long)fs.f_type == kinds[i])
			return true;
	return false;
}

static bool is_honest(void)
{
	struct utsname system;
	int major, minor;

	return uname(&system) == 0 && sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
	       (major > HONEST_MAJOR || (major == HONEST_MAJOR && minor >= HONEST_MINOR));
}

static bool is_little_waiting(void)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *line;

	if (fs_read_file(AT_FDCWD, "/proc/meminfo", MEMINFO_MAX, &text, NULL) != 0)
		return false;
	line = strstr(strbuf_str(&text), "\nDirty:");
	return line && strtoul(line + strlen("\nDirty:"), NULL, 10) <= DIRTY_MAX_KIB;
}

bool fs_can_sync_all(int fd)
{
	return is_known(fd) && is_honest() && is_little_waiting();
}

int fs_sync_all(int fd, struct err *err)
{
	return syncfs(fd) != 0 ? err_errno(err, "cannot sync the file system") : 0;
}

#else

bool fs_can_sync_all(int fd)
{
	(void)fd;
	return false;
}

int fs_sync_all(int fd, struct err *err)
{
	(void)fd;
	return err_set(err, ERR_SYSTEM, "cannot sync the file system");
}

#endif
