/*
 * The expression language: what each expression gives, and how each mistake is reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "model/expr.h"

static const char world_json[] =
	"{\"params\": {\"x\": \"abc\", \"n\": 3, \"my-name\": \"dash\", \"list\": [\"a\", \"b\"],"
	"  \"flag\": true, \"empty\": \"\", \"secretive\": null},"
	" \"env\": {\"HOME\": \"/root\"},"
	" \"vars\": {\"a\": 5, \"b\": 2},"
	" \"each\": {\"suite\": \"unit\"},"
	" \"event\": {\"a b\": {\"c\": [10, 20]}, \"deep\": {\"a\": {\"b\": {\"c\": {\"d\": "
	"{\"e\": {\"f\": 9}}}}}}},"
	" \"steps\": {\"build\": {\"status\": \"passed\", \"exit_code\": 0,"
	"   \"outputs\": {\"percent\": \"82.5\", \"n-1\": \"7\", \"word\": \"many\", \"big\": "
	"\"10\", \"small\": \"9\"}},"
	"  \"test\": [{\"status\": \"failed\"}, {\"status\": \"passed\"}]},"
	" \"git\": {\"branch\": \"main\", \"dirty\": false}}";

struct world {
	struct value root;
	unsigned n_lookups;
};

static int look_up(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
		   struct err *err)
{
	struct world *world = data;
	const char *ns = ref->ns == NS_LOCAL ? ref->path[0] : expr_ns_names[ref->ns];
	const struct value *found = value_member(&world->root, ns, strlen(ns));

	world->n_lookups++;
	*used = 0;
	if (ref->ns == NS_LOCAL) {
		*out = value_number(42);
		*used = 1;
		return 0;
	}
	if (found && ref->n_path > 0) {
		found = value_member(found, ref->path[0], strlen(ref->path[0]));
		*used = 1;
	}
	if (!found)
		return err_set(err, ERR_VALUE, "unknown name '%s'", ns);
	*out = *found;
	return 0;
}

static int call(void *data, enum expr_call which, const char *arg, bool *out, struct err *err)
{
	(void)data, (void)err;
	*out = which == CALL_SUCCESS || (which == CALL_EXISTS && strcmp(arg, "Makefile") == 0);
	return 0;
}

/* The value as JSON, or "error: …" of the parser or the evaluator. */
static void evaluate(const char *text, const struct expr_locals *locals, struct strbuf *out)
{
	struct arena arena = { 0 };
	struct world world = { 0 };
	struct expr_env env = { &world, look_up, call };
	struct diags diags = { .text = text, .text_len = strlen(text) };
	struct err err = ERR_INIT;
	struct expr *expr = expr_parse_with(&arena, text, strlen(text), (struct span){ 1, 1, 1 },
					    locals, &diags);
	struct value value;

	strbuf_clear(out);
	assert_int_equal(value_from_json(&arena, world_json, strlen(world_json), &world.root, NULL),
			 0);
	assert_int_equal(expr == NULL, diags.n_errors > 0);
	if (!expr) {
		assert_int_equal(diags.n_errors, 1);
		strbuf_addf(out, "%d: %s", diags.list.v[0].span.col, diags.list.v[0].msg);
		if (diags.list.v[0].hint)
			strbuf_addf(out, " (%s)", diags.list.v[0].hint);
	} else if (expr_eval(expr, &env, &arena, &value, &err) < 0) {
		assert_int_equal(err.kind, ERR_VALUE);
		strbuf_addf(out, "error: %s", err_msg(&err));
	} else {
		value_to_json(&value, out);
	}
	err_release(&err);
	diags_release(&diags);
	arena_release(&arena);
}

struct example {
	const char *text, *expected;
};

static void check_all(const struct example *examples, size_t n)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < n; i++) {
		evaluate(examples[i].text, NULL, &out);
		if (strcmp(strbuf_str(&out), examples[i].expected) != 0)
			fail_msg("%s\n  gives %s\n  not   %s", examples[i].text, strbuf_str(&out),
				 examples[i].expected);
	}
	strbuf_release(&out);
}

#define CHECK(...)                                                \
	static const struct example examples[] = { __VA_ARGS__ }; \
	(void)state;                                              \
	check_all(examples, ARRAY_SIZE(examples))

