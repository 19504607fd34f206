/*
 * The file of a step's outputs and its progress lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "base/strbuf.h"
#include "model/stepout.h"

/* "name:value;name:value;", or the error. */
static void check_n(const char *text, size_t len, const char *expected)
{
	struct strbuf got = STRBUF_INIT;
	struct arena arena = { 0 };
	struct stepout out;
	struct err err = ERR_INIT;

	if (stepout_parse(&arena, text, len, &out, &err) < 0)
		strbuf_addstr(&got, err_msg(&err));
	for (size_t i = 0; i < out.n; i++)
		strbuf_addf(&got, "%s:%s;", out.pairs[i].name, out.pairs[i].value);
	assert_string_equal(strbuf_str(&got), expected);
	err_release(&err);
	strbuf_release(&got);
	arena_release(&arena);
}

static void check(const char *text, const char *expected)
{
	check_n(text, strlen(text), expected);
}

static void test_pairs(void **state)
{
	(void)state;
	check("", "");
	check("a=1\n", "a:1;");
	check("a=1\nb=x=y ", "a:1;b:x=y ;");
	check("a=\n", "a:;");
	check("a=1\nb=2\na=3\n", "a:3;b:2;");
	check("my-name_1=x\n", "my-name_1:x;");
}

static void test_blocks(void **state)
{
	(void)state;
	check("a<<END\none\n\ntwo\nEND\nb=2\n", "a:one\n\ntwo;b:2;");
	check("a<<END\nEND\n", "a:;");
	check("a<<END\n\nEND\n", "a:;");
	check("a<<END\n\n\nEND", "a:\n;");
	check("a<<END\nEND \n END\nEND\n", "a:END \n END;");
	check("a<<END\nb=1\n", "line 1 of the outputs: 'a<<END' has no line 'END'");
	check("a=1\nx<<END\n", "line 2 of the outputs: 'x<<END' has no line 'END'");
}

static void test_other_lines_fail(void **state)
{
	(void)state;
	check("a=1\nhello\n", "line 2 of the outputs is neither NAME=value nor NAME<<END: 'hello'");
	check("a=1\n\nb=2\n", "line 2 of the outputs is neither NAME=value nor NAME<<END: ''");
	check("a =1\n", "line 1 of the outputs is neither NAME=value nor NAME<<END: 'a =1'");
	check("=1\n", "line 1 of the outputs is neither NAME=value nor NAME<<END: '=1'");
	check("a<<\n", "line 1 of the outputs is neither NAME=value nor NAME<<END: 'a<<'");
	check("-a=1\n", "line 1 of the outputs is neither NAME=value nor NAME<<END: '-a=1'");
	check_n("a=1\nb=\0x\n", 9, "line 2 of the outputs has a NUL byte");
}

static void test_progress(void **state)
{
	unsigned percent;
	const char *message;

	(void)state;
	assert_int_equal(stepout_parse_progress("40% half way", &percent, &message), 0);
	assert_int_equal(percent, 40);
	assert_string_equal(message, "half way");
	assert_int_equal(stepout_parse_progress("100%", &percent, &message), 0);
	assert_string_equal(message, "");
	assert_int_equal(stepout_parse_progress("0% ", &percent, &message), 0);
	assert_int_equal(stepout_parse_progress("101% x", &percent, &message), -1);
	assert_int_equal(stepout_parse_progress("99999999999999999999% x", &percent, &message), -1);
	assert_int_equal(stepout_parse_progress("40 x", &percent, &message), -1);
	assert_int_equal(stepout_parse_progress("40%x", &percent, &message), -1);
	assert_int_equal(stepout_parse_progress("%", &percent, &message), -1);
	assert_int_equal(stepout_parse_progress("", &percent, &message), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_other_lines_fail),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("model/stepout", tests, NULL, NULL);
}
