/*
 * Documents in the dialect: what is never touched, and where a mistake stands after the translation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/compat.h"
#include "ext/yaml.h"
#include "model/dialect.h"

struct doc {
	struct arena arena;
	struct diags diags;
	const struct yaml_node *root;
};

static void read_doc(struct doc *doc, const char *text)
{
	memset(doc, 0, sizeof *doc);
	doc->diags.file = "w.yml";
	doc->diags.text = text;
	doc->diags.text_len = strlen(text);
	doc->root = yaml_parse(&doc->arena, &doc->diags, false);
	assert_non_null(doc->root);
}

static void release_doc(struct doc *doc)
{
	diags_release(&doc->diags);
	arena_release(&doc->arena);
}

static void test_only_words_of_the_dialect_speak_it(void **state)
{
	static const struct {
		const char *text;
		bool is_spoken;
	} rows[] = {
		{ "steps: [{id: a, run: x}]", false },
		{ "id: x\nsteps: [{id: a, run: x}]", false },
		{ "steps: [{id: a, run: x, parallel: true}]", false },
		{ "steps: [{id: a, run: x, colour: red}]", false },
		{ "jobs: [{id: a, run: x}]", false },
		{ "[]", false },
		{ "tasks: [{id: a, run: x}]", true },
		{ "steps: [{id: a, command: x}]", true },
		{ "steps: [{id: a, steps: [{id: b, run: x, cwd: y}]}]", true },
		{ "steps: [{id: a, run: x, retry: {max_attempts: 2}}]", true },
		{ "error_handlers: {x: {run: y, max_attempts: 2}}\nsteps: []", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct doc doc;

		read_doc(&doc, rows[i].text);
		if (dialect_is_spoken(doc.root) != rows[i].is_spoken)
			fail_msg("%s", rows[i].text);
		release_doc(&doc);
	}
}

/* The condition of the first step. */
static const char *condition(struct doc *doc, const char *expr, bool keeps_columns)
{
	static char text[512];
	const struct yaml_node *root, *steps;

	snprintf(text, sizeof text,
		 "tasks:\n  - {id: a, command: x}\n"
		 "  - id: b\n    command: x\n    condition: >-\n      %s\n",
		 expr);
	read_doc(doc, text);
	root = dialect_translate(&doc->arena, "w", doc->root, NULL, keeps_columns, &doc->diags);
	steps = yaml_get(root, "steps");
	assert_int_equal(steps->n_items, 2);
	return yaml_get(&steps->items[1], "if")->text;
}

static void test_expressions(void **state)
{
	static const struct {
		const char *theirs, *ours;
	} rows[] = {
		{ "tasks.a.status === 'completed'", "steps.a.status == 'passed'" },
		{ "'completed' !== tasks['a'].status", "'passed' != steps['a'].status" },
		{ "params.x == 'completed'", "params.x == 'completed'" },
		{ "params.x == 'completed' && tasks.a.status == 'completed'",
		  "params.x == 'completed' && steps.a.status == 'passed'" },
		{ "execution.id == 'tasks.a === x'", "run.id == 'tasks.a === x'" },
		{ "params.tasks.a == 1", "params.tasks.a == 1" },
		{ "my_tasks.a == 1", "my_tasks.a == 1" },
		{ "item == 1", "item == 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct doc doc;
		const char *got = condition(&doc, rows[i].theirs, false);

		assert_string_equal(got, rows[i].ours);
		release_doc(&doc);
		/* Nothing that follows moves. */
		got = condition(&doc, rows[i].theirs, true);
		assert_true(strlen(got) == strlen(rows[i].theirs) ||
			    strstr(rows[i].theirs, "execution"));
		release_doc(&doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_words_of_the_dialect_speak_it),
		cmocka_unit_test(test_expressions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
