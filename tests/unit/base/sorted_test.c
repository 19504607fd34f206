/* base/sorted: what is there, what is not, and an empty list. */
#include "base/sorted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_find(void **state)
{
	static const char *const list[] = { "", "Z", "a", "a/b", "ab", "\xc3\xa4" };
	const size_t n = sizeof list / sizeof *list;

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sorted_find(list, n, list[i]), i);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sorted_find(list, i, list[i]), i); /* behind the end */
	assert_int_equal(sorted_find(list, n, "b"), n);
	assert_int_equal(sorted_find(list, n, "a/"), n);
	assert_int_equal(sorted_find(list, n, "\xff"), n);
	assert_int_equal(sorted_find(NULL, 0, "a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_find) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
