/*
 * Failures on their way up, and the end of the program for its own mistakes.
 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "git-wf: BUG at %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	struct strbuf msg = STRBUF_INIT;
	va_list ap;

	if (!err || err->kind != ERR_NONE)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	err->kind = kind;
	err->msg = strbuf_detach(&msg);
	return -1;
}

int err_errno(struct err *err, const char *fmt, ...)
{
	int cause = errno;
	struct strbuf msg = STRBUF_INIT;
	va_list ap;

	if (!err || err->kind != ERR_NONE)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	strbuf_addf(&msg, ": %s", strerror(cause));
	err->kind = ERR_SYSTEM;
	err->errnum = cause;
	err->msg = strbuf_detach(&msg);
	errno = cause;
	return -1;
}

int err_copy(struct err *err, const struct err *from)
{
	if (!err || err->kind != ERR_NONE)
		return -1;
	err_set(err, from->kind, "%s", err_msg(from));
	err->errnum = from->errnum;
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	struct strbuf msg = STRBUF_INIT;
	va_list ap;

	if (!err || err->kind == ERR_NONE)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(&msg, fmt, ap);
	va_end(ap);
	strbuf_addstr(&msg, ": ");
	strbuf_addstr(&msg, err_msg(err));
	free(err->msg);
	err->msg = strbuf_detach(&msg);
	return -1;
}

const char *err_msg(const struct err *err)
{
	if (err && err->msg)
		return err->msg;
	return err && err->kind != ERR_NONE ? "unknown error" : "";
}

void err_release(struct err *err)
{
	if (!err)
		return;
	free(err->msg);
	*err = (struct err)ERR_INIT;
}