static void test_literals(void **state)
{
	CHECK({ "1", "1" }, { "1.50", "1.5" }, { "80%", "80" }, { "5m", "300" },
	      { "1h30m", "5400" }, { "500ms", "0.5" }, { "'a'", "\"a\"" },
	      { "\"a\\n\\\"\"", "\"a\\n\\\"\"" }, { "'it\\'s \\d\\.'", "\"it's \\\\d\\\\.\"" },
	      { "true", "true" }, { "null", "null" }, { "[1, 'a', []]", "[1,\"a\",[]]" },
	      { "-3", "-3" }, { "--3", "3" }, { "!true", "false" });
}

static void test_references(void **state)
{
	CHECK({ "params.x", "\"abc\"" }, { "params.my-name", "\"dash\"" },
	      { "params['my-name']", "\"dash\"" }, { "vars.a-vars.b", "3" },
	      { "params.list[1]", "\"b\"" }, { "event['a b'].c[0]", "10" },
	      { "event.deep.a.b.c.d.e.f", "9" }, { "event['a ' + 'b'].c", "[10,20]" },
	      { "steps.build.outputs.n-1", "\"7\"" }, { "steps.build.outputs.big - 1", "9" },
	      { "steps.test[1].status", "\"passed\"" }, { "steps . build . status", "\"passed\"" },
	      { "params.list[params.n - 2]", "\"b\"" },
	      { "event.nothing == null", "error: unknown name 'event'" },
	      { "event.deep.nothing", "null" },
	      { "params.x.y", "error: no member 'y' in a string" },
	      { "params.list[7]", "error: no item 7 in a list of 2" },
	      { "params.list[0.5]", "error: no item 0.5 in a list of 2" },
	      { "(params.list)[0]", "\"a\"" }, { "fromJSON('{\"a\":{\"b\":1}}').a.b", "1" });
}

static void test_operators(void **state)
{
	CHECK({ "1 + 2 * 3", "7" }, { "(1 + 2) * 3", "9" }, { "10 - 2 - 3", "5" }, { "7 % 4", "3" },
	      { "7%4", "3" }, { "-7 % 4", "-3" }, { "5.5 % 2", "1.5" }, { "1 / 4", "0.25" },
	      { "'a' + 'b'", "\"ab\"" }, { "[1] + [2]", "[1,2]" }, { "'1' + 2", "3" },
	      { "true && false || true", "true" }, { "null || 'x'", "\"x\"" },
	      { "'' && 'x'", "\"\"" }, { "1 < 2 ? 'a' : 'b'", "\"a\"" },
	      { "false ? 1 : true ? 2 : 3", "2" }, { "'b' in params.list", "true" },
	      { "'c' not in params.list", "true" }, { "'b' in 'abc'", "true" },
	      { "'c' in event.deep", "false" }, { "'a' in event.deep", "true" },
	      { "!('b' in params.list)", "false" }, { "1 == 1 && 2 != 3", "true" },
	      { "${params.n} + 1", "4" }, { "${params.n == 3} && true", "true" },
	      { "1 <= 1", "true" }, { "2 >= 3", "false" });
}

static void test_comparing_strings_and_numbers(void **state)
{
	CHECK({ "steps.build.outputs.percent >= 80", "true" },
	      { "steps.build.outputs.percent >= 80%", "true" }, { "'10' == 10.0", "true" },
	      { "'-1' < 0", "true" },
	      { "steps.build.outputs.big > steps.build.outputs.small", "true" },
	      { "'b' > 'a'", "true" }, { "'10' == '10.0'", "false" },
	      { "steps.build.outputs.word > 3", "error: cannot order 'many' and the number 3" },
	      { "'5 ' == 5", "error: cannot compare '5 ' and the number 5" },
	      { "'' == 0", "error: cannot compare '' and the number 0" },
	      { "'0x10' == 16", "error: cannot compare '0x10' and the number 16" },
	      { "true == 'true'", "error: cannot compare true or false and 'true'" },
	      { "3 in ['x']", "error: cannot compare the number 3 and 'x'" });
}

static void test_null(void **state)
{
	CHECK({ "null == null", "true" }, { "params.secretive == null", "true" },
	      { "null == 0", "false" }, { "null != 'a'", "true" }, { "null == ''", "false" },
	      { "null < 1", "error: cannot order null and the number 1" },
	      { "null + 1", "error: cannot add null and the number 1" },
	      { "null in [1, null]", "true" }, { "default(null, 3)", "3" },
	      { "default(params.empty, 'd')", "\"d\"" }, { "default(0, 3)", "0" });
}

