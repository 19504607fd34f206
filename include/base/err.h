/*
 * One failure on its way up. Functions that can fail take `struct err *err` last and return 0, or
 * -1 with *err filled. A zeroed struct means "no error". A filled err is never overwritten by
 * err_set(): the first cause stays; callers add what they were about with err_wrap().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include "base/compat.h"

enum err_kind {
	ERR_NONE,
	ERR_SYSTEM,    /* a system call, the disk, git: exit 128 */
	ERR_USAGE,     /* the user's words: exit 129 */
	ERR_INVALID,   /* a broken document or state file: exit 129 */
	ERR_BUSY,      /* something else holds it: exit 4 */
	ERR_NOT_FOUND, /* the thing named does not exist */
	ERR_VALUE,     /* an expression or value that cannot be used: the step fails, exit 1 */
};

struct err {
	enum err_kind kind;
	int errnum; /* errno of the cause, or 0 */
	char *msg;  /* owned: lower case, no full stop, names in quotes */
};

#define ERR_INIT  \
	{         \
		0 \
	}

/* All return -1, so that `return err_set(…)` reads well. `err` may be NULL: nothing is kept. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* "what: strerror(errno)": ERR_SYSTEM with errnum; call it before anything can change errno. */
int err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What `from` says, which stays the caller's. */
int err_copy(struct err *err, const struct err *from);
/* Puts "fmt: " before the message there is. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *err_msg(const struct err *err); /* never NULL */
void err_release(struct err *err);

#endif
