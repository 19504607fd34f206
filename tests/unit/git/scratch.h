/*
 * Real repositories for the tests of this folder: a private HOME, nothing of the caller's git, one
 * directory that goes at the end.
 */
#ifndef UNIT_GIT_SCRATCH_H
#define UNIT_GIT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

static char scratch_dir[64]; /* absolute, resolved */

static void scratch_run(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* By sh, in the scratch directory; a failure ends the test. */
static void scratch_run(const char *fmt, ...)
{
	struct strbuf line CLEANUP(strbuf_release) = STRBUF_INIT;
	va_list ap;

	strbuf_addf(&line, "cd '%s' && ", scratch_dir);
	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (system(line.buf) != 0)
		fail_msg("failed: %s", line.buf);
}

static inline void scratch_enter(const char *dir)
{
	assert_int_equal(chdir(scratch_dir), 0);
	assert_int_equal(chdir(dir), 0);
}

/* The folder `path` of the scratch directory, until the next but three calls. */
static inline const char *scratch_path(const char *path)
{
	static char paths[4][256];
	static int next;
	char *made = paths[next++ % 4];

	snprintf(made, sizeof paths[0], "%s%s%s", scratch_dir, *path ? "/" : "", path);
	return made;
}

static inline int scratch_setup(void **state)
{
	extern char **environ;
	char *base = realpath("/tmp", NULL);

	(void)state;
	for (char **var = environ; *var;) {
		char name[128];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(*var, "="), *var);
		if (!strncmp(name, "GIT_", 4) || !strncmp(name, "XDG_", 4)) {
			unsetenv(name);
			var = environ;
		} else {
			var++;
		}
	}
	snprintf(scratch_dir, sizeof scratch_dir, "%s/wf-unit-git.XXXXXX", base);
	free(base);
	if (!mkdtemp(scratch_dir))
		return -1;
	setenv("HOME", scratch_dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z", 1);
	setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z", 1);
	scratch_run("printf '[user]\\n\\tname = Test\\n\\temail = test@example.org\\n"
		    "[init]\\n\\tdefaultBranch = main\\n[advice]\\n\\tdetachedHead = false\\n"
		    "[protocol \"file\"]\\n\\tallow = always\\n' >.gitconfig");
	return 0;
}

static inline int scratch_teardown(void **state)
{
	char line[192];

	(void)state;
	if (chdir("/") != 0)
		return -1;
	snprintf(line, sizeof line, "chmod -R u+rwx '%s' && rm -rf '%s'", scratch_dir, scratch_dir);
	return system(line);
}

#endif
