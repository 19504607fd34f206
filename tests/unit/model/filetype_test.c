/*
 * What kind of file something is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compat.h"
#include "model/filetype.h"

static const struct {
	const char *word, *path;
	uint32_t mode;
	const char *head; /* NULL: not read */
	bool is;
} cases[] = {
	{ "python", "a/b.py", 0100644, NULL, true },
	{ "python", "a/b.pyx", 0100644, NULL, false },
	{ "python", "tool", 0100755, "#!/usr/bin/env python3.11\nx", true },
	{ "python", "tool", 0100755, "#!/usr/bin/env -S python3 -u\n", true },
	{ "python", "tool", 0100755, "#!/usr/bin/python\r\n", true },
	{ "python", "tool", 0100755, "#!/bin/sh\n# python\n", false },
	{ "python", "tool.sh", 0100755, "#!/usr/bin/python\n", false },
	{ "python", "tool", 0100755, NULL, false },
	{ "python", "link.py", 0120000, NULL, false },
	{ "shell", "tool", 0100644, "#! /bin/bash", true },
	{ "shell", "tool", 0100644, "#!", false },
	{ "shell", "tool", 0100644, "#!/usr/bin/env", false },
	{ "shell", ".bashrc", 0100644, NULL, true },
	{ "dockerfile", "x/Dockerfile", 0100644, NULL, true },
	{ "dockerfile", "Dockerfile.test", 0100644, NULL, true },
	{ "makefile", "Makefile.am", 0100644, NULL, false },
	{ "c", "x.C", 0100644, NULL, false },
	{ "c++", "x.C", 0100644, NULL, true },
	{ "meson", "x.", 0100644, NULL, false },
	{ "file", "x", 0100644, NULL, true },
	{ "file", "x", 0120000, NULL, false },
	{ "symlink", "x", 0120000, NULL, true },
	{ "executable", "x", 0100755, NULL, true },
	{ "executable", "x", 0100644, NULL, false },
	{ "text", "x", 0100644, "abc", true },
	{ "binary", "x", 0100644, "abc", false },
	{ "nonsense", "x", 0100644, "abc", false },
};

static void test_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filetype_file file = { cases[i].path, cases[i].mode, cases[i].head,
					      cases[i].head ? strlen(cases[i].head) : 0 };

		if (filetype_is(cases[i].word, &file) != cases[i].is)
			fail_msg("%s %s: not %d", cases[i].word, cases[i].path, cases[i].is);
	}
}

static void test_binary(void **state)
{
	const struct filetype_file file = { "x", 0100644, "a\0b", 3 };

	(void)state;
	assert_true(filetype_is("binary", &file));
	assert_false(filetype_is("text", &file));
}

static void test_words(void **state)
{
	const struct filetype_file plain = { "tool", 0100755, NULL, 0 };
	const struct filetype_file named = { "tool.py", 0100755, NULL, 0 };
	const struct filetype_file link = { "tool", 0120000, NULL, 0 };

	(void)state;
	assert_true(filetype_is_known("text"));
	assert_true(filetype_is_known("c++"));
	assert_false(filetype_is_known("Python"));
	assert_string_equal(filetype_nearest("pythn"), "python");
	assert_true(filetype_needs_head("python", &plain));
	assert_false(filetype_needs_head("python", &named));
	assert_false(filetype_needs_head("rust", &plain));
	assert_true(filetype_needs_head("binary", &named));
	assert_false(filetype_needs_head("text", &link));
	assert_false(filetype_needs_head("executable", &plain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("model/filetype", tests, NULL, NULL);
}
