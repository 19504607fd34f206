/*
 * What the console says of a run where there is no terminal, word for word.
 */
#include "unit/report/console_fixture.h"

static void a_line_at_the_start_and_the_end_of_each_step(void **unused)
{
	(void)unused;
	open_run(2);
	start("compile");
	print("compile", "cc -c a.c\n");
	passed("compile");
	cached("docs");
	start("link");
	passed("link");
	close_run(RUN_PASSED);
	EXPECT(HEAD "→ compile\n"
		    "✓ compile               2.1s\n"
		    "✓ docs                  cached\n"
		    "→ link\n"
		    "✓ link                  2.1s\n"
		    "\n"
		    "Passed after 0.50s: 2 steps run, 1 cached.\n");
}

static void a_failure_shows_the_end_of_its_output_and_the_ways_on(void **unused)
{
	(void)unused;
	node("test[unit]", 31, 0);
	node("lint", 12, 0);
	open_run(2);
	start("test[unit]");
	print("test[unit]",
	      "ok 1\n\033[31mFAIL\033[0m tests/a.c:88:\tgot 500\nprogress 1%\rprogress 2%");
	failed("test[unit]");
	skipped("lint", "'test[unit]' failed");
	close_run(RUN_FAILED);
	EXPECT(HEAD
	       "→ test[unit]\n"
	       "✗ test[unit]    8.4s    exit 2  .workflows/build.yml:31\n"
	       "    ok 1\n"
	       "    ^[[31mFAIL^[[0m tests/a.c:88:   got 500\n"
	       "    progress 2%\n"
	       "○ lint          skipped: 'test[unit]' failed\n"
	       "\n"
	       "Failed after 0.50s: 1 step run, 1 failed, 1 skipped.\n"
	       "Nothing was rolled back (on_failure: abort). What next:\n"
	       "  git wf log 3f9c5a 'test[unit]'            the whole output\n"
	       "  git wf resume 3f9c5a                      retry from here; what passed stays\n"
	       "  git wf resume 3f9c5a --skip 'test[unit]'  go on without what failed\n"
	       "  git wf resume 3f9c5a --abort              end it for good\n");
}

static void a_retry_is_told(void **unused)
{
	(void)unused;
	open_run(1);
	EMIT(.type = EV_STEP_START, .step = "get", .attempt = 1, .attempts = 2);
	print("get", "first\n");
	now_ms += 1500;
	EMIT(.type = EV_STEP_TRY, .step = "get", .attempt = 1, .attempts = 2, .exit_code = -1,
	     .timed_out = true, .signal = 15, .delay_ms = 2000);
	EMIT(.type = EV_STEP_START, .step = "get", .attempt = 2, .attempts = 2);
	print("get", "second\n");
	EMIT(.type = EV_STEP_END, .step = "get", .status = STEP_FAILED, .exit_code = -1,
	     .signal = 11, .attempt = 2, .attempts = 2, .duration_ms = 70, .text = "dumped core");
	EXPECT("");
	assert_int_equal(sink.flush(sink.data, NULL), 0);
	EXPECT(HEAD "→ get\n"
		    "↻ get                   1.5s    timed out, attempt 1/2, again in 2.0s\n"
		    "→ get                   attempt 2/2\n"
		    "✗ get                   0.07s   killed by SIGSEGV, attempt 2/2: dumped core\n"
		    "    second\n");
}

static void a_failure_without_an_exit_code_says_why(void **unused)
{
	(void)unused;
	open_run(2);
	start("a");
	EMIT(.type = EV_STEP_END, .step = "a", .status = STEP_FAILED, .exit_code = 0,
	     .duration_ms = 10, .text = "output 'b' is missing");
	EMIT(.type = EV_STEP_END, .step = "b", .status = STEP_FAILED, .exit_code = -1,
	     .text = "program 'cx' not found");
	EMIT(.type = EV_STEP_END, .step = "c", .status = STEP_FAILED, .exit_code = 3,
	     .text = "exit 3");
	tick(100);
	EXPECT(HEAD "→ a\n"
		    "✗ a                     0.01s   output 'b' is missing\n"
		    "✗ b                     program 'cx' not found\n"
		    "✗ c                     exit 3\n");
}

