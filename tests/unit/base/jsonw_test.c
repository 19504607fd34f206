/*
 * JSON that any reader takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

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
		cmocka_unit_test(writes_for_people),
		cmocka_unit_test(strings_come_out_valid),
		cmocka_unit_test(doubles_read_back_the_same),
	};

	return cmocka_run_group_tests_name("base/jsonw", tests, NULL, NULL);
}
