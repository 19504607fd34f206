/*
 * A growing string of bytes. `buf` is always NUL-terminated once something was added, and may hold
 * NUL bytes before `len`. A zeroed struct is empty and valid.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compat.h"

struct strbuf {
	char *buf;
	size_t len, alloc;
};

#define STRBUF_INIT \
	{           \
		0   \
	}

void strbuf_release(struct strbuf *sb);
void strbuf_clear(struct strbuf *sb);		   /* keeps the memory */
void strbuf_grow(struct strbuf *sb, size_t extra); /* room for `extra` more bytes and a NUL */
void strbuf_setlen(struct strbuf *sb, size_t len); /* len <= what was grown */
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void strbuf_pad(struct strbuf *sb, char c, size_t count);

/* The text, never NULL ("" when empty). Owned by sb. */
const char *strbuf_str(const struct strbuf *sb);

/* The text for the caller to free(), never NULL; sb is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);

#endif
