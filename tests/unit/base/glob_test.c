/*
 * Path patterns: a table of cases, bounds for hostile patterns, and the same answers as
 * `git ls-files ':(glob)…'` for many odd names and patterns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compat.h"
#include "base/glob.h"
#include "base/strbuf.h"

static bool matches(const char *pattern, const char *path)
{
	struct arena arena = { 0 };
	bool result = glob_match(glob_compile(&arena, pattern), path);

	arena_release(&arena);
	return result;
}

static void check(const char *pattern, const char *path, bool expected)
{
	if (matches(pattern, path) != expected)
		fail_msg("'%s' %s '%s'", pattern, expected ? "must match" : "must not match", path);
}

static void test_wildcards_stop_at_slash(void **state)
{
	(void)state;
	check("*.c", "a.c", true);
	check("*.c", ".c", true);
	check("*.c", "d/a.c", false);
	check("src/*/x", "src/a/x", true);
	check("src/*/x", "src/a/b/x", false);
	check("a?c", "a/c", false);
	check("a?c", "abc", true);
	check("a[/]c", "a/c", false);
	check("a[!x]c", "a/c", false);
	check("a*b*c", "aXXbYYc", true);
	check("a*b*c", "aXXbYY", false);
	check("foo**bar", "foo/bar", false);
	check("foo**bar", "fooXbar", true);
}

static void test_double_star_crosses_directories(void **state)
{
	(void)state;
	check("**/a.c", "a.c", true);
	check("**/a.c", "x/y/a.c", true);
	check("**/a.c", "xa.c", false);
	check("src/**", "src/a/b", true);
	check("src/**", "src", false);
	check("src/**/a.c", "src/a.c", true);
	check("src/**/a.c", "src/x/y/a.c", true);
	check("src/**/a.c", "srca.c", false);
	check("**", "a/b", true);
	check("**/x/**/y", "a/x/b/c/y", true);
	check("**/x/**/y", "a/b/c/y", false);
	check("**/**/y", "y", true);
}

static void test_brackets(void **state)
{
	(void)state;
	check("[a-c]x", "bx", true);
	check("[a-c]x", "dx", false);
	check("[^a-c]x", "dx", true);
	check("[]]", "]", true);
	check("[!]]", "]", false);
	check("[]-a]", "^", true);
	check("[a-]", "-", true);
	check("[[:digit:]]", "7", true);
	check("[[:digit:]]", "x", false);
	check("[\\]]", "]", true);
	check("[[:nope:]]", "n", false);
	check("a[b", "a[b", true);
	check("*[b", "a[b", false);
	check("\\*", "*", true);
	check("\\*", "a", false);
	check("a\\", "a\\", true);
	check("*\\", "a\\", false);
}

static void test_braces(void **state)
{
	(void)state;
	check("*.{c,h}", "a.h", true);
	check("*.{c,h}", "a.x", false);
	check("{src,include}/**/*.{c,h}", "include/x/a.h", true);
	check("a{b,c{d,e}}f", "acef", true);
	check("a{b,c{d,e}}f", "acf", false);
	check("a{,b}", "a", true);
	check("a{,b}", "ab", true);
	check("a{b}", "a{b}", true);
	check("a{b}", "ab", false);
	check("a{b,c", "a{b,c", true);
	check("\\{a,b}", "{a,b}", true);
	check("{a\\,b,c}", "a,b", true);
	check("{a,{b}", "{a,{b}", true);
}

static void test_paths_below_a_literal(void **state)
{
	(void)state;
	check("src", "src", true);
	check("src", "src/a/b.c", true);
	check("src/", "src/a/b.c", true);
	check("src/", "src", false);
	check("src", "srcx", false);
	check("./src//a", "src/a", true);
	check("", "a", false);
	check(".", "a", true);
	check("src/.", "src/a", true);
	check("sr*", "src/a", false);
}

static void test_git_dir_never_matches(void **state)
{
	(void)state;
	check("**", ".git/config", false);
	check("**", "sub/.git", false);
	check(".git", ".git", false);
	check("**", ".gitignore", true);
	check("*", ".github", true);
}

static void test_literal_prefix(void **state)
{
	(void)state;
	assert_int_equal(glob_literal_prefix("src/a/b*.c"), 6);
	assert_int_equal(glob_literal_prefix("src/a/b.c"), 6);
	assert_int_equal(glob_literal_prefix("*.c"), 0);
	assert_int_equal(glob_literal_prefix("a.c"), 0);
	assert_int_equal(glob_literal_prefix("src/{a,b}/c"), 4);
	assert_true(glob_has_magic("a*"));
	assert_true(glob_has_magic("{a,b}"));
	assert_false(glob_has_magic("{a}"));
	assert_false(glob_has_magic("a/b.c"));
}

