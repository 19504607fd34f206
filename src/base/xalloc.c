/*
 * The one place where the project takes heap memory.
 */
#include "base/xalloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

/* Neither stdio nor atexit handlers: both may want memory. */
void xalloc_die(void)
{
	static const char msg[] = "git-wf: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, msg, sizeof msg - 1);

	(void)ignored;
	_exit(128);
}

void *xrealloc(void *old, size_t size)
{
	void *mem = realloc(old, size ? size : 1);

	if (!mem)
		xalloc_die();
	return mem;
}

void *xmalloc(size_t size)
{
	return xrealloc(NULL, size);
}

void *xcalloc(size_t count, size_t size)
{
	void *mem;

	if (!count || !size)
		count = size = 1;
	mem = calloc(count, size);
	if (!mem)
		xalloc_die();
	return mem;
}

void *xmemdup(const void *mem, size_t size)
{
	void *copy = xmalloc(size);

	if (size)
		memcpy(copy, mem, size);
	return copy;
}

char *xstrdup(const char *s)
{
	return xmemdup(s, strlen(s) + 1);
}

char *xstrndup(const char *s, size_t len)
{
	size_t real = strnlen(s, len);
	char *copy = xmalloc(real + 1);

	memcpy(copy, s, real);
	copy[real] = '\0';
	return copy;
}

/* Not vasprintf: its memory would bypass xrealloc(). */
char *xasprintf(const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	return strbuf_detach(&text);
}

void xfree_ptr(void *pointer_to_pointer)
{
	void **p = pointer_to_pointer;

	free(*p);
	*p = NULL;
}