static void many_cached_steps_are_one_line(void **unused)
{
	char id[16];

	(void)unused;
	open_run(1000);
	for (int i = 0; i < 998; i++) {
		snprintf(id, sizeof id, "s%d", i);
		cached(id);
	}
	tick(100);
	EXPECT("");
	start("x");
	failed("x");
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof id, "z%d", i);
		skipped(id, "'x' failed");
	}
	tick(100);
	EXPECT(HEAD "✓ 998 steps cached\n"
		    "→ x\n"
		    "✗ x                     8.4s    exit 2\n");
	close_run(RUN_FAILED);
	assert_int_equal(strncmp(written(out), "○ 5 steps skipped: 'x' failed\n\n", 33), 0);
}

static void each_cached_step_when_asked(void **unused)
{
	(void)unused;
	options.verbosity = CONSOLE_VERBOSE;
	open_run(5);
	for (int i = 0; i < 5; i++)
		cached((const char *[]){ "a", "b", "c", "d", "e" }[i]);
	close_run(RUN_PASSED);
	EXPECT(HEAD "✓ a                     cached\n"
		    "✓ b                     cached\n"
		    "✓ c                     cached\n"
		    "✓ d                     cached\n"
		    "✓ e                     cached\n"
		    "build: nothing to do (5 steps, all cached)\n");
}

static void nothing_to_do_is_one_line(void **unused)
{
	(void)unused;
	open_run(2);
	cached("a");
	cached("b");
	close_run(RUN_PASSED);
	EXPECT("build: nothing to do (2 steps, all cached)\n");
}

static void quiet_says_only_what_failed(void **unused)
{
	(void)unused;
	options.verbosity = CONSOLE_QUIET;
	open_run(3);
	start("a");
	passed("a");
	cached("b");
	tick(60000);
	EXPECT("");
	start("c");
	failed("c");
	tick(100);
	EXPECT("✗ c                     8.4s    exit 2\n");
}

static void streamed_lines_say_whose_they_are(void **unused)
{
	(void)unused;
	options.output = CONSOLE_STREAM;
	open_run(2);
	start("a");
	print("a", "alone\nhal");
	start("b");
	print("b", "10%\r100%\r\nb1\n");
	print("a", "f\n");
	passed("b");
	print("a", "still a\nno line feed\033");
	failed("a");
	tick(100);
	EXPECT(HEAD "→ a\n"
		    "alone\n"
		    "→ b\n"
		    "b | 100%\n"
		    "b | b1\n"
		    "a | half\n"
		    "✓ b                     2.1s\n"
		    "a | still a\n"
		    "a | no line feed^[\n"
		    "✗ a                     8.4s    exit 2\n");
}

static void an_endless_line_is_cut_into_lines(void **unused)
{
	char part[1001];

	(void)unused;
	options.output = CONSOLE_STREAM;
	memset(part, 'x', 1000);
	part[1000] = '\0';
	open_run(1);
	start("a");
	for (int i = 0; i < 100; i++)
		print("a", part);
	for (int i = 0; i < 100000; i++)
		print("a", "\r1%");
	passed("a");
	tick(100);
	assert_true(shown.len == 0 && strlen(written(out)) < 110000);
}

static void silent_output_is_not_shown(void **unused)
{
	(void)unused;
	options.output = CONSOLE_SILENT;
	open_run(1);
	start("a");
	print("a", "secret\n");
	failed("a");
	tick(100);
	EXPECT(HEAD "→ a\n"
		    "✗ a                     8.4s    exit 2\n");
}

static void a_live_step_is_streamed(void **unused)
{
	(void)unused;
	node("a", 3, 0)->live = true;
	open_run(1);
	start("a");
	print("a", "now\n");
	tick(100);
	EXPECT(HEAD "→ a\nnow\n");
}

static void a_sign_of_life_every_half_minute(void **unused)
{
	(void)unused;
	open_run(2);
	start("long");
	tick(100);
	EXPECT(HEAD "→ long\n");
	tick(29000);
	EXPECT("");
	tick(1000);
	EXPECT("… 0/2  long 30s\n");
	tick(29000);
	EXPECT("");
	tick(1000);
	EXPECT("… 0/2  long 1m00s\n");
}

static void a_foreach_speaks_through_its_items(void **unused)
{
	(void)unused;
	open_run(2);
	start("t[a]");
	failed("t[a]");
	EMIT(.type = EV_STEP_END, .step = "t", .status = STEP_FAILED, .exit_code = -1);
	tick(100);
	EXPECT(HEAD "→ t[a]\n"
		    "✗ t[a]                  8.4s    exit 2\n");
}