static void test_arithmetic_errors(void **state)
{
	CHECK({ "1 / 0", "error: division by zero" }, { "1 % 0", "error: division by zero" },
	      { "true || 1 / 0", "true" }, { "false && 1 / 0", "false" },
	      { "true ? 1 : 1 / 0", "1" },
	      { "'x' * 2", "error: cannot multiply 'x' and the number 2" },
	      { "'v' + 1", "error: cannot add 'v' and the number 1" },
	      { "-'x'", "error: '-' needs a number, not a string" });
}

static void test_functions(void **state)
{
	CHECK({ "success() && always() && !failure() && !cancelled()", "true" },
	      { "exists('Makefile') && !exists('x')", "true" }, { "contains('abc', 'b')", "true" },
	      { "contains(params.list, 'b')", "true" }, { "startsWith('abc', 'ab')", "true" },
	      { "endsWith('abc', 'bc')", "true" }, { "endsWith('c', 'bc')", "false" },
	      { "matches('v1.2', '^v[0-9]+\\.[0-9]+$')", "true" },
	      { "matches('v1x2', '^v\\.')", "false" }, { "len('a\xc3\xa9')", "2" },
	      { "len(params.list)", "2" }, { "int(3.9)", "3" }, { "int(-3.9)", "-3" },
	      { "number(' 4.5\n')", "4.5" }, { "int('12')", "12" },
	      { "number('x')", "error: 'x' is not a number" },
	      { "lower('ABc-\xc3\x89')", "\"abc-\xc3\x89\"" }, { "upper('abc')", "\"ABC\"" },
	      { "json([1, 'a'])", "\"[1,\\\"a\\\"]\"" }, { "fromJSON('[1]')[0]", "1" },
	      { "basename('src/a/b.c')", "\"b.c\"" }, { "basename('src/b.c', '.c')", "\"b\"" },
	      { "basename('b.c', '.h')", "\"b.c\"" }, { "basename('.c', '.c')", "\".c\"" },
	      { "basename('a/')", "\"a\"" }, { "basename('')", "\".\"" },
	      { "basename('/')", "\"/\"" }, { "dirname('src/a/b.c')", "\"src/a\"" },
	      { "dirname('b.c')", "\".\"" }, { "dirname('/b')", "\"/\"" },
	      { "dirname('')", "\".\"" }, { "dirname('a//b/')", "\"a\"" },
	      { "dirname(null)", "error: dirname() needs a string, not null" },
	      { "relative('web/src/a.js', 'web')", "\"src/a.js\"" },
	      { "relative('web/a.js', './web//')", "\"a.js\"" },
	      { "relative('web/-a', 'web')", "\"./-a\"" },
	      { "relative('./-a', 'web')", "\"../-a\"" },
	      { "relative('web/a.js', '.')", "\"web/a.js\"" },
	      { "relative('a.js', '')", "\"a.js\"" },
	      { "relative('webs/a.js', 'web')", "\"../webs/a.js\"" },
	      { "relative('web/b/a.js', 'web/c/d')", "\"../../b/a.js\"" },
	      { "relative('web', 'web/c')", "\"..\"" }, { "relative('web/', 'web')", "\".\"" },
	      { "relative('.web/.a', '.web')", "\".a\"" }, { "relative('/a/b', 'a')", "\"/a/b\"" },
	      { "json(relative(['web/a', 'b'], 'web'))", "\"[\\\"a\\\",\\\"../b\\\"]\"" },
	      { "relative('a', '../b')",
		"error: relative() needs a folder of the repository, not '../b'" },
	      { "relative('a', '/b')",
		"error: relative() needs a folder of the repository, not '/b'" },
	      { "relative([[]], 'b')", "error: relative() needs a string, not a list" },
	      { "len(3)", "error: len() needs a string, a list or a map, not a number" },
	      { "upper(null)", "error: upper() needs a string, not null" });
}

