/*
 * What the console draws on a terminal.
 */
#include "unit/report/console_fixture.h"

#define BEGIN "\033[?2026h\r"
#define END   "\033[J\033[?2026l"
#define K     "\033[K\n"
#define LEFT  "───────────────────────────────" /* 31 */

static void the_block_shows_what_runs(void **unused)
{
	(void)unused;
	options.is_live = true;
	node("a", 3, 60000);
	node("b", 4, 0)->console = false;
	open_run(2);
	EXPECT("");
	start("a");
	tick(2000);
	EXPECT(BEGIN "\033[J"
		     "build                                          run " RUN "\n"
		     "→ a             2s     " K LEFT "  0/2" K END);
	tick(200);
	EXPECT("");
	print("a", "\033[1mcompiling\n\n");
	tick(100);
	EXPECT(BEGIN "\033[2A→ a             2s     ^[[1mcompiling" K LEFT "  0/2" K END);
	EMIT(.type = EV_STEP_PROGRESS, .step = "a", .percent = 40, .text = "linking");
	tick(100);
	EXPECT(BEGIN "\033[2A→ a             2s     40% linking" K LEFT "  0/2" K END);
	passed("a");
	tick(100);
	EXPECT(BEGIN "\033[2A\033[J✓ a             2.1s\n" END);
	cached("b");
	close_run(RUN_PASSED);
	EXPECT(BEGIN
	       "\033[J✓ b             cached\n\nPassed after 0.50s: 1 step run, 1 cached.\n" END);
}

static void no_line_of_the_block_is_as_wide_as_the_terminal(void **unused)
{
	const char *line;

	(void)unused;
	options.is_live = true;
	open_run(2);
	start("an-id-that-is-much-too-long-for-this");
	print("an-id-that-is-much-too-long-for-this", "日本語日本語日本語日本語日本語日本語");
	for (columns = 60; columns > 0; columns--) {
		size_t width = 0;

		tick(100);
		line = strrchr(written(out), '\n');
		assert_non_null(line);
		line = strstr(strbuf_str(&shown), "→");
		for (; line && *line && *line != '\033'; line++)
			width += ((unsigned char)*line & 0xc0) != 0x80;
		assert_true(width < (size_t)columns || columns < 3);
	}
}

static void it_is_painted_at_most_every_80_ms(void **unused)
{
	int n = 0;
	char id[16];

	(void)unused;
	options.is_live = true;
	open_run(1000);
	for (int i = 0; i < 1000; i++) {
		now_ms++;
		snprintf(id, sizeof id, "s%d", i);
		start(id);
		sink.flush(sink.data, NULL);
		passed(id);
		sink.flush(sink.data, NULL);
		n += *written(out) != '\0';
	}
	assert_in_range(n, 10, 13);
}

static void a_step_that_owns_the_terminal_is_alone_there(void **unused)
{
	(void)unused;
	options.is_live = true;
	node("edit", 3, 0)->console = true;
	node("a", 4, 0);
	open_run(2);
	start("a");
	tick(100);
	assert_non_null(strstr(written(out), "→ a"));
	start("edit");
	EXPECT(BEGIN "\033[2A" END);
	passed("a");
	tick(1000);
	EXPECT("");
	passed("edit");
	tick(100);
	EXPECT(BEGIN "\033[J✓ a             2.1s\n✓ edit          2.1s\n" END);
}

static void a_failure_names_its_place_at_the_right(void **unused)
{
	(void)unused;
	options.is_live = true;
	node("a", 31, 0);
	open_run(1);
	start("a");
	failed("a");
	tick(100);
	assert_non_null(strstr(written(out),
			       "✗ a             8.4s    exit 2"
			       "                          .workflows/build.yml:31\n"));
	columns = 40;
	tick(100);
	start("a");
	failed("a");
	tick(100);
	assert_non_null(strstr(written(out), "exit 2\n    .workflows/build.yml:31\n"));
}

static void notes_do_not_break_the_block(void **unused)
{
	(void)unused;
	options.is_live = true;
	open_run(1);
	start("a");
	tick(100);
	written(out);
	EMIT(.type = EV_NOTE, .text = "hm");
	tick(100);
	EXPECT(BEGIN "\033[2A" END BEGIN "→ a                     0s     " K LEFT "  0/1" K END);
	assert_string_equal(written(notes), "note: hm\n");
}

static void the_time_left_comes_from_past_durations(void **unused)
{
	(void)unused;
	options.is_live = true;
	options.jobs = 2;
	node("a", 1, 30000);
	node("b", 2, 43000);
	open_run(2);
	start("a");
	start("b");
	tick(5000);
	assert_non_null(strstr(written(out), "0/2 · about 40s left"));
	tick(36000);
	assert_non_null(strstr(written(out), "a few seconds left"));
	tick(60000);
	assert_null(strstr(written(out), "left"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_block_shows_what_runs),
		TEST(no_line_of_the_block_is_as_wide_as_the_terminal),
		TEST(it_is_painted_at_most_every_80_ms),
		TEST(a_step_that_owns_the_terminal_is_alone_there),
		TEST(a_failure_names_its_place_at_the_right),
		TEST(notes_do_not_break_the_block),
		TEST(the_time_left_comes_from_past_durations),
	};

	return cmocka_run_group_tests_name("report/console_live", tests, NULL, NULL);
}
