#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/live_impl.h"

#define BEGIN "\033[?2026h\r"
#define END   "\033[J\033[?2026l"

static const struct style style = { .use_utf8 = true };
static struct live live;

static int clear(void **unused)
{
	(void)unused;
	live_release(&live);
	return 0;
}

/* A block of at most two lines under `text`. */
static void expect_frame(const char *text, const char *first, const char *second, size_t columns,
			 const char *expected)
{
	struct strbuf above = STRBUF_INIT, out = STRBUF_INIT;
	struct line lines[2];
	size_t n = 0, i;

	strbuf_addstr(&above, text);
	for (i = 0; i < 2; i++) {
		line_init(&lines[i], &style, columns - 1);
		if (i ? second : first)
			line_add(&lines[n++], ROLE_PLAIN, i ? second : first);
	}
	live_update(&live, &above, lines, n, columns, &out);
	assert_string_equal(strbuf_str(&out), expected);
	for (i = 0; i < 2; i++)
		line_release(&lines[i]);
	strbuf_release(&above);
	strbuf_release(&out);
}

static void a_block_is_drawn_and_replaced(void **unused)
{
	(void)unused;
	expect_frame("", "one", "two", 80, BEGIN "one\033[K\ntwo\033[K\n" END);
	assert_true(live_is_drawn(&live));
	expect_frame("", "one", "2", 80, BEGIN "\033[2Aone\033[K\n2\033[K\n" END);
	expect_frame("", "1", NULL, 80, BEGIN "\033[2A1\033[K\n" END);
	expect_frame("", NULL, NULL, 80, BEGIN "\033[1A" END);
	assert_false(live_is_drawn(&live));
}

static void the_same_block_costs_nothing(void **unused)
{
	(void)unused;
	expect_frame("", "one", NULL, 80, BEGIN "one\033[K\n" END);
	expect_frame("", "one", NULL, 80, "");
}

static void text_scrolls_away_above(void **unused)
{
	(void)unused;
	expect_frame("", "one", NULL, 80, BEGIN "one\033[K\n" END);
	expect_frame("done\n", "two", NULL, 80, BEGIN "\033[1A\033[Jdone\ntwo\033[K\n" END);
}

static void lines_that_a_resize_broke_in_two_are_taken_away(void **unused)
{
	(void)unused;
	expect_frame("", "twelve chars", "two", 80, BEGIN "twelve chars\033[K\ntwo\033[K\n" END);
	expect_frame("", "1", NULL, 5, BEGIN "\033[4A1\033[K\n" END);
}

static void what_is_not_ours_is_left_alone(void **unused)
{
	(void)unused;
	expect_frame("", "one", NULL, 80, BEGIN "one\033[K\n" END);
	live_forget(&live);
	expect_frame("", "one", NULL, 80, BEGIN "one\033[K\n" END);
}

static void the_cursor_is_never_hidden(void **unused)
{
	struct strbuf none = STRBUF_INIT, out = STRBUF_INIT;
	struct line line;

	(void)unused;
	line_init(&line, &style, 10);
	line_add(&line, ROLE_PLAIN, "x");
	live_update(&live, &none, &line, 1, 11, &out);
	assert_null(strstr(out.buf, "\033[?25l"));
	line_release(&line);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_block_is_drawn_and_replaced, clear),
		cmocka_unit_test_teardown(the_same_block_costs_nothing, clear),
		cmocka_unit_test_teardown(text_scrolls_away_above, clear),
		cmocka_unit_test_teardown(lines_that_a_resize_broke_in_two_are_taken_away, clear),
		cmocka_unit_test_teardown(what_is_not_ours_is_left_alone, clear),
		cmocka_unit_test_teardown(the_cursor_is_never_hidden, clear),
	};

	return cmocka_run_group_tests_name("report/live", tests, NULL, NULL);
}
