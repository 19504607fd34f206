/*
 * JSON documents into trees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ext/json.h"

static const struct json *parse(struct arena *arena, const char *text, struct err *err)
{
	return json_parse(arena, text, strlen(text), err);
}

static void test_values(void **state)
{
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	const struct json *root = parse(&arena,
					"{\"s\":\"\xc3\xa4\\ud83d\\ude00\",\"i\":9007199254740993,"
					"\"r\":1.5,\"b\":true,\"n\":null,\"a\":[1,2],\"o\":{}}",
					&err);

	(void)state;
	assert_non_null(root);
	assert_string_equal(json_get_string(root, "s", ""), "\xc3\xa4\xf0\x9f\x98\x80");
	assert_true(json_get_int(root, "i", 0) == 9007199254740993);
	assert_true(json_get(root, "r")->number > 1.49);
	assert_false(json_get(root, "r")->is_integer);
	assert_true(json_get_bool(root, "b", false));
	assert_int_equal(json_get(root, "n")->kind, JSON_NULL);
	assert_int_equal(json_get(root, "a")->n, 2);
	assert_string_equal(root->keys[6], "o");
	assert_null(json_get(root, "none"));
	assert_null(json_get(json_get(root, "a"), "x"));
	assert_int_equal(json_get_int(root, "s", 7), 7);
	arena_release(&arena);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",    "{",	      "{\"a\":1,\"a\":2}",   "[1] x", "\"\xff\"", "{'a':1}", "[1,]",
		"nul", "\"\\u0000\"", "99999999999999999999"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct arena arena = { 0 };
		struct err err = ERR_INIT;

		assert_null(parse(&arena, texts[i], &err));
		assert_int_equal(err.kind, ERR_INVALID);
		assert_non_null(strstr(err_msg(&err), "line 1, column "));
		err_release(&err);
		arena_release(&arena);
	}
}

static void test_depth(void **state)
{
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	char text[300];

	(void)state;
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	assert_non_null(json_parse(&arena, text, 128, &err));
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	assert_null(json_parse(&arena, text, 130, &err));
	assert_string_equal(err_msg(&err), "nested more than 64 deep");
	err_release(&err);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests_name("ext/json", tests, NULL, NULL);
}
