/*
 * Two names that change places, and a name that is given only if it is free: what a compare and swap of
 * files is made of.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/fs.h"

#ifdef __linux__
#include <sys/syscall.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
#endif

static int exchange(int a_dirfd, const char *a, int b_dirfd, const char *b)
{
#if defined(__linux__)
	return (int)syscall(SYS_renameat2, a_dirfd, a, b_dirfd, b, RENAME_EXCHANGE);
#elif defined(RENAME_SWAP)
	return renameatx_np(a_dirfd, a, b_dirfd, b, RENAME_SWAP);
#else
	(void)a_dirfd, (void)a, (void)b_dirfd, (void)b;
	errno = ENOSYS;
	return -1;
#endif
}

static int rename_new(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
#if defined(__linux__)
	return (int)syscall(SYS_renameat2, from_dirfd, from, to_dirfd, to, RENAME_NOREPLACE);
#elif defined(RENAME_EXCL)
	return renameatx_np(from_dirfd, from, to_dirfd, to, RENAME_EXCL);
#else
	(void)from_dirfd, (void)from, (void)to_dirfd, (void)to;
	errno = ENOSYS;
	return -1;
#endif
}

int fs_exchange(int a_dirfd, const char *a, int b_dirfd, const char *b, struct err *err)
{
	if (exchange(a_dirfd, a, b_dirfd, b) == 0)
		return 0;
	return err_errno(err, "cannot exchange '%s' and '%s'", a, b);
}

/* A link is a name that is given only if it is free, too; a directory cannot have one. */
int fs_move_new(int from_dirfd, const char *from, int to_dirfd, const char *to, struct err *err)
{
	if (rename_new(from_dirfd, from, to_dirfd, to) == 0)
		return 0;
	if (errno == EEXIST)
		return 1;
	if (errno != EINVAL && errno != ENOSYS)
		return err_errno(err, "cannot move '%s' to '%s'", from, to);
	if (linkat(from_dirfd, from, to_dirfd, to, 0) != 0) {
		if (errno == EEXIST)
			return 1;
		return err_errno(err, "cannot move '%s' to '%s'", from, to);
	}
	if (unlinkat(from_dirfd, from, 0) != 0)
		return err_errno(err, "cannot remove '%s'", from);
	return 0;
}
