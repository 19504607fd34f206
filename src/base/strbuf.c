/*
 * A growing string of bytes.
 */
#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void strbuf_release(struct strbuf *sb)
{
	if (!sb)
		return;
	free(sb->buf);
	*sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_clear(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->buf)
		sb->buf[0] = '\0';
}

void strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t want, alloc;

	if (sb->buf && extra < sb->alloc - sb->len)
		return;
	if (extra > SIZE_MAX / 4 - sb->len)
		xalloc_die();
	want = sb->len + extra + 1;
	alloc = sb->alloc + sb->alloc / 2;
	if (alloc < 64)
		alloc = 64;
	if (alloc < want)
		alloc = want;
	sb->buf = xrealloc(sb->buf, alloc);
	sb->alloc = alloc;
	sb->buf[sb->len] = '\0';
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
	if (sb->alloc ? len >= sb->alloc : len)
		BUG("length %zu of a buffer of %zu bytes", len, sb->alloc);
	sb->len = len;
	if (sb->buf)
		sb->buf[len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (!sb->buf || len >= sb->alloc - sb->len)
		strbuf_grow(sb, len);
	if (len)
		memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
	if (!sb->buf || sb->alloc - sb->len <= 1) /* tens of thousands of calls do without */
		strbuf_grow(sb, 1);
	sb->buf[sb->len++] = c;
	sb->buf[sb->len] = '\0';
}

void strbuf_pad(struct strbuf *sb, char c, size_t count)
{
	strbuf_grow(sb, count);
	memset(sb->buf + sb->len, c, count);
	sb->len += count;
	sb->buf[sb->len] = '\0';
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int len;

	strbuf_grow(sb, 1);
	room = sb->alloc - sb->len;
	va_copy(again, ap);
	len = vsnprintf(sb->buf + sb->len, room, fmt, again);
	va_end(again);
	if (len < 0)
		BUG("cannot format '%s'", fmt);
	if ((size_t)len >= room) {
		strbuf_grow(sb, (size_t)len);
		vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, ap);
	}
	sb->len += (size_t)len;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->buf ? sb->buf : "";
}

char *strbuf_detach(struct strbuf *sb)
{
	char *text;

	strbuf_grow(sb, 0);
	text = sb->buf;
	*sb = (struct strbuf)STRBUF_INIT;
	return text;
}
