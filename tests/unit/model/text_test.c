/*
 * Texts without a shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "model/text.h"

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	static const struct value items[2] = { { .kind = VALUE_STRING, .text = "a", .len = 1 },
					       { .kind = VALUE_NUMBER, .number = 2 } };

	(void)data;
	*used = ref->n_path;
	if (strcmp(ref->path[0], "x") == 0)
		*out = value_string("X y");
	else if (strcmp(ref->path[0], "list") == 0)
		*out = (struct value){ .kind = VALUE_LIST, .n = 2, .items = items };
	else
		return err_set(err, ERR_VALUE, "no parameter '%s'", ref->path[0]);
	return 0;
}

/* What comes out, or the error of the parser or of the values. */
static void check(const char *raw, const char *expected)
{
	struct expr_env env = { .lookup = look_up };
	struct diags diags = { .text = raw, .text_len = strlen(raw) };
	struct strbuf out = STRBUF_INIT;
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	struct text text;

	if (text_parse(&arena, raw, strlen(raw), (struct span){ 1, 1, 0 }, &text, &diags) < 0) {
		for (size_t i = 0; i < diags.list.n; i++)
			strbuf_addf(&out, "%d:%d: %s;", diags.list.v[i].span.line,
				    diags.list.v[i].span.col, diags.list.v[i].msg);
	} else if (text_render(&text, &env, &out, &err) < 0) {
		strbuf_clear(&out);
		strbuf_addstr(&out, err_msg(&err));
	}
	assert_string_equal(strbuf_str(&out), expected);
	err_release(&err);
	strbuf_release(&out);
	diags_release(&diags);
	arena_release(&arena);
}

static void test_values_are_put_in(void **state)
{
	(void)state;
	check("", "");
	check("plain $HOME $1 $", "plain $HOME $1 $");
	check("${params.x}", "X y");
	check("a${params.x}b${params.x}", "aX ybX y");
	check("${params.list}", "a\n2");
	check("${params.x == 'X y' ? '}' : \"{\"}!", "}!");
	check("${ 1 + 2 }", "3");
	check("1.10 ${1.10}", "1.10 1.10");
}

static void test_two_dollars_write_one(void **state)
{
	(void)state;
	check("$${params.x}", "${params.x}");
	check("a$${b}${params.x}$${", "a${b}X y${");
	check("$$ $$x", "$$ $$x");
}

static void test_mistakes(void **state)
{
	(void)state;
	check("a\n ${parms.x} ${nope}", "2:4: unknown name 'parms';2:15: unknown name 'nope';");
	check("x ${params.x", "1:3: the '${' that starts here has no '}';");
	check("${}", "1:3: the expression ends where a value must follow;");
	check("${params.y}", "'${params.y}': no parameter 'y'");
	check("${HOME}", "1:3: unknown name 'HOME';");
}

static void count_ref(void *data, const struct expr_ref *ref)
{
	*(unsigned *)data += ref->ns == NS_PARAMS;
}

static void test_references(void **state)
{
	static const char raw[] = "${params.x} ${params.y + params.z}";
	struct diags diags = { .text = raw };
	struct arena arena = { 0 };
	struct text text;
	unsigned n = 0;

	(void)state;
	assert_int_equal(
		text_parse(&arena, raw, strlen(raw), (struct span){ 1, 1, 0 }, &text, &diags), 0);
	text_each_ref(&text, count_ref, &n);
	assert_int_equal(n, 3);
	assert_true(text_has_refs(&text));
	assert_int_equal(text_parse(&arena, "$${x}", 5, (struct span){ 1, 1, 0 }, &text, &diags),
			 0);
	assert_false(text_has_refs(&text));
	assert_int_equal(text_parse(&arena, "a\0b", 3, (struct span){ 1, 1, 0 }, &text, &diags),
			 -1);
	diags_release(&diags);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_put_in),
		cmocka_unit_test(test_two_dollars_write_one),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests_name("model/text", tests, NULL, NULL);
}
