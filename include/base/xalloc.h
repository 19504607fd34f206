/*
 * Heap memory that is there or the program is not: every function either returns memory or ends
 * the process with status 128 after writing "git-wf: out of memory" to standard error.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compat.h"

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
void *xmemdup(const void *mem, size_t size);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The end of the process for want of memory; for the allocators of libraries. */
NORETURN void xalloc_die(void);

/* For CLEANUP(): frees what the variable points to. */
void xfree_ptr(void *pointer_to_pointer);

#endif
