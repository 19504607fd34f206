#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/style_impl.h"

static const struct style utf8 = { .use_utf8 = true };
static const struct style ascii = { .use_utf8 = false };

static void expect_cut(const struct style *style, size_t columns, const char *text,
		       const char *expected, size_t width)
{
	struct line line;

	line_init(&line, style, columns);
	line_add(&line, ROLE_PLAIN, text);
	assert_string_equal(strbuf_str(&line.text), expected);
	assert_int_equal(line.width, width);
	assert_true(!columns || line.width <= columns);
	line_release(&line);
}

static void what_fits_stays_whole(void **unused)
{
	(void)unused;
	expect_cut(&utf8, 0, "any length at all", "any length at all", 17);
	expect_cut(&utf8, 5, "exact", "exact", 5);
	expect_cut(&utf8, 5, "", "", 0);
}

static void what_does_not_fit_ends_in_an_ellipsis(void **unused)
{
	(void)unused;
	expect_cut(&utf8, 5, "sixsix", "sixs…", 5);
	expect_cut(&utf8, 1, "ab", "…", 1);
	expect_cut(&ascii, 6, "sevenup", "sev...", 6);
	expect_cut(&ascii, 2, "abc", "", 0);
}

static void wide_characters_take_two_columns(void **unused)
{
	(void)unused;
	expect_cut(&utf8, 6, "日本語", "日本語", 6);
	expect_cut(&utf8, 5, "日本語", "日本…", 5);
	expect_cut(&utf8, 4, "日本語", "日…", 3); /* half a character is none */
	expect_cut(&utf8, 4, "🎉🎉🎉", "🎉…", 3);
}

static void combining_characters_stay_with_theirs(void **unused)
{
	(void)unused;
	expect_cut(&utf8, 3,
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81",
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81",
		   3);
	expect_cut(&utf8, 2,
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81",
		   "e\xcc\x81"
		   "…",
		   2);
	/* A heart that the selector makes wide: rather too wide than wrapped. */
	expect_cut(&utf8, 3, "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x9d\xa4\xef\xb8\x8f",
		   "\xe2\x9d\xa4\xef\xb8\x8f…", 3);
}

static void text_of_others_does_no_harm(void **unused)
{
	(void)unused;
	expect_cut(&utf8, 0, "\033[31mred\033[0m\a", "^[[31mred^[[0m^G", 16);
	expect_cut(&utf8, 5, "\033[31mred", "^[[3…", 5);
	expect_cut(&utf8, 0,
		   "a\xff"
		   "b\xe2\x80\xae"
		   "c",
		   "a\xef\xbf\xbd"
		   "b\xef\xbf\xbd"
		   "c",
		   5);
	expect_cut(&utf8, 0, "two\nlines", "two^Jlines", 10);
}

static void without_utf8_nothing_else_comes_out(void **unused)
{
	(void)unused;
	expect_cut(&ascii, 0, "naïve 日本 \xff \033", "na?ve ?? ? ^[", 13);
	assert_string_equal(style_glyph(&ascii, GLYPH_PASSED), "+");
	assert_string_equal(style_glyph(&utf8, GLYPH_PASSED), "✓");
}

static void tabs_reach_the_next_stop(void **unused)
{
	struct strbuf out = STRBUF_INIT;

	(void)unused;
	style_add_visible(&utf8, &out, "a\tb\t\tc", 6);
	assert_string_equal(out.buf, "a       b               c");
	strbuf_clear(&out);
	style_add_visible(&utf8, &out, "日本\tb", 8);
	assert_string_equal(out.buf, "日本    b");
	strbuf_release(&out);
}

static void colours_take_no_room(void **unused)
{
	const struct style colored = { .use_color = true, .use_utf8 = true };
	struct line line;

	(void)unused;
	line_init(&line, &colored, 10);
	line_add_glyph(&line, ROLE_GOOD, GLYPH_PASSED);
	line_pad_to(&line, 4, 1);
	line_add(&line, ROLE_BAD, "abcdefgh");
	line_add(&line, ROLE_BAD, "nothing more");
	assert_string_equal(line.text.buf, "\033[32m✓\033[0m   \033[31mabcde…\033[0m");
	assert_int_equal(line.width, 10);
	line_release(&line);
}

static void blanks_stop_at_the_edge(void **unused)
{
	struct line line;

	(void)unused;
	line_init(&line, &utf8, 8);
	line_add(&line, ROLE_PLAIN, "abc");
	line_pad_to(&line, 5, 0);
	assert_string_equal(line.text.buf, "abc  ");
	line_pad_to(&line, 2, 1);
	assert_string_equal(line.text.buf, "abc   ");
	line_pad_to(&line, 99, 0);
	assert_string_equal(line.text.buf, "abc     ");
	line_release(&line);
}

static void expect_wrapped(const struct style *style, const char *plain, const char *bad,
			   const char *expected)
{
	struct strbuf out = STRBUF_INIT;
	struct line line;

	line_init(&line, style, 0);
	line_add(&line, ROLE_PLAIN, plain);
	line_add(&line, ROLE_BAD, bad);
	line_finish(&line, &out);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_release(&out);
}

static void a_line_goes_on_where_a_word_begins(void **unused)
{
	const struct style narrow = { .use_utf8 = true, .columns = 10 };
	const struct style red = { .use_color = true, .use_utf8 = true, .columns = 10 };

	(void)unused;
	expect_wrapped(&utf8, "never broken without a terminal", "",
		       "never broken without a terminal\n");
	expect_wrapped(&narrow, "just fits.", "", "just fits.\n");
	expect_wrapped(&narrow, "just fits..", "", "just\n    fits..\n");
	expect_wrapped(&narrow, "one two three four", " five",
		       "one two\n    three\n    four\n    five\n");
	expect_wrapped(&narrow, "a    b    cd", "", "a    b\n    cd\n");
	expect_wrapped(&narrow, "   first blanks", "", "   first\n    blanks\n");
	expect_wrapped(&narrow, "averyverylongword is whole", "",
		       "averyverylongword\n    is\n    whole\n");
	expect_wrapped(&narrow, "日本語 日本語", "", "日本語\n    日本語\n");
	expect_wrapped(&narrow, "ab日本語日", "", "ab日本語日\n");
	expect_wrapped(&red, "12345 ", "6 89 1", "12345 \033[31m6 89\n    1\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_stays_whole),
		cmocka_unit_test(what_does_not_fit_ends_in_an_ellipsis),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(combining_characters_stay_with_theirs),
		cmocka_unit_test(text_of_others_does_no_harm),
		cmocka_unit_test(without_utf8_nothing_else_comes_out),
		cmocka_unit_test(tabs_reach_the_next_stop),
		cmocka_unit_test(colours_take_no_room),
		cmocka_unit_test(blanks_stop_at_the_edge),
		cmocka_unit_test(a_line_goes_on_where_a_word_begins),
	};

	return cmocka_run_group_tests_name("report/style", tests, NULL, NULL);
}
