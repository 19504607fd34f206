/*
 * Characters, their width, and what a terminal may see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

static void decodes_good_and_bad_bytes(void **state)
{
	uint32_t code;

	(void)state;
	assert_int_equal(utf8_decode("a", 1, &code), 1);
	assert_int_equal(code, 'a');
	assert_int_equal(utf8_decode("\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(utf8_decode("\xf0\x9f\x98", 3, &code), 1);
	assert_int_equal(code, UTF8_BAD);
	assert_int_equal(utf8_decode("\xc0\x80", 2, &code), 1);
	assert_int_equal(code, UTF8_BAD);
	assert_int_equal(utf8_decode("\xe0\x80\x80", 3, &code), 1);
	assert_int_equal(utf8_decode("\xf5\x80\x80\x80", 4, &code), 1);
	assert_int_equal(utf8_decode("\x80", 1, &code), 1);
}

static void knows_widths(void **state)
{
	(void)state;
	assert_int_equal(utf8_width('a'), 1);
	assert_int_equal(utf8_width(0xe9), 1);
	assert_int_equal(utf8_width(0x301), 0);
	assert_int_equal(utf8_width(0x6f22), 2);
	assert_int_equal(utf8_width(0x1f600), 2);
	assert_int_equal(utf8_text_width("a\xe6\xbc\xa2\x1b", 5), 5);
}

static void shows_what_is_harmless(void **state)
{
	static const char text[] = "a\x1b[2J\t\x7f\xff\xe2\x80\xae.";
	struct strbuf out = STRBUF_INIT;

	(void)state;
	utf8_add_visible(&out, text, strlen(text));
	assert_string_equal(strbuf_str(&out), "a^[[2J ^?\xef\xbf\xbd\xef\xbf\xbd.");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_good_and_bad_bytes),
		cmocka_unit_test(knows_widths),
		cmocka_unit_test(shows_what_is_harmless),
	};

	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
