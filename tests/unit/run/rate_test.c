/*
 * How often a workflow may run, by what its history says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/turn_impl.h"
#include "store/history.h"
#include "unit/store/scratch.h"

#define T0	INT64_C(1795210321042)
#define HOUR_MS INT64_C(3600000)

static void note(const struct scratch *scratch, const char *workflow, const char *run,
		 int64_t at_ms)
{
	struct history_entry entry = {
		.run = run, .workflow = workflow, .status = RUN_PASSED, .started_ms = at_ms
	};

	assert_int_equal(history_append(scratch_path(scratch, "runs"), &entry, NULL), 0);
}

/* `words` NULL: it may run. */
static void expect(const struct scratch *scratch, uint32_t runs, int64_t now_ms, const char *words)
{
	struct workflow wf = { .id = "w", .rate_runs = runs, .rate_window_ms = HOUR_MS };
	struct session session = { .wf = &wf };
	struct err err = ERR_INIT;

	session.layout.runs_dir = scratch_path(scratch, "runs");
	assert_int_equal(rate_check(&session, now_ms, &err), words ? -1 : 0);
	if (words) {
		assert_int_equal(err.kind, ERR_BUSY);
		assert_string_equal(err_msg(&err), words);
	}
	err_release(&err);
}

static void without_a_rate_or_a_past_it_may(void **state)
{
	expect(*state, 2, T0, NULL);
	for (int i = 0; i < 5; i++)
		note(*state, "w", "w-20261120-213201-00000a", T0 - i);
	expect(*state, 0, T0, NULL);
}

static void the_oldest_of_the_last_ones_counts(void **state)
{
	note(*state, "w", "w-20261120-203201-00000a", T0 - 2 * HOUR_MS);
	note(*state, "w", "w-20261120-210201-00000b", T0 - HOUR_MS / 2);
	expect(*state, 2, T0, NULL);
	note(*state, "w", "w-20261120-212201-00000c", T0 - HOUR_MS / 6);
	expect(*state, 2, T0,
	       "'w' may run 2 times in 1h00m; it may again in 30m00s, at 2026-11-20T22:02:01.042Z");
	expect(*state, 3, T0, NULL);
	expect(*state, 2, T0 + HOUR_MS / 2 + 1, NULL);
}

static void a_run_that_was_resumed_counts_once(void **state)
{
	note(*state, "w", "w-20261120-212201-00000c", T0 - 1000);
	note(*state, "w", "w-20261120-212201-00000c", T0 - 500);
	expect(*state, 2, T0, NULL);
	expect(*state, 1, T0,
	       "'w' may run 1 time in 1h00m; it may again in 1h00m, at 2026-11-20T22:32:00.542Z");
}

static void others_and_those_with_nothing_to_do_do_not_count(void **state)
{
	note(*state, "other", "other-20261120-212201-00000c", T0 - 1);
	note(*state, "w", NULL, T0 - 1);
	expect(*state, 1, T0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
		TEST(without_a_rate_or_a_past_it_may),
		TEST(the_oldest_of_the_last_ones_counts),
		TEST(a_run_that_was_resumed_counts_once),
		TEST(others_and_those_with_nothing_to_do_do_not_count),
#undef TEST
	};

	return cmocka_run_group_tests_name("run/rate", tests, NULL, NULL);
}
