/*
 * open: what the program is told to show, and what is neither a page nor a path of the repository.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/step/rendered.h"

#define SHOWS COMMAND_ITSELF " __open -- "

static void test_words(void **state)
{
	(void)state;
	expect_words("open: docs/index.html", "", SHOWS "file docs/index.html");
	expect_words("open: 'https://example.org/${params.x}'", "a b&c",
		     SHOWS "page https://example.org/a%20b%26c");
	expect_words("open: {changed: ['src/**', '*.md']}", "", SHOWS "changed src/** *.md");
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused("open: '${params.x}'", "../up", "leads out");
	expect_refused("open: '${params.x}'", "/etc/passwd", "is absolute");
	expect_refused("open: '${params.x}'", "javascript:alert(1)", "neither a page nor a path");
	expect_refused("open: '${params.x}'", "file:///etc/passwd", "neither a page nor a path");
	expect_refused("open: '${params.x}'", ".git/config", "leads into '.git'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("step/open", tests, NULL, NULL);
}
