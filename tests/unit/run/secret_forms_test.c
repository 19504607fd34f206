/*
 * The forms in which a secret is looked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "run/secrets_impl.h"

struct found {
	size_t n;
	const char *forms[32];
};

static void take(void *data, const char *form)
{
	struct found *found = data;

	assert_true(found->n < 32);
	found->forms[found->n++] = form;
}

static bool holds_one(const struct found *found, const char *text)
{
	for (size_t i = 0; i < found->n; i++)
		if (strstr(text, found->forms[i]))
			return true;
	return false;
}

static void test_forms(void **state)
{
	/* base64 of "hunter2 &/?" alone, after one byte and after two, and with more behind it */
	static const char *const texts[] = {
		"hunter2 &/?",		"aHVudGVyMiAmLz8=",	"eGh1bnRlcjIgJi8/",
		"eHhodW50ZXIyICYvPw==", "aHVudGVyMiAmLz95eXk=", "hunter2%20%26%2F%3F",
		"hunter2%20%26%2f%3f",	"hunter2+%26%2F%3F",	"aHVudGVyMiAmLz95eXk",
	};
	struct arena arena = { 0 };
	struct found found = { 0 };

	(void)state;
	secret_forms(&arena, "hunter2 &/?", take, &found);
	assert_string_equal(found.forms[0], "hunter2 &/?");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!holds_one(&found, texts[i]))
			fail_msg("not found in %s", texts[i]);
	assert_false(holds_one(&found, "aHVudGVyMQ== hunter1 hunter%202"));
	arena_release(&arena);
}

static void test_lines_and_json(void **state)
{
	struct arena arena = { 0 };
	struct found found = { 0 };

	(void)state;
	secret_forms(&arena, "-----BEGIN\nMIIEvQ\"IBADANBg\nab\n", take, &found);
	assert_true(holds_one(&found, "x MIIEvQ\"IBADANBg y"));
	assert_true(holds_one(&found, "{\"k\": \"-----BEGIN\\nMIIEvQ\\\"IBADANBg\\nab\\n\"}"));
	assert_false(holds_one(&found, "ab"));
	arena_release(&arena);
}

static void test_short(void **state)
{
	struct arena arena = { 0 };
	struct found found = { 0 };

	(void)state;
	secret_forms(&arena, "a b", take, &found);
	assert_int_equal(found.n, 1);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_lines_and_json),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests_name("run/secret_forms", tests, NULL, NULL);
}
