/*
 * The few compiler facts that the whole project leans on.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#include <stddef.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(release)       __attribute__((cleanup(release)))
#define NORETURN	       __attribute__((noreturn))
#define MUST_CHECK	       __attribute__((warn_unused_result))
#define UNUSED		       __attribute__((unused))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A state that only a mistake in this program can reach: says where, then aborts. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
NORETURN void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
