#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/summary.h"

static struct run_state state;
static struct strbuf out;

static int begin(void **unused)
{
	(void)unused;
	state_init(&state);
	state_apply(&state, &(struct event){ .type = EV_RUN_START,
					     .run = "w-20261120-213201-3f9c5a",
					     .text = "w",
					     .n_steps = 4,
					     .at_ms = 1 });
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	state_release(&state);
	strbuf_release(&out);
	return 0;
}

static void ran(const char *id, enum step_status status, uint64_t duration_ms)
{
	state_apply(&state,
		    &(struct event){ .type = EV_STEP_START, .step = id, .attempt = 1, .at_ms = 1 });
	state_apply(&state, &(struct event){ .type = EV_STEP_END,
					     .step = id,
					     .status = status,
					     .exit_code = status == STEP_FAILED,
					     .log = "l",
					     .duration_ms = duration_ms,
					     .at_ms = 2 });
}

static void ended(enum run_status status)
{
	state_apply(&state,
		    &(struct event){ .type = EV_RUN_END, .run_status = status, .at_ms = 9 });
}

static void expect_nothing(uint32_t n_cached, uint32_t n_skipped, const char *expected)
{
	strbuf_clear(&out);
	summary_nothing_to_do(&out, "build", n_cached, n_skipped);
	assert_string_equal(out.buf, expected);
}

static void nothing_to_do_counts_its_steps(void **unused)
{
	(void)unused;
	expect_nothing(12, 0, "build: nothing to do (12 steps, all cached)\n");
	expect_nothing(1, 0, "build: nothing to do (1 step, cached)\n");
	expect_nothing(10, 2, "build: nothing to do (12 steps: 10 cached, 2 skipped)\n");
	expect_nothing(0, 3, "build: nothing to do (3 steps, all skipped)\n");
	expect_nothing(0, 0, "build: nothing to do (no steps)\n");
}

static void efficiency_is_work_by_wall_and_jobs(void **unused)
{
	(void)unused;
	assert_int_equal(summary_efficiency(&state, 1000, 2), -1);
	ran("a", STEP_PASSED, 3000);
	ran("b[1]", STEP_PASSED, 1000);
	ran("b", STEP_PASSED, 50000); /* the foreach itself does no work */
	assert_int_equal(summary_efficiency(&state, 4000, 2), 50);
	assert_int_equal(summary_efficiency(&state, 4000, 1), 100);
	assert_int_equal(summary_efficiency(&state, 1000, 1), 100);
	assert_int_equal(summary_efficiency(&state, 0, 1), -1);
	assert_int_equal(summary_efficiency(&state, 4000, 0), -1);
}

static void a_run_is_named_by_its_last_group(void **unused)
{
	(void)unused;
	assert_string_equal(summary_short_run("bug-fix-20261120-213201-3f9c5a"), "3f9c5a");
	assert_string_equal(summary_short_run("odd"), "odd");
	assert_string_equal(summary_short_run("odd-"), "odd-");
}

static void every_failure_has_its_log_but_not_without_end(void **unused)
{
	const struct summary_options options = { .duration_ms = 61000, .jobs = 2 };

	(void)unused;
	ran("a", STEP_FAILED, 1000);
	ran("it's[$x]", STEP_FAILED, 1000);
	ran("c", STEP_FAILED, 1000);
	ran("d", STEP_FAILED, 1000);
	ended(RUN_FAILED);
	summary_render(&state, &options, &out);
	assert_string_equal(out.buf, "\n"
				     "Failed after 1m01s: 4 steps run, 4 failed.\n"
				     "Parallel efficiency 3% (-j2).\n"
				     "Nothing was rolled back. What next:\n"
				     "  git wf log 3f9c5a a              the whole output\n"
				     "  git wf log 3f9c5a 'it'\\''s[$x]'  the whole output\n"
				     "  git wf log 3f9c5a c              the whole output\n"
				     "  git wf status 3f9c5a             how all steps ended\n"
				     "  git wf resume 3f9c5a             "
				     "retry from here; what passed stays\n"
				     "  git wf resume 3f9c5a --abort     "
				     "end it for good\n");
}

static void every_ending_has_its_word(void **unused)
{
	static const struct {
		enum run_status status;
		const char *word;
	} endings[] = {
		{ RUN_PASSED, "\nPassed after 0.00s: 1 step run.\n" },
		{ RUN_CANCELLED, "\nCancelled after " },
		{ RUN_INTERRUPTED, "\nInterrupted after " },
		{ RUN_FAILED, "\nFailed after " },
	};
	const struct summary_options options = { 0 };

	(void)unused;
	ran("a", STEP_PASSED, 1);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		ended(endings[i].status);
		strbuf_clear(&out);
		summary_render(&state, &options, &out);
		assert_int_equal(strncmp(out.buf, endings[i].word, strlen(endings[i].word)), 0);
		assert_true((strstr(out.buf, "git wf resume") != NULL) ==
			    (endings[i].status != RUN_PASSED));
	}
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_do_counts_its_steps),
		TEST(efficiency_is_work_by_wall_and_jobs),
		TEST(a_run_is_named_by_its_last_group),
		TEST(every_failure_has_its_log_but_not_without_end),
		TEST(every_ending_has_its_word),
	};

	return cmocka_run_group_tests_name("report/summary", tests, NULL, NULL);
}