static void test_mistakes_have_a_place_and_a_way_out(void **state)
{
	CHECK({ "parms.x == 1", "1: unknown name 'parms' (did you mean 'params'?)" },
	      { "1 == tasks.x.status", "6: unknown name 'tasks' (write steps.ID)" },
	      { "params.x == normal", "13: unknown name 'normal' (a word is quoted: 'normal'; a "
				      "parameter is params.normal)" },
	      { "contans('a', 'b')", "1: unknown function 'contans' (did you mean 'contains'?)" },
	      { "startswith('a', 'b')",
		"1: unknown function 'startswith' (did you mean 'startsWith'?)" },
	      { "len()", "1: len() takes 1 argument, not 0" },
	      { "basename()", "1: basename() takes 1 or 2 arguments, not 0" },
	      { "default(1)", "1: default() takes 2 arguments, not 1" },
	      { "1 === 1", "3: '===' is no operator of an expression (write '==')" },
	      { "a !== 1", "3: '!==' is no operator of an expression (write '!=')" },
	      { "1 = 1", "3: '=' is no operator of an expression (write '==' to compare)" },
	      { "true and false", "6: 'and' where an operator must stand (write '&&')" },
	      { "not true", "1: 'not' stands only in 'x not in y' (write '!')" },
	      { "1 +", "4: the expression ends where a value must follow" },
	      { "", "1: the expression ends where a value must follow" },
	      { "(1", "3: the expression ends where ')' must follow" },
	      { "'abc", "1: the string that starts here has no end" },
	      { "steps.build.statsu == 'x'",
		"13: a step has no 'statsu' (did you mean 'status'?)" },
	      { "steps.build.coverage",
		"13: a step has no 'coverage' (what the step handed on is outputs.coverage)" },
	      { "git.brunch", "5: git has no 'brunch' (did you mean 'branch'?)" },
	      { "1 < 2 < 3",
		"7: comparisons cannot be chained (join them with '&&', or use parentheses)" },
	      { "!params.x in 'a'",
		"11: '!' belongs to the name before 'in' (write 'x not in y')" },
	      { "5x", "1: '5x' is neither a number nor a duration" },
	      { "1.2.3", "1: '1.2.3' is not a number" },
	      { "params.", "8: a name must follow the '.'" },
	      { "'${params.x}'", "2: '${' does nothing inside a string of an expression (write the "
				 "name without quotes, and "
				 "join with +: 'v' + params.x)" },
	      { "$HOME", "1: '$' is no operator of an expression (write env.NAME for a variable of "
			 "the environment)" },
	      { "matches('a', '(')", "14: the pattern '(' is wrong: unmatched ( or \\(" },
	      { "matches('a', '(a{1,200}){200}')",
		"14: the pattern '(a{1,200}){200}' is too complex" },
	      { "1 2", "3: '2' where an operator must stand" },
	      { "\xc3\xa9 == 1", "1: '\xc3\xa9' cannot stand in an expression" });
}

static void test_place_counts_lines_and_characters(void **state)
{
	static const char text[] = "'\xc3\xa9\xc3\xa9' == 'x'\n  && foo";
	struct diags diags = { .text = text };
	struct arena arena = { 0 };

	(void)state;
	assert_null(expr_parse(&arena, text, strlen(text), (struct span){ 7, 5, 0 }, &diags));
	assert_int_equal(diags.list.v[0].span.line, 8);
	assert_int_equal(diags.list.v[0].span.col, 10);
	assert_int_equal(diags.list.v[0].span.len, 3);
	diags_release(&diags);
	arena_release(&arena);
}

static void collect(void *data, const struct expr_ref *ref)
{
	struct strbuf *out = data;

	strbuf_addf(out, "%s", expr_ns_names[ref->ns]);
	for (size_t i = 0; i < ref->n_path; i++)
		strbuf_addf(out, ref->path_is_index[i] ? "[%s]" : ".%s", ref->path[i]);
	strbuf_addf(out, "@%d+%d ", ref->span.col, ref->span.len);
}

static void test_references_are_known_without_running(void **state)
{
	static const char text[] = "params.a && steps.b['x'] . outputs || f || steps[params.c].d";
	static const char good[] = "params.a && steps.b[0].outputs.y || steps[params.c].d";
	struct strbuf out = STRBUF_INIT;
	struct diags diags = { .text = text };
	struct arena arena = { 0 };
	struct expr *expr;

	(void)state;
	assert_null(expr_parse(&arena, text, strlen(text), (struct span){ 1, 1, 0 }, &diags));
	expr = expr_parse(&arena, good, strlen(good), (struct span){ 1, 1, 0 }, &diags);
	assert_non_null(expr);
	expr_each_ref(expr, collect, &out);
	assert_string_equal(out.buf,
			    "params.a@1+8 steps.b[0].outputs.y@13+20 steps@37+17 params.c@43+8 ");
	assert_string_equal(expr_source(expr), good);
	assert_false(expr_uses_status_call(expr));
	strbuf_release(&out);
	diags_release(&diags);
	arena_release(&arena);
}

