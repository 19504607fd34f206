/*
 * Mistakes are shown at their place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/diag.h"

static struct diags diags_of(const char *text)
{
	return (struct diags){ .file = "wf.yml", .text = text, .text_len = strlen(text) };
}

static void check_render(struct diags *diags, enum diag_level level, const char *expected)
{
	struct strbuf out = STRBUF_INIT;

	diags_render(diags, level, false, 0, &out);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_release(&out);
	diags_release(diags);
}

static void shows_line_caret_and_hint_in_order(void **state)
{
	struct diags diags = diags_of("name: x\n    input: [a.c]\n");

	(void)state;
	diag_hint(&diags, diag_error(&diags, (struct span){ 2, 5, 5 }, "unknown key '%s'", "input"),
		  "did you mean '%s'?", "inputs");
	diag_warning(&diags, (struct span){ 1, 1, 4 }, "w");
	diag_advice(&diags, (struct span){ 0 }, "a");
	assert_int_equal(diags.n_errors, 1);
	check_render(&diags, DIAG_ADVICE,
		     "wf.yml: advice: a\n"
		     "wf.yml:1:1: warning: w\n"
		     "    1 | name: x\n"
		     "      | ^~~~\n"
		     "wf.yml:2:5: error: unknown key 'input'\n"
		     "    2 |     input: [a.c]\n"
		     "      |     ^~~~~\n"
		     "      hint: did you mean 'inputs'?\n");
}

static void hides_lesser_levels(void **state)
{
	struct diags diags = diags_of("x");

	(void)state;
	diag_warning(&diags, (struct span){ 1, 1, 0 }, "w");
	check_render(&diags, DIAG_ERROR, "");
}

static void the_caret_stands_under_the_character(void **state)
{
	struct diags diags = diags_of("\t\xe6\xbc\xa2\x01x\r\n");

	(void)state;
	diag_error(&diags, (struct span){ 1, 4, 1 }, "bad\x1b");
	check_render(&diags, DIAG_ERROR,
		     "wf.yml:1:4: error: bad^[\n"
		     "    1 |     \xe6\xbc\xa2^Ax\n"
		     "      |         ^\n");
}

static void places_outside_the_text_are_harmless(void **state)
{
	struct diags diags = diags_of("a");

	(void)state;
	diag_error(&diags, (struct span){ 9, 9, 9 }, "far");
	diag_error(&diags, (struct span){ 1, 60000, 60000 }, "wide");
	check_render(&diags, DIAG_ERROR,
		     "wf.yml:1:60000: error: wide\n"
		     "    1 | a\n"
		     "      |  ^\n"
		     "wf.yml:9:9: error: far\n");
}

static void long_lines_are_shown_around_the_caret(void **state)
{
	static char text[5001];
	struct diags diags;
	struct strbuf out = STRBUF_INIT;

	(void)state;
	memset(text, 'x', 5000);
	diags = diags_of(text);
	diag_error(&diags, (struct span){ 1, 2500, 3 }, "here");
	diags_render(&diags, DIAG_ERROR, true, 0, &out);
	assert_true(out.len < 500);
	assert_non_null(strstr(out.buf, "^~~"));
	strbuf_release(&out);
	diags_release(&diags);
}

static void a_narrow_terminal_gets_what_fits(void **state)
{
	struct diags diags = diags_of("  - {id: second, run: \"echo ${params.nam} and more\"}\n");
	struct strbuf out = STRBUF_INIT;

	(void)state;
	diag_hint(&diags, diag_error(&diags, (struct span){ 1, 29, 13 }, "no parameter 'nam' here"),
		  "one two three four five six seven");
	diags_render(&diags, DIAG_ERROR, false, 40, &out);
	assert_string_equal(strbuf_str(&out), "wf.yml:1:29: error: no parameter 'nam'\n"
					      "      here\n"
					      "    1 | ...\"echo ${params.nam} and mo...\n"
					      "      |          ^~~~~~~~~~~~~\n"
					      "      hint: one two three four five six\n"
					      "      seven\n");
	strbuf_release(&out);
	diags_release(&diags);
}

static void a_flood_is_cut(void **state)
{
	struct diags diags = diags_of("");
	struct strbuf out = STRBUF_INIT;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		diag_hint(&diags, diag_error(&diags, (struct span){ 0 }, "%d", i), "h");
	assert_int_equal(diags.n_errors, 1000);
	assert_int_equal(diags.list.n, 100);
	diags_render(&diags, DIAG_ERROR, false, 0, &out);
	assert_non_null(strstr(out.buf, "and 900 more errors"));
	strbuf_release(&out);
	diags_release(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_line_caret_and_hint_in_order),
		cmocka_unit_test(hides_lesser_levels),
		cmocka_unit_test(the_caret_stands_under_the_character),
		cmocka_unit_test(places_outside_the_text_are_harmless),
		cmocka_unit_test(long_lines_are_shown_around_the_caret),
		cmocka_unit_test(a_narrow_terminal_gets_what_fits),
		cmocka_unit_test(a_flood_is_cut),
	};

	return cmocka_run_group_tests_name("base/diag", tests, NULL, NULL);
}
