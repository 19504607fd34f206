/*
 * Reading a command line by tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/option.h"

struct values {
	bool flag, other;
	const char *text, *choice;
	uint32_t count;
	uint64_t time_ms;
	struct option_values list, optional;
};

#define AT(member) offsetof(struct values, member)

static const struct option_row rows[] = {
	{ 'f', "flag", OPTION_FLAG, AT(flag), NULL, NULL, "", 0 },
	{ 'o', "other", OPTION_FLAG, AT(other), NULL, NULL, "", OPTION_NOT_KEY },
	{ 't', "text", OPTION_STRING, AT(text), "TEXT", NULL, "", 0 },
	{ 0, "choice", OPTION_CHOICE, AT(choice), "WHAT", "one|two", "", 0 },
	{ 'n', "count", OPTION_COUNT, AT(count), "N", NULL, "", 0 },
	{ 0, "time", OPTION_MINUTES, AT(time_ms), "T", NULL, "", 0 },
	{ 'l', "list", OPTION_LIST, AT(list), "X", NULL, "", 0 },
	{ 0, "optional", OPTION_OPTIONAL, AT(optional), "X", NULL, "", 0 },
	{ 0, "later", OPTION_LATER, 0, NULL, NULL, NULL, 0 },
};

static const struct option_table table = { rows, ARRAY_SIZE(rows) };

struct parsed {
	struct values values;
	struct option_words words;
	struct arena arena;
	struct err err;
	int rc;
};

static struct parsed *parse(bool keep_unknown, const char *const *argv)
{
	static struct parsed parsed;
	const struct option_set set = { &table, &parsed.values };

	memset(&parsed, 0, sizeof parsed);
	parsed.rc = option_parse(&set, 1, keep_unknown, (char *const *)(uintptr_t)argv,
				 &parsed.arena, &parsed.words, &parsed.err);
	return &parsed;
}

#define PARSE(...)	 parse(false, (const char *const[]){ __VA_ARGS__, NULL })
#define PARSE_LOOSE(...) parse(true, (const char *const[]){ __VA_ARGS__, NULL })

static void done(struct parsed *p)
{
	vec_release(&p->values.list.list);
	vec_release(&p->values.optional.list);
	option_words_release(&p->words);
	arena_release(&p->arena);
	err_release(&p->err);
}

static void refuses(struct parsed *p, const char *message)
{
	assert_int_equal(p->rc, -1);
	assert_int_equal(p->err.kind, ERR_USAGE);
	assert_string_equal(err_msg(&p->err), message);
	done(p);
}

static void test_every_kind(void **state)
{
	struct parsed *p = PARSE("--flag", "a", "--text=x y", "--choice", "two", "--count", "7",
				 "--time", "5", "-l", "1", "--list=2", "--optional", "b",
				 "--optional=3");

	(void)state;
	assert_int_equal(p->rc, 0);
	assert_true(p->values.flag);
	assert_string_equal(p->values.text, "x y");
	assert_string_equal(p->values.choice, "two");
	assert_int_equal(p->values.count, 7);
	assert_int_equal(p->values.time_ms, 300000);
	assert_int_equal(p->values.list.list.n, 2);
	assert_string_equal(p->values.list.list.v[1], "2");
	assert_int_equal(p->values.optional.list.n, 2);
	assert_string_equal(p->values.optional.list.v[0], "");
	assert_string_equal(p->values.optional.list.v[1], "3");
	assert_int_equal(p->words.list.n, 2);
	assert_string_equal(p->words.list.v[1].text, "b");
	done(p);
}

static void test_letters_are_bundled(void **state)
{
	struct parsed *p = PARSE("-fon4", "-t", "-x", "-tword");

	(void)state;
	assert_int_equal(p->rc, 0);
	assert_true(p->values.flag && p->values.other);
	assert_int_equal(p->values.count, 4);
	assert_string_equal(p->values.text, "word");
	done(p);
}

static void test_two_dashes_end_the_options(void **state)
{
	struct parsed *p = PARSE("-f", "--", "--other", "-", "-x");

	(void)state;
	assert_int_equal(p->rc, 0);
	assert_false(p->values.other);
	assert_int_equal(p->words.list.n, 3);
	assert_false(p->words.list.v[0].is_option);
	done(p);
}

static void test_what_is_wrong_is_said(void **state)
{
	(void)state;
	refuses(PARSE("--flga"), "unknown option '--flga'; did you mean '--flag'?");
	refuses(PARSE("--zzzzzz"), "unknown option '--zzzzzz'");
	refuses(PARSE("--fla"), "unknown option '--fla'; did you mean '--flag'?");
	refuses(PARSE("-fx"), "unknown option '-x' in '-fx'");
	refuses(PARSE("--flag=1"), "'--flag' takes no value");
	refuses(PARSE("--text"), "'--text' needs a value: TEXT");
	refuses(PARSE("-n", "0"), "'0' is no value for '--count'; it takes a whole number from 1");
	refuses(PARSE("-n", "4x"),
		"'4x' is no value for '--count'; it takes a whole number from 1");
	refuses(PARSE("-n", "99999999999999999999"),
		"'99999999999999999999' is no value for '--count'; it takes a whole number from 1");
	refuses(PARSE("--choice=on"), "'on' is no value for '--choice'; it takes one|two");
	refuses(PARSE("--choice="), "'' is no value for '--choice'; it takes one|two");
	refuses(PARSE("--later=x"),
		"'--later' is not supported yet (a parameter of that name: -p later=VALUE)");
}

static void test_unknown_options_are_kept_in_order(void **state)
{
	struct parsed *p = PARSE_LOOSE("id", "--issue", "-7", "-f", "--x=1", "-i", "step");
	static const char *const want[] = { "id", "--issue", "-7", "--x=1", "-i", "step" };
	static const bool is_option[] = { false, true, true, true, true, false };

	(void)state;
	assert_int_equal(p->rc, 0);
	assert_true(p->values.flag);
	assert_int_equal(p->words.list.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(p->words.list.v[i].text, want[i]);
		assert_int_equal(p->words.list.v[i].is_option, is_option[i]);
	}
	assert_int_equal(p->words.list.v[3].position, 4);
	done(p);
}

static void test_the_key_has_what_matters_in_one_spelling(void **state)
{
	struct parsed *p = PARSE("-of", "-n4", "--text", "x", "word");
	static const char *const want[] = { "--flag", "--count=4", "--text=x" };

	(void)state;
	assert_int_equal(p->rc, 0);
	assert_int_equal(p->words.key.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(p->words.key.v[i], want[i]);
	done(p);
}

static void test_numbers(void **state)
{
	(void)state;
	assert_true(option_is_number("-5"));
	assert_true(option_is_number("-.5"));
	assert_true(option_is_number("-1e3"));
	assert_false(option_is_number("5"));
	assert_false(option_is_number("-"));
	assert_false(option_is_number("-x"));
	assert_false(option_is_number("-5x"));
	assert_false(option_is_number("-inf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_letters_are_bundled),
		cmocka_unit_test(test_two_dashes_end_the_options),
		cmocka_unit_test(test_what_is_wrong_is_said),
		cmocka_unit_test(test_unknown_options_are_kept_in_order),
		cmocka_unit_test(test_the_key_has_what_matters_in_one_spelling),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("cli/option", tests, NULL, NULL);
}
