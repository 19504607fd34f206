/*
 * Paths after substitution: where they may lead, and how they are spelled then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "step/command.h"

static void expect(const char *path, const char *clean)
{
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	const char *got = command_check_path(&arena, path, &err);

	if (clean) {
		assert_non_null(got);
		assert_string_equal(got, clean);
	} else {
		assert_null(got);
		assert_int_equal(err.kind, ERR_VALUE);
		assert_non_null(strstr(err_msg(&err), path));
	}
	err_release(&err);
	arena_release(&arena);
}

static void test_clean(void **state)
{
	(void)state;
	expect("a/b", "a/b");
	expect("./a//b/.", "a/b");
	expect(".", "");
	expect("", "");
	expect("a/...", "a/...");
	expect(".github/x", ".github/x");
	expect("a\nb/\xff", "a\nb/\xff");
}

static void test_refused(void **state)
{
	(void)state;
	expect("/etc/passwd", NULL);
	expect("..", NULL);
	expect("a/../b", NULL);
	expect(".git", NULL);
	expect("./.git/hooks/pre-commit", NULL);
	expect("sub/.git/config", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("step/command", tests, NULL, NULL);
}