static void notes_go_the_other_way(void **unused)
{
	(void)unused;
	open_run(1);
	EMIT(.type = EV_NOTE, .text = "cache: full");
	EMIT(.type = EV_NOTE, .step = "a", .text = "it left\na process");
	tick(100);
	EXPECT("");
	assert_string_equal(written(notes), "note: cache: full\nnote: a: it left^Ja process\n");
}

static void what_steps_wrote_as_summary_is_shown(void **unused)
{
	(void)unused;
	open_run(1);
	start("a");
	passed("a");
	EMIT(.type = EV_STEP_SUMMARY, .step = "a", .text = "## Tests\n128 passed\033\n");
	EMIT(.type = EV_STEP_SUMMARY, .step = "b", .text = "more\n\n");
	close_run(RUN_PASSED);
	EXPECT(HEAD "→ a\n"
		    "✓ a                     2.1s\n"
		    "\n"
		    "## Tests\n"
		    "128 passed^[\n"
		    "\n"
		    "more\n"
		    "\n"
		    "Passed after 0.50s: 1 step run.\n");
}

static void a_cancelled_run_says_how_to_go_on(void **unused)
{
	(void)unused;
	open_run(2);
	start("a");
	EMIT(.type = EV_RUN_CANCEL, .signal = 2);
	EMIT(.type = EV_STEP_END, .step = "a", .status = STEP_CANCELLED, .exit_code = -1,
	     .signal = 15, .duration_ms = 300);
	close_run(RUN_CANCELLED);
	EXPECT(HEAD "→ a\n"
		    "■ stopping: SIGINT (once more kills what still runs)\n"
		    "■ a                     0.30s   cancelled\n"
		    "\n"
		    "Cancelled after 0.50s: 1 step run, 1 cancelled.\n"
		    "Nothing was rolled back. What next:\n"
		    "  git wf resume 3f9c5a  go on from here; what passed stays\n");
}

static void a_run_without_an_end_is_still_told(void **unused)
{
	(void)unused;
	open_run(2);
	cached("a");
	start("b");
	sink.close(sink.data);
	sink.data = NULL;
	EXPECT(HEAD "✓ a                     cached\n→ b\n");
}

static void without_utf8_it_is_ascii(void **unused)
{
	(void)unused;
	options.use_utf8 = false;
	open_run(1);
	start("a");
	print("a", "naïve\n");
	failed("a");
	tick(100);
	EXPECT(HEAD "> a\n"
		    "x a                     8.4s    exit 2\n"
		    "    na?ve\n");
}

static void an_output_that_is_full_is_reported(void **unused)
{
	struct err err = ERR_INIT;

	(void)unused;
	options.out_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (options.out_fd < 0)
		skip();
	open_run(1);
	assert_int_equal(console_status(&sink, &err), 0);
	start("a");
	tick(100);
	assert_int_equal(console_status(&sink, &err), -1);
	assert_non_null(strstr(err_msg(&err), "standard output"));
	passed("a");
	close_run(RUN_PASSED);
	close(options.out_fd);
	err_release(&err);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_line_at_the_start_and_the_end_of_each_step),
		TEST(a_failure_shows_the_end_of_its_output_and_the_ways_on),
		TEST(a_retry_is_told),
		TEST(a_failure_without_an_exit_code_says_why),
		TEST(many_cached_steps_are_one_line),
		TEST(each_cached_step_when_asked),
		TEST(nothing_to_do_is_one_line),
		TEST(quiet_says_only_what_failed),
		TEST(streamed_lines_say_whose_they_are),
		TEST(an_endless_line_is_cut_into_lines),
		TEST(silent_output_is_not_shown),
		TEST(a_live_step_is_streamed),
		TEST(a_sign_of_life_every_half_minute),
		TEST(a_foreach_speaks_through_its_items),
		TEST(notes_go_the_other_way),
		TEST(what_steps_wrote_as_summary_is_shown),
		TEST(a_cancelled_run_says_how_to_go_on),
		TEST(a_run_without_an_end_is_still_told),
		TEST(without_utf8_it_is_ascii),
		TEST(an_output_that_is_full_is_reported),
	};

	return cmocka_run_group_tests_name("report/console", tests, NULL, NULL);
}
