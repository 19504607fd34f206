/*
 * Whether two patterns have a path in common, by hand and against the matcher over all short paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/glob.h"
#include "plan/plan_impl.h"

static bool overlap(const char *a, uint8_t a_kind, const char *b, uint8_t b_kind)
{
	struct node_path x = { a, a_kind }, y = { b, b_kind };
	struct arena arena = { 0 };
	bool forth = paths_overlap(&x, &y, &arena), back = paths_overlap(&y, &x, &arena);

	arena_release(&arena);
	assert_int_equal(forth, back);
	return forth;
}

static void globs(const char *a, const char *b, bool expected)
{
	if (overlap(a, PATH_GLOB, b, PATH_GLOB) != expected)
		fail_msg("'%s' and '%s': expected %d", a, b, expected);
}

static void test_globs(void **state)
{
	(void)state;
	globs("*.c", "a*", true);
	globs("*.c", "*.h", false);
	globs("src/*.c", "src/x/*.c", false);
	globs("src/**/*.c", "src/x/*.c", true);
	globs("src/**/*.c", "src/*.c", true);
	globs("**/foo.c", "xfoo.c", false);
	globs("**/foo.c", "foo.c", true);
	globs("a/**/b/**/c", "a/b/c", true);
	globs("a/**/b", "a/x/**/c", false);
	globs("[a-c]x", "[c-e]x", true);
	globs("[a-b]x", "[c-e]x", false);
	globs("[!a]x", "ax", false);
	globs("{a,b}/*.c", "b/x.?", true);
	globs("{a,b}/*.c", "c/x.?", false);
	globs("a\\*b", "axb", false);
	globs("a\\*b", "a\\*?", true);
	globs("*a*b*c*", "xaybzc", true);
	globs("src/**", "src", false);
	globs("?", "??", false);
	globs("[ab", "[a?", true); /* not closed: a bracket is a bracket */
}

static void test_kinds(void **state)
{
	(void)state;
	assert_true(overlap("a/b", PATH_LITERAL, "a", PATH_DIR));
	assert_true(overlap("a", PATH_LITERAL, "a", PATH_DIR));
	assert_false(overlap("ab", PATH_LITERAL, "a", PATH_DIR));
	assert_true(overlap("a/b", PATH_DIR, "a", PATH_DIR));
	assert_false(overlap("a/b", PATH_DIR, "a/bc", PATH_DIR));
	assert_true(overlap("a", PATH_DIR, "**/*.c", PATH_GLOB));
	assert_false(overlap("a", PATH_DIR, "*.c", PATH_GLOB));
	assert_true(overlap("a*b", PATH_LITERAL, "a\\*b", PATH_GLOB));
	assert_false(overlap("a*b", PATH_LITERAL, "axb", PATH_GLOB));
	assert_false(overlap("x", PATH_ARTIFACT, "x", PATH_LITERAL));
	assert_false(overlap("x", PATH_EXCLUDE, "x", PATH_LITERAL));
}

/* A long pattern costs no more than the product of the lengths; beyond that it counts as a hit. */
static void test_long(void **state)
{
	char a[4096], b[300];

	(void)state;
	memset(a, '*', sizeof a);
	a[sizeof a - 1] = '\0';
	for (size_t i = 0; i < sizeof b; i++)
		b[i] = i % 2 ? 'a' : '*';
	b[200] = '\0';
	globs(a, "x/y", true);
	globs(b, "b*b*b*b*b*b*b*a", true);
}

/* Patterns and paths over a small alphabet: there is a common path within some length exactly if the
 * matcher finds one. */
static uint32_t next_random(uint32_t *seed)
{
	return (*seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223)) >> 16;
}

static void random_pattern(uint32_t *seed, char *pattern)
{
	static const char *const pieces[] = {
		"a", "b", "*", "?", "[ab]", "[!a]", "/", "/**/", "**/"
	};
	size_t n = 1 + next_random(seed) % 4, i;

	*pattern = '\0';
	for (i = 0; i < n; i++) {
		const char *piece = pieces[next_random(seed) % ARRAY_SIZE(pieces)];
		size_t len = strlen(pattern);

		if (*piece == '/' && (!len || pattern[len - 1] == '/'))
			continue;
		if (!strcmp(piece, "**/") && len && pattern[len - 1] != '/')
			continue;
		memcpy(pattern + len, piece, strlen(piece) + 1);
	}
	if (!*pattern || pattern[strlen(pattern) - 1] == '/')
		memcpy(pattern + strlen(pattern), "a", 2);
}

static bool is_path(const char *path)
{
	return *path != '/' && !strstr(path, "//") && path[strlen(path) - 1] != '/';
}

static bool have_common_path(const struct glob *a, const struct glob *b)
{
	static const char letters[] = "ab/";
	char path[8];
	unsigned len, code, rest, i, count;

	for (len = 1, count = 3; len <= 7; len++, count *= 3) {
		for (code = 0; code < count; code++) {
			for (i = 0, rest = code; i < len; i++, rest /= 3)
				path[i] = letters[rest % 3];
			path[len] = '\0';
			if (is_path(path) && glob_match(a, path) && glob_match(b, path))
				return true;
		}
	}
	return false;
}

static void test_random(void **state)
{
	uint32_t seed = 7, round;

	(void)state;
	for (round = 0; round < 400; round++) {
		struct arena arena = { 0 };
		char a[64], b[64];

		random_pattern(&seed, a);
		random_pattern(&seed, b);
		/* Without a wildcard the matcher takes in what is below too. */
		if (strpbrk(a, "*?[") && strpbrk(b, "*?["))
			globs(a, b,
			      have_common_path(glob_compile(&arena, a), glob_compile(&arena, b)));
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("plan/overlap", tests, NULL, NULL);
}