static bool may_match_below(const char *pattern, const char *dir)
{
	struct arena arena = { 0 };
	bool result = glob_may_match_below(glob_compile(&arena, pattern), dir);

	arena_release(&arena);
	return result;
}

static void test_may_match_below(void **state)
{
	(void)state;
	assert_true(may_match_below("src/**/*.c", ""));
	assert_true(may_match_below("src/**/*.c", "src/a/b"));
	assert_false(may_match_below("src/**/*.c", "lib"));
	assert_true(may_match_below("src/*/x", "src/a"));
	assert_false(may_match_below("src/*/x", "src/a/b"));
	assert_false(may_match_below("*.c", "src"));
	assert_true(may_match_below("{a,b}/c", "b"));
	assert_true(may_match_below("a/b", "a"));
	assert_true(may_match_below("a/b", "a/b/c"));
	assert_false(may_match_below("a/b", "a/bc"));
	assert_false(may_match_below("**", ".git"));
	assert_true(may_match_below("**/x", "a/b"));
	assert_false(may_match_below("a*b/x", "a"));
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void test_hostile_patterns_take_bounded_time(void **state)
{
	char pattern[4000], path[4000];
	double start = now_s();
	struct arena arena = { 0 };
	const char **expanded;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 3);
	pattern[sizeof pattern - 3] = 'b';
	memset(path, 'a', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_false(matches(pattern, path));
	for (size_t i = 0; i + 5 < sizeof pattern; i += 5)
		memcpy(pattern + i, "**/a/", 6);
	for (size_t i = 1; i < sizeof path - 1; i += 2)
		path[i] = '/';
	path[sizeof path - 2] = 'b';
	assert_false(matches(pattern, path));
	for (size_t i = 0; i + 5 < sizeof pattern; i += 5)
		memcpy(pattern + i, "{a,b}", 6);
	assert_int_equal(glob_expand_braces(&arena, pattern, &expanded), 1);
	memset(pattern, '{', sizeof pattern - 1);
	assert_int_equal(glob_expand_braces(&arena, pattern, &expanded), 1);
	arena_release(&arena);
	assert_true(now_s() - start < 2);
}

/* Names and patterns for the comparison with git. */

static const char *const odd_names[] = {
	"a",	"b",	"ab",  "abc", "a.c",	  ".hidden", "x y", "a*b",   "a[b",   "a]b",
	"[ab]", "a\\b", "a-b", "A",   "0",	  "^",	     "!x",  "a?",    "{a,b}", "a{b",
	"a,b",	"-x",	"#h",  "~t",  "\xc3\xa9", "a\tb",    "**",  ".gitx", "..x",   "a.c.c",
};

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static const char *pick(uint32_t *seed, const char *const *list, size_t n)
{
	return list[next_random(seed) % n];
}

static void random_path(uint32_t *seed, struct strbuf *path)
{
	static const char *const dirs[] = { "a", "b", "ab", "d.x", "[a]", "x y", "..d" };
	size_t depth = next_random(seed) % 4;

	strbuf_clear(path);
	for (size_t i = 0; i < depth; i++)
		strbuf_addf(path, "D%s/", pick(seed, dirs, ARRAY_SIZE(dirs)));
	strbuf_addstr(path, pick(seed, odd_names, ARRAY_SIZE(odd_names)));
}

/* "foo**" where the stars follow a literal is left out: git treats the part after its literal
 * prefix as a pattern of its own there. */
static void random_pattern(uint32_t *seed, struct strbuf *pattern)
{
	static const char *const bits[] = {
		"*",	"?",   "a",    "b",	      "c",	     "/",	"/",
		"**/",	"/**", "/**/", "D",	      "[a-c]",	     "[!a]",	"[^x]",
		"\\*",	"\\a", "[]]",  "[[:alpha:]]", ".",	     "Da/",	"D*/",
		"[",	"]",   "-",    "[a-",	      "[[:punct:]]", "[\\]a]",	"[a/b]",
		"D.*/", "a.c", "x y",  "\\",	      "[!-~]",	     "[[:x:]]", "***/",
	};
	size_t n = 1 + next_random(seed) % 5;

	strbuf_clear(pattern);
	for (size_t i = 0; i < n; i++)
		strbuf_addstr(pattern, pick(seed, bits, ARRAY_SIZE(bits)));
}

static bool is_comparable(const char *pattern)
{
	size_t literal = strcspn(pattern, "*?[\\");

	if (pattern[0] == '/' || strstr(pattern, "//") || strstr(pattern, "/./") ||
	    strncmp(pattern, "./", 2) == 0 || strstr(pattern, "..") || strcmp(pattern, ".") == 0)
		return false;
	if (strstr(pattern, "\\/")) /* a slash is a slash here; there the backslash hides it */
		return false;
	return !(literal > 0 && pattern[literal - 1] != '/' &&
		 strncmp(pattern + literal, "**", 2) == 0);
}

static FILE *open_git(const char *dir, const char *args, const char *mode)
{
	char command[512];
	FILE *file;

	snprintf(command, sizeof command,
		 "cd '%s' && exec env -i PATH=\"$PATH\" HOME=/nonexistent git %s", dir, args);
	file = popen(command, mode);
	assert_non_null(file);
	return file;
}

/* A repository whose index has these paths; no file of them exists. */
static size_t make_repository(char *dir, char **paths, size_t max)
{
	static const char blob[] = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
	struct strbuf path = STRBUF_INIT;
	uint32_t seed = 7;
	size_t n = 0;
	FILE *git;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(pclose(open_git(dir, "init -q .", "r")), 0);
	git = open_git(dir, "update-index -z --index-info", "w");
	while (n < max) {
		bool is_new = true;

		random_path(&seed, &path);
		for (size_t i = 0; i < n; i++)
			is_new = is_new && strcmp(paths[i], path.buf) != 0;
		if (!is_new)
			continue;
		paths[n++] = strdup(path.buf);
		fprintf(git, "100644 %s\t%s", blob, path.buf);
		fputc('\0', git);
	}
	assert_int_equal(pclose(git), 0);
	strbuf_release(&path);
	return n;
}

static void set_pathspec(const char *pattern)
{
	struct strbuf spec = STRBUF_INIT;

	strbuf_addf(&spec, ":(glob)%s", pattern);
	setenv("PATTERN", spec.buf, 1);
	strbuf_release(&spec);
}

static void compare_with_git(const char *dir, const char *pattern, char *const *paths, size_t n)
{
	static char listed[1 << 16];
	size_t len;
	FILE *git;

	set_pathspec(pattern);
	git = open_git(dir, "ls-files -z -- \"$PATTERN\"", "r");
	len = fread(listed, 1, sizeof listed - 1, git);
	assert_int_equal(pclose(git), 0);
	listed[len] = '\0';
	for (size_t i = 0; i < n; i++) {
		bool by_git = false;

		for (const char *s = listed; s < listed + len; s += strlen(s) + 1)
			by_git = by_git || strcmp(s, paths[i]) == 0;
		check(pattern, paths[i], by_git);
	}
}

static void test_same_answers_as_git(void **state)
{
	char dir[] = "/tmp/glob_test.XXXXXX", command[64], *paths[300];
	struct strbuf pattern = STRBUF_INIT;
	size_t n = make_repository(dir, paths, ARRAY_SIZE(paths)), compared = 0;
	uint32_t seed = 42;

	(void)state;
	while (compared < 400) {
		random_pattern(&seed, &pattern);
		if (!is_comparable(pattern.buf))
			continue;
		compare_with_git(dir, pattern.buf, paths, n);
		compared++;
	}
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	strbuf_release(&pattern);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

/* What glob_match() accepts must never lie below a directory that a walk would prune. */
static void test_pruning_loses_nothing(void **state)
{
	struct strbuf pattern = STRBUF_INIT, path = STRBUF_INIT;
	uint32_t seed = 99;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct arena arena = { 0 };
		const struct glob *glob;

		random_pattern(&seed, &pattern);
		random_path(&seed, &path);
		glob = glob_compile(&arena, pattern.buf);
		if (glob_match(glob, path.buf)) {
			for (char *slash; (slash = strrchr(path.buf, '/'));) {
				*slash = '\0';
				if (!glob_may_match_below(glob, path.buf))
					fail_msg("'%s' pruned '%s'", pattern.buf, path.buf);
			}
			assert_true(glob_may_match_below(glob, ""));
		}
		arena_release(&arena);
	}
	strbuf_release(&pattern);
	strbuf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wildcards_stop_at_slash),
		cmocka_unit_test(test_double_star_crosses_directories),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_paths_below_a_literal),
		cmocka_unit_test(test_git_dir_never_matches),
		cmocka_unit_test(test_literal_prefix),
		cmocka_unit_test(test_may_match_below),
		cmocka_unit_test(test_hostile_patterns_take_bounded_time),
		cmocka_unit_test(test_same_answers_as_git),
		cmocka_unit_test(test_pruning_loses_nothing),
	};

	return cmocka_run_group_tests_name("base/glob", tests, NULL, NULL);
}
