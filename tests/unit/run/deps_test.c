/*
 * Rules as compilers and people write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "run/deps_impl.h"

static void expect_in(const char *dir, const char *text, const char *paths)
{
	struct session session = { .layout.root = "/work tree" };
	struct arena arena = { 0 };
	struct path_list list = { 0 };
	struct strbuf got = STRBUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(deps_parse(&session, text, strlen(text), dir, &arena, &list, &err), 0);
	for (size_t i = 0; i < list.paths.n; i++)
		strbuf_addf(&got, "%s|", list.paths.v[i]);
	assert_string_equal(strbuf_str(&got), paths);
	strbuf_release(&got);
	vec_release(&list.paths);
	arena_release(&arena);
}

static void expect(const char *text, const char *paths)
{
	expect_in("", text, paths);
}

static void test_compilers(void **state)
{
	(void)state;
	expect("a.o: a.c b.h \\\n c.h\n", "a.c|b.h|c.h|");
	expect("a.o: a.c b.h\n\nb.h:\n", "a.c|b.h|"); /* -MP */
	expect("a.o a.d: a.c\n", "a.c|");
	expect("a.o: \\\r\n a.c\r\nb.h:\r\n", "a.c|");
	expect("a.o: a.c", "a.c|");
	expect("", "");
}

static void test_no_blank_after_the_colon(void **state)
{
	(void)state;
	expect("a.o:a.c b.h\nc.o:c.c\n", "a.c|b.h|c.c|");
	expect("a.o :a.c\n", "a.c|");
	expect("a.o : a.c\n", "a.c|");
}

static void test_escapes(void **state)
{
	(void)state;
	expect("a.o: with\\ blank.h money$$.h \\#hash.h back\\\\slash.h\n",
	       "with blank.h|money$.h|#hash.h|back\\slash.h|");
	expect("odd\\:name.o: a.c\n", "a.c|");
	expect("a.o: a.c \\", "a.c|");
}

static void test_paths(void **state)
{
	(void)state;
	expect("o: ./a//b/../c.h ./a/c.h\n", "a/c.h|");
	expect("o: /work\\ tree/x.h /usr/include/y.h\n", "x.h|/usr/include/y.h|");
	expect("o: ../z.h\n", "/z.h|");
	expect_in("sub/dir", "o: a.h ../b.h ../../c.h ../../../d.h\n",
		  "sub/dir/a.h|sub/b.h|c.h|/d.h|");
	expect("a: . ./ b/.. c\n", ".|c|"); /* the top itself */
}

static void test_no_rule(void **state)
{
	struct session session = { .layout.root = "/r" };
	struct arena arena = { 0 };
	struct path_list list = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(deps_parse(&session, "a.c b.c\n", 8, "", &arena, &list, &err), -1);
	assert_int_equal(err.kind, ERR_VALUE);
	err_release(&err);
	vec_release(&list.paths);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compilers), cmocka_unit_test(test_no_blank_after_the_colon),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_paths),
		cmocka_unit_test(test_no_rule),
	};

	return cmocka_run_group_tests_name("run/deps", tests, NULL, NULL);
}
