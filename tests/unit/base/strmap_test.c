/*
 * Maps from strings, and the nearest word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/strmap.h"

static void finds_what_was_put(void **state)
{
	struct strmap map = { 0 };
	int a, b;

	(void)state;
	assert_null(strmap_get(&map, "a"));
	assert_null(strmap_put(&map, "a", &a));
	assert_null(strmap_put(&map, "", &b));
	assert_ptr_equal(strmap_get(&map, "a"), &a);
	assert_ptr_equal(strmap_get_n(&map, "abc", 1), &a);
	assert_ptr_equal(strmap_get(&map, ""), &b);
	assert_ptr_equal(strmap_put(&map, "a", &b), &a);
	assert_ptr_equal(strmap_get(&map, "a"), &b);
	assert_int_equal(map.n, 2);
	strmap_release(&map);
	strmap_release(NULL);
}

static void keeps_the_order_of_many(void **state)
{
	struct arena arena = { 0 };
	struct strmap map = { 0 };
	char key[32];
	size_t i, n = 20000;

	(void)state;
	for (i = 0; i < n; i++)
		strmap_put(&map, arena_printf(&arena, "layer%zu/step-%zu", i % 10, i),
			   (void *)(i + 1));
	assert_int_equal(map.n, n);
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof key, "layer%zu/step-%zu", i % 10, i);
		assert_int_equal((uintptr_t)strmap_get(&map, key), i + 1);
		assert_string_equal(map.entries[i].key, key);
	}
	assert_null(strmap_get(&map, "layer0/step-20000"));
	strmap_release(&map);
	arena_release(&arena);
}

static void suggests_only_what_is_near(void **state)
{
	static const char *const words[] = { "inputs", "outputs", "needs", "run", "if", "timeout" };
	struct strmap map = { 0 };

	(void)state;
	assert_string_equal(nearest_word("input", words, ARRAY_SIZE(words)), "inputs");
	assert_string_equal(nearest_word("ouptuts", words, ARRAY_SIZE(words)), "outputs");
	assert_string_equal(nearest_word("Needs", words, ARRAY_SIZE(words)), "needs");
	assert_string_equal(nearest_word("time_out", words, ARRAY_SIZE(words)), "timeout");
	assert_null(nearest_word("banana", words, ARRAY_SIZE(words)));
	assert_null(nearest_word("x", words, ARRAY_SIZE(words)));
	assert_null(nearest_word("", words, ARRAY_SIZE(words)));
	strmap_put(&map, "compile", NULL);
	strmap_put(&map, "link", NULL);
	assert_string_equal(strmap_nearest(&map, "complie"), "compile");
	strmap_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put),
		cmocka_unit_test(keeps_the_order_of_many),
		cmocka_unit_test(suggests_only_what_is_near),
	};

	return cmocka_run_group_tests_name("base/strmap", tests, NULL, NULL);
}