static void test_short_circuit_looks_nothing_up(void **state)
{
	static const char text[] = "false && params.x || true || params.y";
	struct world world = { 0 };
	struct expr_env env = { &world, look_up, call };
	struct diags diags = { 0 };
	struct arena arena = { 0 };
	struct value value;

	(void)state;
	assert_int_equal(
		expr_eval(expr_parse(&arena, text, strlen(text), (struct span){ 0 }, &diags), &env,
			  &arena, &value, NULL),
		0);
	assert_true(value.boolean);
	assert_int_equal(world.n_lookups, 0);
	diags_release(&diags);
	arena_release(&arena);
}

static void test_local_names(void **state)
{
	static const char *const names[] = { "status", "json" };
	struct expr_locals locals = { 2, names, false }, any = { .any = true };
	struct strbuf out = STRBUF_INIT;

	(void)state;
	evaluate("status == 42 && json == 42", &locals, &out);
	assert_string_equal(out.buf, "true");
	evaluate("json('a')", &locals, &out);
	assert_string_equal(out.buf, "\"\\\"a\\\"\"");
	evaluate("statu", &locals, &out);
	assert_non_null(strstr(out.buf, "unknown name"));
	evaluate("anything + params.n", &any, &out);
	assert_string_equal(out.buf, "45");
	strbuf_release(&out);
}

static size_t count_status_errors(const char *text, const char **hint)
{
	static struct diags diags;
	struct arena arena = { 0 };
	struct expr *expr;
	size_t n;

	diags_release(&diags);
	expr = expr_parse(&arena, text, strlen(text), (struct span){ 1, 1, 0 }, &diags);
	assert_non_null(expr);
	expr_check_status_words(expr, &diags);
	n = diags.n_errors;
	*hint = n > 0 ? diags.list.v[0].hint : NULL;
	arena_release(&arena);
	if (n == 0)
		diags_release(&diags);
	return n;
}

static void test_words_a_status_never_has(void **state)
{
	const char *hint;

	(void)state;
	assert_int_equal(count_status_errors("steps.a.status == 'passed'", &hint), 0);
	assert_int_equal(count_status_errors("steps.a.verdict == 'cached'", &hint), 0);
	assert_int_equal(count_status_errors("steps.a.outputs.status == 'x'", &hint), 0);
	assert_int_equal(count_status_errors("steps.a.status in ['passed', 'skippd']", &hint), 1);
	assert_string_equal(hint, "did you mean 'skipped'?");
	assert_int_equal(count_status_errors("true && 'completed' != steps.a[0].status", &hint), 1);
	assert_string_equal(hint, "did you mean 'passed'?");
	assert_int_equal(count_status_errors("steps.a.status == 0", &hint), 1);
	assert_int_equal(count_status_errors("steps.a.verdict == 'passed'", &hint), 1);
	/* ends what the helper keeps */
	assert_int_equal(count_status_errors("true", &hint), 0);
}

static void test_bounds(void **state)
{
	char text[5000];
	struct strbuf out = STRBUF_INIT;

	(void)state;
	memset(text, '(', sizeof text);
	text[4000] = '\0';
	evaluate(text, NULL, &out);
	assert_non_null(strstr(out.buf, "nested too deeply"));
	memset(text, '!', 4000);
	evaluate(text, NULL, &out);
	assert_non_null(strstr(out.buf, "nested too deeply"));
	memset(text, '1', sizeof text);
	text[4999] = '\0';
	evaluate(text, NULL, &out);
	assert_non_null(strstr(out.buf, "at most 4096 bytes"));
	text[4000] = '\0';
	evaluate(text, NULL, &out);
	assert_non_null(strstr(out.buf, "is not a number"));
	for (size_t i = 0; i < 4000; i += 2)
		memcpy(text + i, "1+", 3);
	text[3999] = '\0';
	evaluate(text, NULL, &out);
	assert_string_equal(out.buf, "2000");
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_comparing_strings_and_numbers),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_arithmetic_errors),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_mistakes_have_a_place_and_a_way_out),
		cmocka_unit_test(test_place_counts_lines_and_characters),
		cmocka_unit_test(test_references_are_known_without_running),
		cmocka_unit_test(test_short_circuit_looks_nothing_up),
		cmocka_unit_test(test_local_names),
		cmocka_unit_test(test_words_a_status_never_has),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("model/expr", tests, NULL, NULL);
}
