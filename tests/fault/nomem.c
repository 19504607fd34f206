/*
 * Preloaded, it lets one allocation fail: the one that is number FAULT_ALLOC, counted from 0 and from
 * main() on (what runs before is the loader's); "17+": and every later one. With FAULT_ALLOC_REPORT it writes how many there were to
 * that file when the program ends. What the program starts is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* As seen from outside: the program is built with hidden symbols. */
#define SEEN __attribute__((visibility("default")))

SEEN void *malloc(size_t size);
SEEN void *calloc(size_t count, size_t size);
SEEN void *realloc(void *old, size_t size);

static long n_seen = -1; /* before main() */
static long fails_at = -1;
static int for_good;
static char report[256];

static int fails(void)
{
	if (n_seen < 0 || fails_at < 0)
		return n_seen += n_seen >= 0, 0;
	if (for_good ? n_seen++ < fails_at : n_seen++ != fails_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAULT_ALLOC"), *to = getenv("FAULT_ALLOC_REPORT");

	if (at)
		fails_at = atol(at);
	for_good = at && strchr(at, '+') != NULL;
	if (to && strlen(to) < sizeof report)
		strcpy(report, to);
	unsetenv("LD_PRELOAD");
	unsetenv("FAULT_ALLOC");
	unsetenv("FAULT_ALLOC_REPORT");
	n_seen = 0;
}

__attribute__((destructor)) static void end(void)
{
	char text[32];
	long n = n_seen;
	int fd = *report ? open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	int len = snprintf(text, sizeof text, "%ld\n", n);

	if (fd < 0)
		return;
	if (write(fd, text, (size_t)len) != len)
		_exit(3);
	close(fd);
}
