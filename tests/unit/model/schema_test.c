/*
 * The table of keys holds together, and what is generated from it is up to date. What is said about
 * each key that is wrong is tested by tests/bad/runner.c, which walks the same table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ext/json.h"
#include "model/schema.h"

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_rows; i++) {
		const struct schema_row *row = &schema_rows[i];

		assert_ptr_equal(schema_find(row->place, row->key), row);
		assert_non_null(row->doc);
		assert_int_equal(row->doc[strlen(row->doc) - 1], '.');
		if (row->type == TYPE_CHOICE)
			assert_non_null(row->choices);
		if (!row->is_later && (row->type == TYPE_OTHER || row->type == TYPE_MAP)) {
			assert_non_null(row->form);
			assert_non_null(row->json);
		}
	}
}

static void test_aliases_are_no_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_aliases; i++)
		assert_null(schema_find(schema_aliases[i].place, schema_aliases[i].key));
}

/* What a step inherits is read as in a step. */
static void test_defaults_are_steps_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_n_rows; i++) {
		const struct schema_row *row = &schema_rows[i], *own;

		if (row->place != AT_DEFAULTS)
			continue;
		own = schema_find(AT_STEP, row->key);
		assert_non_null(own);
		assert_int_equal(own->type, row->type);
		assert_int_equal(own->is_later, row->is_later);
	}
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(schema_nearest_key(AT_STEP, "inptus"), "inputs");
	assert_string_equal(schema_nearest_key(AT_WORKFLOW, "step"), "steps");
	assert_null(schema_nearest_key(AT_STEP, "zzzzzzzz"));
}

static void test_json_schema(void **state)
{
	struct strbuf out = STRBUF_INIT;
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	const struct json *root, *defs, *step;

	(void)state;
	schema_write_json_schema(&out);
	root = json_parse(&arena, strbuf_str(&out), out.len, &err);
	assert_non_null(root);
	defs = json_get(root, "$defs");
	assert_int_equal(defs->n, AT_PLACES);
	step = json_get(json_get(defs, "step"), "properties");
	assert_non_null(json_get(step, "run"));
	assert_null(json_get(step, "git_env"));
	arena_release(&arena);
	strbuf_release(&out);
}

/* Tests run at the top of the sources. `make schema` writes the file. */
static void test_json_schema_is_up_to_date(void **state)
{
	FILE *file = fopen("contrib/schema/workflow.schema.json", "r");
	struct strbuf out = STRBUF_INIT, committed = STRBUF_INIT;
	char buf[4096];
	size_t got;

	(void)state;
	assert_non_null(file);
	while ((got = fread(buf, 1, sizeof buf, file)) > 0)
		strbuf_add(&committed, buf, got);
	fclose(file);
	schema_write_json_schema(&out);
	assert_string_equal(strbuf_str(&committed), strbuf_str(&out));
	strbuf_release(&out);
	strbuf_release(&committed);
}

static void test_manual(void **state)
{
	struct strbuf out = STRBUF_INIT;

	(void)state;
	schema_write_manual(&out);
	assert_non_null(
		strstr(strbuf_str(&out), "*order*: one of graph, listed; default: graph\n"));
	assert_null(strstr(strbuf_str(&out), "*git\\_env*"));
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_aliases_are_no_keys),
		cmocka_unit_test(test_defaults_are_steps_keys),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_json_schema),
		cmocka_unit_test(test_json_schema_is_up_to_date),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests_name("model/schema", tests, NULL, NULL);
}
