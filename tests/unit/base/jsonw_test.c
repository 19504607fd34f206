/*
 * JSON that any reader takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

static struct strbuf out;

static void check(const char *expected)
{
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_release(&out);
}

static void writes_a_compact_line(void **state)
{
	struct jsonw w = { .out = &out };

	(void)state;
	jsonw_object(&w);
	jsonw_kv_string(&w, "a", "x");
	jsonw_kv_int(&w, "b", INT64_MIN);
	jsonw_kv_uint(&w, "c", UINT64_MAX);
	jsonw_key(&w, "d");
	jsonw_array(&w);
	jsonw_bool(&w, true);
	jsonw_null(&w);
	jsonw_object(&w);
	jsonw_object_end(&w);
	jsonw_array_end(&w);
	jsonw_kv_string(&w, "e", NULL);
	jsonw_kv_bool(&w, "f", false);
	jsonw_object_end(&w);
	strbuf_addch(&out, '\n');
	jsonw_int(&w, 0);
	check("{\"a\":\"x\",\"b\":-9223372036854775808,\"c\":18446744073709551615,"
	      "\"d\":[true,null,{}],\"e\":null,\"f\":false}\n0");
}

/* Long strings are looked at eight bytes at once, short ones byte by byte: it must not show. */
static void any_byte_anywhere(void **state)
{
	char text[20], wanted[256], one[16];

	(void)state;
	for (int c = 1; c < 256; c++) {
		struct jsonw w = { .out = &out };
		char byte = (char)c;

		jsonw_string_n(&w, &byte, 1);
		snprintf(one, sizeof one, "%.*s", (int)out.len - 2, out.buf + 1);
		for (int at = 0; at < 19; at++) {
			struct jsonw again = { .out = &out };

			memset(text, 'x', sizeof text);
			text[19] = '\0';
			text[at] = byte;
			snprintf(wanted, sizeof wanted, "{\"%.*s%s%s\":\"%.*s%s%s\"}", at, text,
				 one, text + at + 1, at, text, one, text + at + 1);
			strbuf_clear(&out);
			jsonw_object(&again);
			jsonw_kv_string(&again, text, text);
			jsonw_object_end(&again);
			assert_string_equal(strbuf_str(&out), wanted);
		}
		strbuf_release(&out);
	}
}

static void writes_instants(void **state)
{
	struct jsonw w = { .out = &out };

	(void)state;
	jsonw_array(&w);
	jsonw_instant(&w, 0);
	jsonw_instant(&w, INT64_C(1795210321042));
	jsonw_array_end(&w);
	check("[\"1970-01-01T00:00:00.000Z\",\"2026-11-20T21:32:01.042Z\"]");
}

static void writes_for_people(void **state)
{
	struct jsonw w = { .out = &out, .indent = 2 };

	(void)state;
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_array(&w);
	jsonw_int(&w, 1);
	jsonw_int(&w, 2);
	jsonw_array_end(&w);
	jsonw_key(&w, "b");
	jsonw_object(&w);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	check("{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

static void strings_come_out_valid(void **state)
{
	struct jsonw w = { .out = &out };

	(void)state;
	jsonw_string(&w, "\"\\\b\f\n\r\t\v\x01\x7f");
	check("\"\\\"\\\\\\b\\f\\n\\r\\t\\u000b\\u0001\\u007f\"");
	jsonw_string_n(&w, "a\0b", 3);
	check("\"a\\u0000b\"");
	jsonw_string(&w, "\xc3\xa9\xff\xed\xa0\x80\xe2\x82");
	check("\"\xc3\xa9"
	      "\xef\xbf\xbd"
	      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	      "\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void doubles_read_back_the_same(void **state)
{
	static const double numbers[] = { 0.1,		 1.0 / 3, 1e300, 5e-324,
					  123456789.125, -0.0,	  1e15,	 2.5e-8 };
	struct jsonw w = { .out = &out };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		jsonw_double(&w, numbers[i]);
		assert_true(strtod(strbuf_str(&out), NULL) == numbers[i]);
		strbuf_clear(&out);
	}
	jsonw_double(&w, 0.1);
	check("0.1");
	jsonw_double(&w, 5e-324);
	check("5e-324");
	jsonw_double(&w, NAN);
	check("null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_compact_line),
		cmocka_unit_test(any_byte_anywhere),
		cmocka_unit_test(writes_instants),
		cmocka_unit_test(writes_for_people),
		cmocka_unit_test(strings_come_out_valid),
		cmocka_unit_test(doubles_read_back_the_same),
	};

	return cmocka_run_group_tests_name("base/jsonw", tests, NULL, NULL);
}
