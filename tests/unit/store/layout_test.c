/*
 * Where things are, and how people name a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/layout.h"
#include "unit/store/scratch.h"

static const char *const names[] = {
	"build-20261120-213201-3f9c5a",	  "build-20261120-213205-aaaaaa",
	"bug-fix-20261119-000000-bbbbbb", "build-all-20261118-000000-cccccc",
	"facade-20261117-000000-dddddd",
};

static void open_with_runs(const struct scratch *scratch, struct layout *layout,
			   struct arena *arena)
{
	size_t i;

	assert_int_equal(layout_init(layout, arena, scratch->path, scratch_path(scratch, ".git"),
				     scratch_path(scratch, ".git"), NULL),
			 0);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(layout_create_run(layout, names[i], NULL), 0);
}

static void places_are_absolute_and_nothing_is_made(void **state)
{
	const struct scratch *scratch = *state;
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout layout;
	struct layout_runs runs;
	struct file_id id;

	assert_int_equal(layout_init(&layout, &arena, scratch->path,
				     scratch_path(scratch, ".git/worktrees/w"),
				     scratch_path(scratch, ".git"), NULL),
			 0);
	assert_string_equal(layout.runs_dir, scratch_path(scratch, "cortex-brain/workflows"));
	assert_string_equal(layout.cache_dir, scratch_path(scratch, ".git/wf"));
	assert_string_equal(layout.plans_dir, scratch_path(scratch, ".git/worktrees/w/wf/plans"));
	assert_int_equal(layout_list_runs(&layout, &arena, &runs, NULL), 0);
	assert_int_equal(runs.n, 0);
	assert_int_equal(fs_stat(scratch->fd, "cortex-brain", &id, NULL), 1);
	layout_release(&layout);
}

static void bare_repositories_keep_runs_inside(void **state)
{
	const struct scratch *scratch = *state;
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout layout;

	assert_int_equal(layout_init(&layout, &arena, NULL, scratch->path, scratch->path, NULL), 0);
	assert_string_equal(layout.runs_dir, scratch_path(scratch, "wf/runs"));
	layout_release(&layout);
}

static void a_run_gets_its_folders(void **state)
{
	const struct scratch *scratch = *state;
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	struct layout layout;
	struct file_id id;
	struct err err = ERR_INIT;
	const char *run_id = layout_new_run_id(&arena, "build", 1795210321042, 0xff3f9c5a);

	assert_int_equal(strlen(run_id), strlen("build-20261120-213201-3f9c5a"));
	assert_string_equal(layout_short_id(run_id), "3f9c5a");
	open_with_runs(scratch, &layout, &arena);
	scratch_read(scratch, "cortex-brain/workflows/.gitignore", &text);
	assert_string_equal(text.buf, "*\n");
	assert_int_equal(fs_stat(AT_FDCWD, layout_run_dir(&layout, &arena, names[0]), &id, NULL),
			 0);
	assert_int_equal(id.mode & 0777, 0700);
	assert_int_equal(layout_create_run(&layout, names[0], &err), -1);
	assert_int_equal(err.kind, ERR_BUSY);
	err_release(&err);
	layout_release(&layout);
}

static void lists_newest_first(void **state)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout layout;
	struct layout_runs runs;

	open_with_runs(*state, &layout, &arena);
	scratch_write(*state, "cortex-brain/workflows/history.ndjson", "");
	assert_int_equal(
		mkdirat(((struct scratch *)*state)->fd, "cortex-brain/workflows/other", 0700), 0);
	assert_int_equal(layout_list_runs(&layout, &arena, &runs, NULL), 0);
	assert_int_equal(runs.n, ARRAY_SIZE(names));
	assert_string_equal(runs.ids[0], names[1]);
	assert_string_equal(runs.ids[1], names[0]);
	assert_string_equal(runs.ids[4], names[4]);
	layout_release(&layout);
}

static void of_one_second_the_later_made_is_newer(void **state)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout layout;
	const char *id;

	open_with_runs(*state, &layout, &arena);
	scratch_settle();
	assert_int_equal(layout_create_run(&layout, "build-20261120-213205-000001", NULL), 0);
	assert_int_equal(layout_find_run(&layout, "latest", &arena, &id, NULL), 0);
	assert_string_equal(id, "build-20261120-213205-000001");
	layout_release(&layout);
}

static void finds_a_run_as_people_write_it(void **state)
{
	static const struct {
		const char *word;
		int run; /* -1: not found, -2: ambiguous */
	} cases[] = {
		{ "build-20261120-213201-3f9c5a", 0 },
		{ "3f9c5a", 0 },
		{ "latest", 1 },
		{ "build", 1 },
		{ "bug-fix", 2 },
		{ "build-all", 3 },
		{ "facade", 4 },
		{ "bug-fix-2", 2 },
		{ "build-al", 3 },
		{ "build-20", -2 },
		{ "build-a", -1 }, /* too short for a prefix */
		{ "3f9c5", -1 },
		{ "", -1 },
		{ "nothing-like-it", -1 },
		{ "../../etc", -1 },
	};
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct layout layout;
	size_t i;

	open_with_runs(*state, &layout, &arena);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *id = NULL;
		struct err err = ERR_INIT;
		int result = layout_find_run(&layout, cases[i].word, &arena, &id, &err);

		if (cases[i].run >= 0) {
			assert_int_equal(result, 0);
			assert_string_equal(id, names[cases[i].run]);
		} else {
			assert_int_equal(result, -1);
			assert_int_equal(err.kind, cases[i].run == -1 ? ERR_NOT_FOUND : ERR_USAGE);
		}
		err_release(&err);
	}
	layout_release(&layout);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(places_are_absolute_and_nothing_is_made),
		CASE(bare_repositories_keep_runs_inside),
		CASE(a_run_gets_its_folders),
		CASE(lists_newest_first),
		CASE(of_one_second_the_later_made_is_newer),
		CASE(finds_a_run_as_people_write_it),
	};

	return cmocka_run_group_tests_name("store/layout", tests, NULL, NULL);
}
