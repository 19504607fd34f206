/*
 * What the tests of the store share: a folder of their own, files written and read in one line.
 */
#ifndef TESTS_UNIT_STORE_SCRATCH_H
#define TESTS_UNIT_STORE_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "sys/fs.h"

struct scratch {
	char path[64];
	int fd;
};

static inline int scratch_setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof *scratch);

	strcpy(scratch->path, "/tmp/wf-store-XXXXXX");
	if (!mkdtemp(scratch->path))
		return -1;
	scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return 0;
}

static inline int scratch_teardown(void **state)
{
	struct scratch *scratch = *state;

	close(scratch->fd);
	fs_remove_tree(AT_FDCWD, scratch->path, NULL);
	free(scratch);
	return 0;
}

/* "<scratch>/<name>" in one of a few buffers that go round. */
static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char ring[8][256];
	static unsigned turn;
	char *path = ring[turn++ % 8];

	snprintf(path, sizeof ring[0], "%s/%s", scratch->path, name);
	return path;
}

static inline void scratch_write_n(const struct scratch *scratch, const char *name,
				   const void *data, size_t len)
{
	int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, data, len, NULL), 0);
	close(fd);
}

static inline void scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	scratch_write_n(scratch, name, text, strlen(text));
}

static inline void scratch_read(const struct scratch *scratch, const char *name, struct strbuf *out)
{
	strbuf_clear(out);
	assert_int_equal(fs_read_file(scratch->fd, name, (size_t)1 << 30, out, NULL), 0);
}

/* Waits until what was just written is clearly older than what is recorded from now on. */
static inline void scratch_settle(void)
{
	struct timespec pause = { .tv_nsec = 30000000 };

	nanosleep(&pause, NULL);
}

#endif
