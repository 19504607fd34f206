/*
 * Sections, keys, values and what inih would misread in silence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "ext/ini.h"

static void write_down(void *data, const char *section, const char *name, const char *key,
		       const char *value, struct span at)
{
	strbuf_addf(data, "%s|%s|%s|%s@%u:%u\n", section, name, key, value, at.line, at.col);
}

static int read_ini(const char *text, struct diags *diags, struct strbuf *out)
{
	*diags = (struct diags){ .file = "config.ini", .text = text, .text_len = strlen(text) };
	return ini_read(diags, write_down, out);
}

static void test_keys(void **state)
{
	struct diags diags;
	struct strbuf out = STRBUF_INIT;

	(void)state;
	assert_int_equal(read_ini("# c\n[run]\njobs = 4\r\n  mode: x ; why\n; c\n"
				  "[secret \"my name\"]\ncommand = pass \"a b\" #1\n[e]\nk =\n",
				  &diags, &out),
			 0);
	assert_string_equal(strbuf_str(&out), "run||jobs|4@3:1\n"
					      "run||mode|x@4:3\n"
					      "secret|my name|command|pass \"a b\" #1@7:1\n"
					      "e||k|@9:1\n");
	diags_release(&diags);
	strbuf_release(&out);
}

static void test_long_value(void **state)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	struct diags diags;

	(void)state;
	strbuf_addstr(&text, "[a]\nk = ");
	strbuf_pad(&text, 'x', 5000);
	strbuf_addstr(&text, " ; comment\nl = 2\n");
	assert_int_equal(read_ini(strbuf_str(&text), &diags, &out), 0);
	assert_int_equal(out.len, strlen("a||k|@2:1\n") + 5000 + strlen("a||l|2@3:1\n"));
	assert_non_null(strstr(strbuf_str(&out), "xx@2:1\na||l|2@3:1\n"));
	diags_release(&diags);
	strbuf_release(&text);
	strbuf_release(&out);
}

static void test_faults(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *msg;
	} rows[] = {
		{ "[a]\nb\n", 2, "expected 'key = value'" },
		{ "a = b\n", 1, "the key 'a' stands before the first [section]" },
		{ "[a]\nk=1\nk=2\n", 3, "the key 'k' is there twice" },
		{ "[a\nk=1\n", 1, "a section without its ']'" },
		{ "[a]\n[b c]\nk = 1\n", 3,
		  "the section above is neither [word] nor [word \"name\"]" },
		{ "[a]\n = 1\n", 2, "a key is empty" },
		{ "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 1,
		  "a section's line of more than 48 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf out = STRBUF_INIT;
		struct diags diags;

		assert_int_equal(read_ini(rows[i].text, &diags, &out), -1);
		assert_string_equal(diags.list.v[0].msg, rows[i].msg);
		assert_int_equal(diags.list.v[0].span.line, rows[i].line);
		diags_release(&diags);
		strbuf_release(&out);
	}
}

static void test_same_key_in_other_sections(void **state)
{
	struct strbuf out = STRBUF_INIT;
	struct diags diags;

	(void)state;
	assert_int_equal(
		read_ini("[a]\nk=1\n[b]\nk=1\n[b \"x\"]\nk=1\n[b \"y\"]\nk=1", &diags, &out), 0);
	diags_release(&diags);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_same_key_in_other_sections),
	};

	return cmocka_run_group_tests_name("ext/ini", tests, NULL, NULL);
}
