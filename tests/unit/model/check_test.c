/*
 * What must not be refused, and that everything wrong is said in one go. The messages themselves are
 * in tests/bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/workflow.h"

static size_t count_errors(const char *text)
{
	struct arena arena = { 0 };
	struct diags diags = { .file = "w.yml", .text = text, .text_len = strlen(text) };
	const struct workflow *wf = workflow_load(&arena, "w", &diags);
	size_t n = diags.n_errors;

	assert_true((wf == NULL) == (n > 0));
	diags_release(&diags);
	arena_release(&arena);
	return n;
}

static void test_right(void **state)
{
	static const char *const texts[] = {
		/* a formatter: one path in both lists */
		"steps: [{id: a, run: fmt, inputs: [x.c], outputs: [x.c]}]",
		/* finally may refer to anything, and may be needed within finally */
		"steps: [{id: a, run: x}]\nfinally:\n- {id: f, run: x, if: steps.a.status == "
		"'failed'}\n"
		"- {id: g, run: x, needs: [f, a]}\n",
		/* needs on a later step */
		"steps: [{id: a, run: x, needs: b}, {id: b, run: x}]",
		/* artifact with a value in its name: others cannot be known */
		"steps:\n- {id: a, run: x, foreach: {s: [u, v]}, outputs: "
		"[\"artifact:log-${each.s}\"]}\n"
		"- {id: b, run: x, inputs: [\"artifact:log-u\"]}\n",
		/* variables that use each other in any order */
		"vars: {a: vars.b, b: params.p}\nparams: {p: {}}\nsteps: [{id: a, run: x, if: "
		"vars.a}]",
		/* output paths of params, env, vars and each */
		"vars: {v: \"'x'\"}\nparams: {p: {}}\nsteps:\n- {id: a, run: x, foreach: {i: [1]}, "
		"outputs: [\"${params.p}/${vars.v}/${env.HOME}/${each.i}\"]}\n",
		/* a `.git` that is only the beginning of a name */
		"steps: [{id: a, run: x, inputs: [.gitignore, .github/x, a/.gitkeep]}]",
		"steps: [{id: a, run: x, if: \"git.branch == 'main' && workflow.id == 'w' && "
		"run.id\"}]",
		"steps: [{id: a-b, run: x}, {id: b, run: x, if: steps.a-b.outputs.any-name == 1}]",
		"params: {n: {type: int, min: 1, max: 3, default: 2, choices: [1, 2]}}\n"
		"steps: [{id: a, run: x}]",
		"defaults: {cache: true}\nsteps: [{id: a, run: x}]",
		"%YAML 1.2\n---\nsteps: [{id: a, run: x}]\n...\n",
		"steps: [{id: a, run: 'printf \"%s\" \"${HOME:-x}\"'}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (count_errors(texts[i]))
			print_error("%s\n", texts[i]);
		assert_int_equal(count_errors(texts[i]), 0);
	}
}

static void test_all_at_once(void **state)
{
	(void)state;
	assert_int_equal(count_errors("nmae: x\ntimeout: 3\nsteps:\n- {id: a, run: x, needs: q}\n"
				      "- {id: a, rnu: x}\n- {id: c, run: \"${params.z}\"}\n"),
			 7);
}

/* A list that is read twice would not fit into the memory of its first reading. */
static void test_keys_given_twice(void **state)
{
	(void)state;
	assert_int_equal(count_errors("steps:\n- id: a\n  run: x\n  tools: [a]\n  !t tools: [b]\n"
				      "  tools: [a, b, c]\n  inputs: [a]\n  inputs: [b, c]\n"
				      "  needs: []\n  needs: [a, b, c]\nparams: {p: }\n"
				      "params: {p: , q: }\n"),
			 5);
}

static void test_errors_are_capped(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "steps:\n");
	for (int i = 0; i < 500; i++)
		strbuf_addf(&text, "- {id: s%d, run: x, needs: [t%d]}\n", i, i);
	assert_int_equal(count_errors(strbuf_str(&text)), 500);
	strbuf_release(&text);
}

static void test_needs_are_resolved(void **state)
{
	const char *text = "steps: [{id: a, run: x}, {id: b, run: x, needs: [a]}]";
	struct arena arena = { 0 };
	struct diags diags = { .text = text, .text_len = strlen(text) };
	const struct workflow *wf = workflow_load(&arena, "w", &diags);

	(void)state;
	assert_non_null(wf);
	assert_int_equal(wf->steps[1].needs[0].index, 0);
	assert_int_equal(wf->steps[0].pool.index, WF_NONE);
	diags_release(&diags);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_keys_given_twice),
		cmocka_unit_test(test_errors_are_capped),
		cmocka_unit_test(test_needs_are_resolved),
	};

	return cmocka_run_group_tests_name("model/check", tests, NULL, NULL);
}
