#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/tail_impl.h"

static struct tail tail;

static int clear(void **unused)
{
	(void)unused;
	tail_release(&tail);
	return 0;
}

static void add(const char *text)
{
	tail_add(&tail, text, strlen(text));
}

/* All lines, each with a '|' after it. */
static void expect(const char *expected)
{
	struct strbuf all = STRBUF_INIT;

	for (size_t i = 0; i < tail_count(&tail); i++) {
		const struct strbuf *line = tail_line(&tail, i);

		strbuf_add(&all, strbuf_str(line), line->len);
		strbuf_addch(&all, '|');
	}
	assert_string_equal(strbuf_str(&all), expected);
	strbuf_release(&all);
}

static void lines_come_in_any_pieces(void **unused)
{
	(void)unused;
	add("a\nb");
	add("c");
	expect("a|bc|");
	add("\n\nd\n");
	expect("a|bc||d|");
	tail_add(&tail, "x", 0);
	expect("a|bc||d|");
}

static void only_the_last_lines_are_kept(void **unused)
{
	char line[16];

	(void)unused;
	for (int i = 0; i < 45; i++) {
		snprintf(line, sizeof line, "%d\n", i);
		add(line);
	}
	assert_int_equal(tail_count(&tail), TAIL_LINES);
	assert_string_equal(tail_line(&tail, 0)->buf, "25");
	assert_string_equal(tail_line(&tail, TAIL_LINES - 1)->buf, "44");
	assert_int_equal(tail.n_dropped, 25);
}

static void a_progress_bar_is_one_line(void **unused)
{
	(void)unused;
	add("get\n 10%\r 20%");
	expect("get| 20%|");
	add("\r 30%\r");
	expect("get| 30%|");
	add("100%\ndone\n");
	expect("get|100%|done|");
}

static void a_bar_that_comes_byte_by_byte_too(void **unused)
{
	static const char text[] = "\r 1%\r 2%\r\r\n99%\r100%\r\nok";

	(void)unused;
	for (size_t i = 0; text[i]; i++)
		tail_add(&tail, text + i, 1);
	expect(" 2%|100%|ok|");
}

static void dos_line_ends_are_line_ends(void **unused)
{
	(void)unused;
	add("a\r\nb\r");
	expect("a|b|");
	add("\nc\r\n");
	expect("a|b|c|");
}

static void a_long_bar_does_not_push_lines_out(void **unused)
{
	(void)unused;
	add("error: here\n");
	for (int i = 0; i < 100000; i++)
		add("\r########## 42%");
	expect("error: here|########## 42%|");
}

static void long_lines_are_cut(void **unused)
{
	char *text = malloc(1 << 20);

	(void)unused;
	memset(text, 'x', 1 << 20);
	tail_add(&tail, text, 50000);
	tail_add(&tail, text, 50000);
	tail_add(&tail, "\nend", 4);
	assert_int_equal(tail_count(&tail), 2);
	assert_int_equal(tail_line(&tail, 0)->len, TAIL_LINE_MAX);
	tail_add(&tail, text, 1 << 20);
	tail_add(&tail, "\nlast\n", 6);
	assert_string_equal(tail_last(&tail)->buf, "last");
	assert_true(tail.n_dropped > 0);
	free(text);
}

static void the_last_line_that_says_something(void **unused)
{
	(void)unused;
	assert_null(tail_last(&tail));
	add("\n \t\n");
	assert_null(tail_last(&tail));
	add("words\n\n  ");
	assert_string_equal(tail_last(&tail)->buf, "words");
}

static void a_new_try_begins_empty(void **unused)
{
	(void)unused;
	add("old\r");
	tail_clear(&tail);
	expect("");
	add("new");
	expect("new|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lines_come_in_any_pieces, clear),
		cmocka_unit_test_teardown(only_the_last_lines_are_kept, clear),
		cmocka_unit_test_teardown(a_progress_bar_is_one_line, clear),
		cmocka_unit_test_teardown(a_bar_that_comes_byte_by_byte_too, clear),
		cmocka_unit_test_teardown(dos_line_ends_are_line_ends, clear),
		cmocka_unit_test_teardown(a_long_bar_does_not_push_lines_out, clear),
		cmocka_unit_test_teardown(long_lines_are_cut, clear),
		cmocka_unit_test_teardown(the_last_line_that_says_something, clear),
		cmocka_unit_test_teardown(a_new_try_begins_empty, clear),
	};

	return cmocka_run_group_tests_name("report/tail", tests, NULL, NULL);
}
