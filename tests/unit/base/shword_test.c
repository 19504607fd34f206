/*
 * Words for sh: what sh makes of them is the text again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/shword.h"

static const struct {
	const char *text, *word;
} cases[] = {
	{ "build", "build" },		{ "src/a-b_c.1:2", "src/a-b_c.1:2" },
	{ "--issue=42", "--issue=42" }, { "", "''" },
	{ "two words", "'two words'" }, { "$(date)", "'$(date)'" },
	{ "it's", "'it'\\''s'" },	{ "'", "''\\'''" },
	{ "a\nb", "'a\nb'" },		{ "~", "'~'" },
	{ "test[1]", "'test[1]'" },
};

static void quotes_what_means_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

		shword_add(&out, cases[i].text);
		assert_string_equal(strbuf_str(&out), cases[i].word);
	}
}

static void quotes_anything_when_told(void **state)
{
	struct strbuf out CLEANUP(strbuf_release) = STRBUF_INIT;

	(void)state;
	shword_add_quoted(&out, "/usr/bin/git-wf");
	assert_string_equal(strbuf_str(&out), "'/usr/bin/git-wf'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_what_means_something),
		cmocka_unit_test(quotes_anything_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
