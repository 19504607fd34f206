/*
 * Where this program is, and what lies beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "sys/self.h"

static void knows_where_it_is(void **state)
{
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *path = self_path(&arena, NULL);

	(void)state;
	assert_non_null(path);
	assert_int_equal(*path, '/');
	assert_string_equal(strrchr(path, '/'), "/self_test");
	assert_int_equal(access(path, X_OK), 0);
}

static void finds_the_first_that_is_there(void **state)
{
	static const char *const above[] = { "/nothing/there", "/../sys/self_test", "/self_test" };
	static const char *const none[] = { "/nothing/there" };
	struct arena arena CLEANUP(arena_release) = { 0 };
	const char *dir = NULL;
	const char *path = self_find(above, ARRAY_SIZE(above), X_OK, &dir, &arena, NULL);

	(void)state;
	assert_string_equal(path, arena_join(&arena, dir, above[1], ""));
	assert_string_equal(arena_join(&arena, dir, "/self_test", ""), self_path(&arena, NULL));
	assert_null(self_find(none, ARRAY_SIZE(none), X_OK, NULL, &arena, NULL));
}

static void what_is_there_but_of_no_use_is_not_missing(void **state)
{
	static const char *const places[] = { "/nothing/there", "/self_test.d", "/nor/here" };
	struct arena arena CLEANUP(arena_release) = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_null(self_find(places, ARRAY_SIZE(places), X_OK, NULL, &arena, &err));
	assert_non_null(strstr(err_msg(&err), "/self_test.d': Permission denied"));
	err_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_where_it_is),
		cmocka_unit_test(finds_the_first_that_is_there),
		cmocka_unit_test(what_is_there_but_of_no_use_is_not_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
