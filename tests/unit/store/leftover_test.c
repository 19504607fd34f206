/*
 * What killed engines left goes when it is old; nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/leftover.h"
#include "sys/lock.h"
#include "unit/store/scratch.h"

#define RUN "cortex-brain/workflows/build-20261120-213201-3f9c5a"

#define HOUR_MS INT64_C(3600000)

static struct layout layout_of(const struct scratch *scratch, struct arena *arena)
{
	struct layout layout;

	assert_int_equal(layout_init(&layout, arena, scratch->path, scratch_path(scratch, ".git"),
				     scratch_path(scratch, ".git"), NULL),
			 0);
	return layout;
}

static void write_in(const struct scratch *scratch, const char *dir, const char *name)
{
	char path[256];

	assert_int_equal(fs_mkdir_p(scratch->fd, dir, 0700, NULL), 0);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	scratch_write_n(scratch, path, "x", 1);
}

static bool is_there(const struct scratch *scratch, const char *path)
{
	return faccessat(scratch->fd, path, F_OK, 0) == 0;
}

/* As it is seen two hours from now, when all is old. */
static uint64_t remove_later(const struct scratch *scratch, int64_t later_ms)
{
	struct arena arena = { 0 };
	struct layout layout = layout_of(scratch, &arena);
	uint64_t n = leftover_remove(&layout, (int64_t)time(NULL) * 1000 + later_ms);

	layout_release(&layout);
	arena_release(&arena);
	return n;
}

static void old_temporary_files_go(void **state)
{
	write_in(*state, ".git/wf", ".stat.6228ebcd0413290.tmp");
	write_in(*state, ".git/wf/objects/ab", ".cd.1f.tmp");
	write_in(*state, ".git/wf/plans", ".764c.6571ec13abb1c50.tmp");
	write_in(*state, ".git/wf/scratch/raw", ".HEAD.2a.tmp");
	write_in(*state, ".git/wf/scratch/raw/info", ".attributes.2a.tmp");
	write_in(*state, "cortex-brain/workflows", "..gitignore.6710.tmp");
	write_in(*state, RUN, ".results.json.2a.tmp");
	write_in(*state, RUN "/artifacts", ".report.2a.tmp");
	assert_int_equal(remove_later(*state, 0), 0);
	assert_int_equal(remove_later(*state, 2 * HOUR_MS), 8);
	assert_int_equal(remove_later(*state, 2 * HOUR_MS), 0);
}

static void other_names_stay(void **state)
{
	write_in(*state, ".git/wf", "stat");
	write_in(*state, RUN, "journal.ndjson");
	write_in(*state, RUN "/artifacts", "a.tmp");
	write_in(*state, RUN "/artifacts", ".a.tmp");
	write_in(*state, RUN "/artifacts", ".a.xyz.tmp");
	write_in(*state, "src", ".a.12ab.tmp");
	assert_int_equal(remove_later(*state, 2 * HOUR_MS), 0);
}

static void files_of_attempts_go_with_the_engine(void **state)
{
	const struct scratch *scratch = *state;
	struct lock lock;

	write_in(scratch, RUN "/io", "0.1.output");
	assert_int_equal(lock_try(&lock, scratch->fd, RUN "/lock", LOCK_EXCLUSIVE, NULL), 0);
	assert_int_equal(remove_later(scratch, 2 * HOUR_MS), 0);
	lock_release(&lock);
	assert_int_equal(remove_later(scratch, 0), 0);
	assert_int_equal(remove_later(scratch, 2 * HOUR_MS), 1);
	assert_true(is_there(scratch, RUN "/lock"));
}

static void nothing_there_is_nothing_to_do(void **state)
{
	assert_int_equal(remove_later(*state, 2 * HOUR_MS), 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(old_temporary_files_go),
		CASE(other_names_stay),
		CASE(files_of_attempts_go_with_the_engine),
		CASE(nothing_there_is_nothing_to_do),
	};

	return cmocka_run_group_tests_name("store/leftover", tests, NULL, NULL);
}
