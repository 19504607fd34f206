/*
 * Percent-encoding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/percent.h"

static void all_but_plain_bytes_are_encoded(void **state)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	(void)state;
	percent_encode(&out, "aZ9-._~ /\xc3\xa4%", 12, PERCENT_URL);
	assert_string_equal(out.buf, "aZ9-._~%20%2F%C3%A4%25");
	strbuf_clear(&out);
	percent_encode(&out, "a~\0b", 4, "_.-");
	assert_string_equal(out.buf, "a%7E%00b");
}

static void check_decoded(const char *text, const char *expected)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	assert_int_equal(percent_decode(&out, text, strlen(text)), expected ? 0 : -1);
	if (expected)
		assert_string_equal(strbuf_str(&out), expected);
}

static void what_was_encoded_comes_back(void **state)
{
	(void)state;
	check_decoded("", "");
	check_decoded("a%20b%c3%A4", "a b\xc3\xa4");
	check_decoded("100%25", "100%");
}

static void what_is_no_encoding_is_refused(void **state)
{
	(void)state;
	check_decoded("%", NULL);
	check_decoded("a%2", NULL);
	check_decoded("%g0", NULL);
	check_decoded("% 1", NULL);
	check_decoded("%+1", NULL);
	check_decoded("a%00b", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_plain_bytes_are_encoded),
		cmocka_unit_test(what_was_encoded_comes_back),
		cmocka_unit_test(what_is_no_encoding_is_refused),
	};

	return cmocka_run_group_tests_name("base/percent", tests, NULL, NULL);
}
