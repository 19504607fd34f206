/*
 * Values for parameters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/param.h"

static const char document[] = "params:\n"
			       "  issue: {required: true}\n"
			       "  priority: {default: normal, choices: [low, normal, high]}\n"
			       "  count: {type: int, default: 3, min: 1, max: 10}\n"
			       "  ratio: {type: number, max: 1.5}\n"
			       "  fast: {type: bool, default: false}\n"
			       "  files: {type: list, default: [a, b c]}\n"
			       "  code: {pattern: '[a-z]+|[0-9]{2}'}\n"
			       "  token: {secret: true, pattern: '[a-z]+'}\n"
			       "  where: {type: path}\n"
			       "steps: [{id: a, run: x}]\n";

struct fixture {
	struct arena arena;
	struct diags diags;
	const struct workflow *wf;
	struct param_set set;
	struct err err;
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	memset(f, 0, sizeof *f);
	f->diags.text = document;
	f->diags.text_len = strlen(document);
	f->wf = workflow_load(&f->arena, "w", &f->diags);
	assert_non_null(f->wf);
	param_set_init(&f->set, f->wf, &f->arena);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	err_release(&f->err);
	diags_release(&f->diags);
	arena_release(&f->arena);
	return 0;
}

static int assign(struct fixture *f, const char *name, const char *text)
{
	err_release(&f->err);
	f->err = (struct err)ERR_INIT;
	return param_set_assign(&f->set, f->wf, name, text, &f->arena, &f->err);
}

static const struct param_value *get(struct fixture *f, const char *name)
{
	return param_set_get(&f->set, name, strlen(name));
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(assign(f, "issue", "7"), 0);
	assert_int_equal(param_set_finish(&f->set, &f->arena, &f->err), 0);
	assert_string_equal(get(f, "priority")->value.text, "normal");
	assert_true(get(f, "priority")->is_default);
	assert_false(get(f, "issue")->is_default);
	assert_int_equal(get(f, "count")->value.kind, VALUE_NUMBER);
	assert_true(get(f, "count")->value.number > 2.9);
	assert_int_equal(get(f, "fast")->value.kind, VALUE_BOOL);
	assert_int_equal(get(f, "files")->value.n, 2);
	assert_string_equal(get(f, "files")->value.items[1].text, "b c");
	assert_int_equal(get(f, "ratio")->value.kind, VALUE_NULL);
	assert_null(get(f, "none"));
}

static void test_missing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(param_set_finish(&f->set, &f->arena, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_string_equal(err_msg(&f->err), "missing parameter 'issue'");
}

static void test_lists_grow(void **state)
{
	struct fixture *f = *state;

	assign(f, "files", "x");
	assign(f, "files", "y z");
	assert_int_equal(get(f, "files")->value.n, 2);
	assert_string_equal(get(f, "files")->value.items[1].text, "y z");
	assign(f, "issue", "1");
	assign(f, "issue", "2");
	assert_string_equal(get(f, "issue")->value.text, "2");
}

static void test_refused(void **state)
{
	static const struct {
		const char *name, *text, *msg;
	} rows[] = {
		{ "priority", "urgent",
		  "parameter 'priority' is 'urgent'; choose one of low, normal, high" },
		{ "count", "x", "parameter 'count' is 'x'; it must be a whole number" },
		{ "count", "1.5", "parameter 'count' is '1.5'; it must be a whole number" },
		{ "count", "0", "parameter 'count' is '0'; it must be at least 1" },
		{ "count", "11", "parameter 'count' is '11'; it must be at most 10" },
		{ "count", "", "parameter 'count' is ''; it must be a whole number" },
		{ "count", " 1", "parameter 'count' is ' 1'; it must be a whole number" },
		{ "ratio", "nan", "parameter 'ratio' is 'nan'; it must be a number" },
		{ "ratio", "1.6", "parameter 'ratio' is '1.6'; it must be at most 1.5" },
		{ "fast", "yes", "parameter 'fast' is 'yes'; it must be true or false" },
		{ "code", "ab1",
		  "parameter 'code' is 'ab1'; it must match the pattern [a-z]+|[0-9]{2}" },
		{ "code", "123",
		  "parameter 'code' is '123'; it must match the pattern [a-z]+|[0-9]{2}" },
		{ "token", "S3CRET",
		  "the value of parameter 'token' cannot be used; it must match the "
		  "pattern [a-z]+" },
		{ "where", "", "parameter 'where' is ''; it must be a path" },
		{ "isue", "1", "workflow 'w' has no parameter 'isue'; did you mean 'issue'?" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(assign(f, rows[i].name, rows[i].text), -1);
		assert_int_equal(f->err.kind, ERR_USAGE);
		assert_string_equal(err_msg(&f->err), rows[i].msg);
	}
}

static void test_accepted(void **state)
{
	static const char *const rows[][2] = {
		{ "code", "abc" },  { "code", "12" }, { "count", "10" },   { "ratio", "-1e-3" },
		{ "fast", "true" }, { "token", "x" }, { "where", "../x" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(assign(f, rows[i][0], rows[i][1]), 0);
}

static void test_patterns(void **state)
{
	static const char *const bad[] = { "(", "a)b(c", "[", "((a{255}){255}){255}", "a{1001}" };
	struct fixture *f = *state;

	assert_int_equal(param_check_pattern("a{10}", &f->err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		if (strcmp(bad[i], "a)b(c") == 0)
			continue; /* whether a lone ')' is a pattern is the C library's to say */
		assert_int_equal(param_check_pattern(bad[i], &err), -1);
		err_release(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists_grow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patterns, setup, teardown),
	};

	return cmocka_run_group_tests_name("model/param", tests, NULL, NULL);
}
