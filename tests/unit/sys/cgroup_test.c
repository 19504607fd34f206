/*
 * Control groups, in folders that stand for the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/cgroup.h"
#include "sys/fs.h"

struct place {
	char root[64];
	struct arena arena;
};

static void put(const struct place *place, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", place->root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void folder(const struct place *place, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", place->root, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void expect(const struct place *place, const char *name, const char *text)
{
	struct strbuf got = STRBUF_INIT;
	char path[256];

	snprintf(path, sizeof path, "%s/%s", place->root, name);
	assert_int_equal(fs_read_file(AT_FDCWD, path, 4096, &got, NULL), 0);
	assert_string_equal(strbuf_str(&got), text);
	strbuf_release(&got);
}

/* A group with what the kernel puts into it. */
static void group(const struct place *place, const char *name, const char *controllers,
		  const char *subtree)
{
	char file[256];

	folder(place, name);
	snprintf(file, sizeof file, "%s/cgroup.controllers", name);
	put(place, file, controllers);
	snprintf(file, sizeof file, "%s/cgroup.subtree_control", name);
	put(place, file, subtree);
	snprintf(file, sizeof file, "%s/cgroup.procs", name);
	put(place, file, "");
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	char line[256];

	snprintf(place->root, sizeof place->root, "/tmp/wf-cgroup.XXXXXX");
	if (!mkdtemp(place->root))
		return -1;
	group(place, "fs", "memory pids\n", "memory pids\n");
	group(place, "fs/user", "cpu memory pids\n", "memory pids\n");
	group(place, "fs/user/own", "memory pids\n", "");
	snprintf(line, sizeof line,
		 "22 1 0:20 / /sys rw - sysfs sysfs rw\n"
		 "36 25 0:31 / %s/fs rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
		 place->root);
	put(place, "mountinfo", line);
	put(place, "cgroup", "3:cpu:/x\n0::/user/own\n");
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	int rc = fs_remove_tree(AT_FDCWD, place->root, NULL);

	arena_release(&place->arena);
	free(place);
	return rc;
}

static const char *found(struct place *place, unsigned controllers, struct err *err)
{
	const char *path = cgroup_find(place->root, controllers, &place->arena, err);

	return path ? path + strlen(place->root) : NULL;
}

static void the_nearest_that_hands_the_controllers_on(void **state)
{
	struct place *place = *state;

	/* What is asked for with a write is had at once in a plain file: our own group. */
	assert_string_equal(found(place, CGROUP_MEMORY | CGROUP_PIDS, NULL), "/fs/user/own");
	expect(place, "fs/user/own/cgroup.subtree_control", "+memory +pids");
	/* As the kernel does where there are processes: no. */
	put(place, "fs/user/own/cgroup.controllers", "");
	put(place, "fs/user/own/cgroup.subtree_control", "");
	assert_string_equal(found(place, CGROUP_PIDS, NULL), "/fs/user");
	put(place, "fs/user/cgroup.controllers", "cpu memory2 pids\n");
	put(place, "fs/user/cgroup.subtree_control", "cpu pids\n");
	assert_string_equal(found(place, CGROUP_PIDS, NULL), "/fs/user");
	assert_string_equal(found(place, CGROUP_MEMORY, NULL), "/fs");
}

static void where_there_is_none_it_says_why(void **state)
{
	struct place *place = *state;
	struct err err = ERR_INIT;

	put(place, "fs/cgroup.subtree_control", "");
	put(place, "fs/cgroup.controllers", "");
	put(place, "fs/user/cgroup.controllers", "");
	put(place, "fs/user/cgroup.subtree_control", "");
	put(place, "fs/user/own/cgroup.controllers", "");
	assert_null(found(place, CGROUP_PIDS, &err));
	assert_non_null(strstr(err_msg(&err), "hands the controllers on"));
	err_release(&err);
	put(place, "cgroup", "0::/../elsewhere\n");
	assert_null(found(place, CGROUP_PIDS, &err));
	assert_non_null(strstr(err_msg(&err), "not to be seen"));
	err_release(&err);
	put(place, "mountinfo", "22 1 0:20 / /sys rw - sysfs sysfs rw\n");
	assert_null(found(place, CGROUP_PIDS, &err));
	assert_string_equal(err_msg(&err), "no cgroup v2 here");
	err_release(&err);
}

static void a_part_of_the_tree_that_is_mounted(void **state)
{
	struct place *place = *state;
	char line[256];

	snprintf(line, sizeof line, "36 25 0:31 /docker/x %s/fs rw - cgroup2 cgroup2 rw\n",
		 place->root);
	put(place, "mountinfo", line);
	put(place, "cgroup", "0::/docker/x/user\n");
	assert_string_equal(found(place, CGROUP_PIDS, NULL), "/fs/user");
	put(place, "cgroup", "0::/docker/x\n");
	assert_string_equal(found(place, CGROUP_PIDS, NULL), "/fs");
	put(place, "cgroup", "0::/other\n");
	assert_null(found(place, CGROUP_PIDS, NULL));
}

static void a_group_with_limits(void **state)
{
	struct place *place = *state;
	struct cgroup_limits limits = { 200 << 20, 5 };
	struct cgroup_events events;
	const char *parent = arena_printf(&place->arena, "%s/fs/user", place->root), *path;
	struct err err = ERR_INIT;

	path = cgroup_make(parent, "git-wf.1", &limits, &place->arena, &err);
	assert_non_null(path);
	expect(place, "fs/user/git-wf.1/memory.max", "209715200");
	expect(place, "fs/user/git-wf.1/pids.max", "5");
	assert_int_equal(cgroup_join(path, &err), 0);
	expect(place, "fs/user/git-wf.1/cgroup.procs", "0");
	cgroup_read_events(path, &events);
	assert_int_equal(events.oom_kills, 0);
	put(place, "fs/user/git-wf.1/memory.events", "low 0\noom 2\noom_kill 3\n");
	put(place, "fs/user/git-wf.1/pids.events", "max 7\n");
	cgroup_read_events(path, &events);
	assert_int_equal(events.oom_kills, 3);
	assert_int_equal(events.refused_forks, 7);
	assert_int_equal(cgroup_remove(path, &err), 1);
	assert_int_equal(fs_remove_tree(AT_FDCWD, path, &err), 0);
	assert_int_equal(cgroup_remove(path, &err), 0);
	assert_null(cgroup_make("/no/such/place", "x", &limits, &place->arena, &err));
	assert_non_null(strstr(err_msg(&err), "cannot make"));
	err_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_nearest_that_hands_the_controllers_on, setup,
						teardown),
		cmocka_unit_test_setup_teardown(where_there_is_none_it_says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_of_the_tree_that_is_mounted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_group_with_limits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
