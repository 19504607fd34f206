/*
 * Values: truth, text, JSON there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "model/value.h"

static void check_text(const struct value *value, const char *expected)
{
	struct strbuf out = STRBUF_INIT;

	value_to_text(value, &out);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_release(&out);
}

static struct value parse(struct arena *arena, const char *json)
{
	struct value value;

	assert_int_equal(value_from_json(arena, json, strlen(json), &value, NULL), 0);
	return value;
}

static void test_truth(void **state)
{
	static const struct {
		const char *json;
		bool is_true;
	} cases[] = { { "null", false },  { "false", false },	{ "0", false },
		      { "\"\"", false },  { "[]", false },	{ "{}", false },
		      { "true", true },	  { "0.5", true },	{ "\"0\"", true },
		      { "[null]", true }, { "{\"a\":0}", true } };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct value value = parse(&arena, cases[i].json);

		assert_int_equal(value_is_true(&value), cases[i].is_true);
	}
	arena_release(&arena);
}

static void test_text(void **state)
{
	struct arena arena = { 0 };
	struct value value = value_null();

	(void)state;
	check_text(&value, "");
	value = value_number(3);
	check_text(&value, "3");
	value = value_number(-0.0);
	check_text(&value, "0");
	value = value_number(0.1);
	check_text(&value, "0.1");
	value = value_number(1.0 / 3);
	check_text(&value, "0.3333333333333333");
	value = value_bool(true);
	check_text(&value, "true");
	value = value_string(NULL);
	assert_int_equal(value.kind, VALUE_NULL);
	value = parse(&arena, "[\"a b\", 1, null, true]");
	check_text(&value, "a b\n1\n\ntrue");
	value = parse(&arena, "{\"k\": [1, 2.5]}");
	check_text(&value, "{\"k\":[1,2.5]}");
	value = parse(&arena, "12345678901234567");
	check_text(&value, "12345678901234567");
	arena_release(&arena);
}

static void test_json(void **state)
{
	struct strbuf out = STRBUF_INIT;
	struct arena arena = { 0 };
	struct value value = parse(&arena, "{\"a\": \"x\\n\", \"b\": [1, -2.5, null, false]}");
	struct err err = ERR_INIT;

	(void)state;
	value_to_json(&value, &out);
	assert_string_equal(out.buf, "{\"a\":\"x\\n\",\"b\":[1,-2.5,null,false]}");
	assert_int_equal(value_member(&value, "b", 1)->n, 4);
	assert_null(value_member(&value, "c", 1));
	assert_int_equal(value_from_json(&arena, "{", 1, &value, &err), -1);
	assert_true(strlen(err_msg(&err)) > 0);
	err_release(&err);
	strbuf_release(&out);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("model/value", tests, NULL, NULL);
}
