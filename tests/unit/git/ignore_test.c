/*
 * Ignore rules, one by one: what a line means and what it matches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "git/ignore_impl.h"
#include "git/wild_impl.h"

static bool is_hidden(const char *rules, const char *path)
{
	struct arena arena = { 0 };
	char *text = strdup(rules);
	size_t len = strlen(path);
	struct ignore_path query = { .is_dir = path[len - 1] == '/' };
	const struct ignore_list *list = ignore_parse(&arena, text, strlen(rules), 0, NULL, false);
	char *copy = strdup(path);
	bool result;

	if (query.is_dir)
		copy[--len] = '\0';
	query.path = copy;
	query.len = len;
	query.name = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy;
	query.name_len = strlen(query.name);
	result = ignore_is_hidden(list, &query);
	free(copy);
	free(text);
	arena_release(&arena);
	return result;
}

static void means_what_the_manual_says(void **state)
{
	static const struct {
		const char *rules, *path;
		bool hidden;
	} cases[] = {
		{ "foo", "foo", true },
		{ "foo", "a/foo", true },
		{ "foo", "a/foo/", true },
		{ "foo", "food", false },
		{ "foo/", "foo", false },
		{ "foo/", "a/foo/", true },
		{ "/foo", "foo", true },
		{ "/foo", "a/foo", false },
		{ "a/foo", "a/foo", true },
		{ "a/foo", "b/a/foo", false },
		{ "*.o", "x.o", true },
		{ "*.o", "a/.o", true },
		{ "*.o", "x.oo", false },
		{ "/*.o", "a/x.o", false },
		{ "a/*.o", "a/b/x.o", false },
		{ "**/foo", "foo", true },
		{ "**/foo", "a/b/foo", true },
		{ "**/a/foo", "x/a/foo", true },
		{ "**/a/foo", "xa/foo", false },
		{ "a/**", "a/b", true },
		{ "a/**", "a", false },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b", "a/xb", false },
		{ "a**b/c", "axxb/c", true },
		{ "a**b/c", "ax/xb/c", false },
		{ "*.o\n!x.o", "x.o", false },
		{ "!x.o\n*.o", "x.o", true },
		{ "# x\n\\#y", "# x", false },
		{ "\\#y", "#y", true },
		{ "\\!y", "!y", true },
		{ "foo  ", "foo", true },
		{ "foo\\ ", "foo ", true },
		{ "foo\\  ", "foo ", true },
		{ "foo\r\nbar\r\n", "foo", true },
		{ "foo\r\nbar\r", "bar", true },
		{ "\xef\xbb\xbf"
		  "foo",
		  "foo", true },
		{ "\r\n/\n!\n", "x", false },
		{ "[ab]", "a", true },
		{ "[!ab]", "a", false },
		{ "[^ab]", "c", true },
		{ "[]a]", "]", true },
		{ "[a", "[a", false },
		{ "foo\\", "foo\\", false },
		{ "a?c", "abc", true },
		{ "/a?c", "a/c", false },
		{ "*", "anything", true },
		{ "*\n!*/", "dir/", false },
		{ "*\n!*/", "file", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (is_hidden(cases[i].rules, cases[i].path) != cases[i].hidden)
			fail_msg("'%s' and '%s'", cases[i].rules, cases[i].path);
}

static void the_nearest_file_with_an_opinion_decides(void **state)
{
	struct arena arena = { 0 };
	char upper[] = "*.o\nkeep", lower[] = "!x.o";
	const struct ignore_list *top = ignore_parse(&arena, upper, strlen(upper), 0, NULL, false);
	const struct ignore_list *sub = ignore_parse(&arena, lower, strlen(lower), 3, top, false);
	struct ignore_path path = { "sub/x.o", 7, NULL, 3, false };

	(void)state;
	path.name = path.path + 4;
	assert_false(ignore_is_hidden(sub, &path));
	assert_true(ignore_is_hidden(top, &path));
	path = (struct ignore_path){ "sub/keep", 8, path.path, 4, false };
	path.name = path.path + 4;
	assert_true(ignore_is_hidden(sub, &path));
	arena_release(&arena);
}

static void folds_case_as_git_does(void **state)
{
	(void)state;
	assert_true(wild_match("FOO*", "fooBAR", WILD_FOLD_CASE));
	assert_true(wild_match("[A-Z]", "q", WILD_FOLD_CASE));
	assert_true(wild_match("[[:upper:]]", "q", WILD_FOLD_CASE));
	assert_false(wild_match("[A]", "a", WILD_FOLD_CASE));
	assert_false(wild_match("FOO*", "fooBAR", 0));
}

/* Backtracking without a plan takes longer than the universe has. */
static void no_pattern_takes_long(void **state)
{
	char pattern[1000] = "", text[1000] = "";
	clock_t start = clock();

	(void)state;
	for (int i = 0; i < 60; i++) {
		strcat(pattern, "**/*a*");
		strcat(text, i ? "/aaaa" : "aaaa");
		if (i < 59)
			strcat(pattern, "/");
	}
	assert_true(wild_match(pattern, text, WILD_PATH));
	strcat(pattern, "b");
	assert_false(wild_match(pattern, text, WILD_PATH));
	assert_false(wild_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0));
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_what_the_manual_says),
		cmocka_unit_test(the_nearest_file_with_an_opinion_decides),
		cmocka_unit_test(folds_case_as_git_does),
		cmocka_unit_test(no_pattern_takes_long),
	};

	return cmocka_run_group_tests_name("git/ignore", tests, NULL, NULL);
}
