/*
 * What the targets share that read files: a folder of their own in memory (or in $FUZZ_SCRATCH, which
 * fuzz.sh removes: libFuzzer ends without a word), made at the first use and removed at the end, and
 * files that are written in one line.
 */
#ifndef TESTS_FUZZ_SCRATCH_H
#define TESTS_FUZZ_SCRATCH_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "sys/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char scratch_dir[64];

static void scratch_remove(void)
{
	fs_remove_tree(AT_FDCWD, scratch_dir, NULL);
}

/* Removes what is left of the last input. */
static inline const char *scratch_fresh(void)
{
	if (!*scratch_dir) {
		const char *top = getenv("FUZZ_SCRATCH");

		if (!top)
			top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
		snprintf(scratch_dir, sizeof scratch_dir, "%s/wf-fuzz-XXXXXX", top);
		if (!mkdtemp(scratch_dir))
			abort();
		atexit(scratch_remove);
		return scratch_dir;
	}
	scratch_remove();
	if (fs_mkdir_p(AT_FDCWD, scratch_dir, 0700, NULL) < 0)
		abort();
	return scratch_dir;
}

/* "<scratch>/<name>" in one of a few buffers that go round. */
static inline const char *scratch_path(const char *name)
{
	static char ring[4][256];
	static unsigned turn;
	char *path = ring[turn++ % 4];

	snprintf(path, sizeof ring[0], "%s/%s", scratch_dir, name);
	return path;
}

/* The folder above must be there. */
static inline void scratch_write(const char *name, const void *data, size_t len)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fs_write_all(fd, data, len, NULL) < 0)
		abort();
	close(fd);
}

static inline void scratch_mkdir(const char *name)
{
	if (fs_mkdir_p(AT_FDCWD, scratch_path(name), 0700, NULL) < 0)
		abort();
}

#endif
