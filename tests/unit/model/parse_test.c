/*
 * What a workflow's keys become.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/workflow.h"

struct loaded {
	struct arena arena;
	struct diags diags;
	const struct workflow *wf;
};

static struct loaded load(const char *text)
{
	struct loaded loaded = {
		.diags = { .file = ".workflows/w.yml", .text = text, .text_len = strlen(text) },
	};

	loaded.wf = workflow_load(&loaded.arena, "w", &loaded.diags);
	if (!loaded.wf) {
		struct strbuf out = STRBUF_INIT;

		diags_render(&loaded.diags, DIAG_ADVICE, false, 0, &out);
		fputs(strbuf_str(&out), stderr);
		strbuf_release(&out);
	}
	assert_non_null(loaded.wf);
	return loaded;
}

static void drop(struct loaded *loaded)
{
	diags_release(&loaded->diags);
	arena_release(&loaded->arena);
}

static void test_top(void **state)
{
	struct loaded loaded = load("name: A title\ndescription: |\n  What for\nversion: 1.10\n"
				    "order: listed\ntimeout: 1h30m\nmax_parallel: 3\n"
				    "pools: {disk: 2, net: 1}\n"
				    "vars: {x: 1 + 2, y: vars.x}\n"
				    "env: {A: \"1\", B: \"${params.p}\", clear: true}\n"
				    "pass_env: [CI]\nparams: {p: }\n"
				    "steps: [{id: a, run: x}]\nfinally: [{id: z, run: y}]\n");
	const struct workflow *wf = loaded.wf;

	(void)state;
	assert_string_equal(wf->id, "w");
	assert_string_equal(wf->file, ".workflows/w.yml");
	assert_string_equal(wf->name, "A title");
	assert_string_equal(wf->description, "What for\n");
	assert_string_equal(wf->version, "1.10");
	assert_true(wf->order_listed);
	assert_int_equal(wf->timeout_ms, 5400000);
	assert_int_equal(wf->max_parallel, 3);
	assert_int_equal(wf->n_pools, 2);
	assert_int_equal(wf->pools[0].limit, 2);
	assert_int_equal(wf->n_vars, 2);
	assert_int_equal(wf->env.n_vars, 2);
	assert_true(wf->env.clear);
	assert_string_equal(wf->env.pass[0], "CI");
	assert_int_equal(wf->n_steps, 2);
	assert_int_equal(wf->n_graph_steps, 1);
	assert_true(wf->steps[1].is_finally);
	assert_int_equal(wf->steps[1].index, 1);
	assert_ptr_equal(workflow_step(wf, "z"), &wf->steps[1]);
	assert_null(workflow_step(wf, "none"));
	assert_non_null(workflow_param(wf, "p"));
	drop(&loaded);
}

static void test_step(void **state)
{
	struct loaded loaded = load(
		"pools: {p: 1}\nsteps:\n  - id: first\n    run: make\n  - id: a\n    run: [make, "
		"-s, "
		"\"${env.T}\"]\n"
		"    name: N\n    needs: first\n    if: success()\n    dir: sub\n"
		"    stdin: hello\n    timeout: 500ms\n    pool: p\n    slots: 2\n    exclusive: "
		"true\n"
		"    console: true\n    live: true\n    on_failure: continue\n    secrets: "
		"[TOKEN]\n"
		"    depfile: a.d\n    tools: [cc, tools/gen]\n    env: {X: 1}\n    pass_env: Y\n"
		"    cache: {failures: true}\n    inputs: []\n"
		"    retry: {attempts: 3, delay: 1s, backoff: linear, max_delay: 1m, jitter: 0.5, "
		"on: [1, 75, timeout]}\n");
	const struct step *step = &loaded.wf->steps[1];

	(void)state;
	assert_int_equal(step->action, ACTION_EXEC);
	assert_int_equal(step->n_argv, 3);
	assert_string_equal(step->argv[1].raw, "-s");
	assert_int_equal(step->n_needs, 1);
	assert_int_equal(step->needs[0].index, 0);
	assert_non_null(step->cond);
	assert_string_equal(step->dir.raw, "sub");
	assert_string_equal(step->stdin_text.raw, "hello");
	assert_int_equal(step->timeout_ms, 500);
	assert_int_equal(step->pool.index, 0);
	assert_int_equal(step->slots, 2);
	assert_true(step->exclusive && step->console && step->live);
	assert_int_equal(step->on_failure, ON_FAILURE_CONTINUE);
	assert_string_equal(step->secrets[0], "TOKEN");
	assert_string_equal(step->depfile.raw, "a.d");
	assert_int_equal(step->n_tools, 2);
	assert_int_equal(step->env->n_vars, 1);
	assert_string_equal(step->env->pass[0], "Y");
	assert_true(step->has_inputs && step->cache_failures && step_is_cacheable(step));
	assert_int_equal(step->retry->attempts, 3);
	assert_int_equal(step->retry->delay_ms, 1000);
	assert_int_equal(step->retry->max_delay_ms, 60000);
	assert_int_equal(step->retry->backoff, BACKOFF_LINEAR);
	assert_int_equal(step->retry->n_codes, 2);
	assert_int_equal(step->retry->codes[1], 75);
	assert_true(step->retry->on_timeout);
	assert_int_equal(loaded.wf->steps[0].slots, 1);
	assert_null(loaded.wf->steps[0].retry);
	assert_false(step_is_cacheable(&loaded.wf->steps[0]));
	drop(&loaded);
}

static bool needs_no_shell(const struct step *step)
{
	return step->has_default_shell && shtext_is_plain(&step->run);
}

static void test_shells(void **state)
{
	struct loaded loaded = load("steps:\n"
				    "  - {id: a, run: make all}\n"
				    "  - {id: b, run: make && x}\n"
				    "  - {id: c, run: make all, shell: [bash, -eu, -c]}\n"
				    "  - {id: d, run: print(1), shell: [python3, -c]}\n"
				    "  - {id: e, run: echo x, shell: [/bin/dash, -c]}\n"
				    "  - {id: f, run: 'true'}\n");
	const struct step *steps = loaded.wf->steps;

	(void)state;
	assert_true(needs_no_shell(&steps[0]) && steps[0].shell_is_posix);
	assert_string_equal(steps[0].shell[0], "sh");
	assert_false(needs_no_shell(&steps[1]));
	assert_true(steps[2].shell_is_posix);
	assert_false(needs_no_shell(&steps[2]));
	assert_false(steps[3].shell_is_posix);
	assert_string_equal(steps[3].run.raw, "print(1)");
	assert_true(steps[4].shell_is_posix);
	drop(&loaded);
}

static void test_defaults(void **state)
{
	/* `defaults` counts wherever it stands. */
	struct loaded loaded = load(
		"steps:\n"
		"  - {id: a, run: x, inputs: []}\n"
		"  - {id: b, run: x, timeout: 1s, cache: false, inputs: [], "
		"on_failure: abort}\n"
		"  - {id: c, run: x}\n"
		"defaults: {timeout: 10m, retry: {attempts: 2}, shell: [bash, -c], "
		"dir: d, cache: true, on_failure: continue}\n");
	const struct step *steps = loaded.wf->steps;

	(void)state;
	assert_int_equal(steps[0].timeout_ms, 600000);
	assert_int_equal(steps[0].retry->attempts, 2);
	assert_string_equal(steps[0].shell[0], "bash");
	assert_string_equal(steps[0].dir.raw, "d");
	assert_int_equal(steps[0].on_failure, ON_FAILURE_CONTINUE);
	assert_true(step_is_cacheable(&steps[0]));
	assert_int_equal(steps[1].timeout_ms, 1000);
	assert_false(step_is_cacheable(&steps[1]));
	assert_int_equal(steps[1].on_failure, ON_FAILURE_ABORT);
	assert_false(step_is_cacheable(&steps[2]));
	drop(&loaded);
}

static void test_paths(void **state)
{
	static const struct {
		const char *raw;
		enum path_kind kind;
	} expected[] = {
		{ "src/a.c", PATH_LITERAL },
		{ "src/**/*.c", PATH_GLOB },
		{ "gen/**", PATH_EXCLUDE },
		{ "a/b/c", PATH_LITERAL },
		{ "dir", PATH_DIR },
		{ "x/{a,b}.h", PATH_GLOB },
		{ "${params.p}/f", PATH_LITERAL },
		{ "${params.p}/*", PATH_GLOB },
		{ "log", PATH_ARTIFACT },
		{ ".github/x", PATH_LITERAL },
	};
	struct loaded loaded = load(
		"params: {p: {}}\nsteps:\n"
		"  - {id: w, run: x, outputs: [\"artifact:log\"]}\n"
		"  - {id: a, run: x, inputs: [src/a.c, \"src/**/*.c\", \"!gen/**\", "
		"./a//b/./c, dir/, \"x/{a,b}.h\", \"${params.p}/f\", "
		"\"${params.p}/*\", \"artifact:log\", .github/x]}\n");
	const struct step *step = &loaded.wf->steps[1];

	(void)state;
	assert_int_equal(step->n_inputs, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(step->inputs[i].text.raw, expected[i].raw);
		assert_int_equal(step->inputs[i].kind, expected[i].kind);
	}
	assert_int_equal(step->inputs[6].text.n_parts, 2);
	drop(&loaded);
}

static void test_foreach(void **state)
{
	struct loaded loaded = load(
		"steps:\n"
		"  - {id: l, run: x}\n"
		"  - id: a\n    run: echo ${each.v} ${each.f}\n"
		"    foreach: {v: [1.10, 010, x y], f: {glob: [\"*.c\", \"!a.c\"]}}\n"
		"    max_parallel: 2\n    stop_on_failure: true\n    per_file: true\n"
		"  - {id: b, run: x, foreach: {n: {lines: steps.l.stdout}}}\n"
		"  - {id: c, run: x, if: \"steps.a.status == 'passed' && steps.a[0].exit_code == "
		"0\"}\n");
	const struct foreach *foreach = loaded.wf->steps[1].foreach;

	(void)state;
	assert_int_equal(foreach->n_vars, 2);
	assert_string_equal(foreach->vars[0].items[0].raw, "1.10");
	assert_string_equal(foreach->vars[0].items[1].raw, "010");
	assert_int_equal(foreach->vars[1].kind, FOREACH_GLOB);
	assert_int_equal(foreach->vars[1].n_globs, 2);
	assert_int_equal(foreach->vars[1].globs[1].kind, PATH_EXCLUDE);
	assert_int_equal(foreach->max_parallel, 2);
	assert_true(foreach->stop_on_failure && foreach->per_file && !foreach->is_dynamic);
	assert_true(step_is_cacheable(&loaded.wf->steps[1]));
	assert_true(loaded.wf->steps[2].foreach->is_dynamic);
	drop(&loaded);
}

static void test_spans_in_blocks(void **state)
{
	struct loaded loaded = load("params: {p: {}}\nsteps:\n  - id: a\n    run: |\n      one\n"
				    "      two ${params.p}\n");
	const struct text *run = &loaded.wf->steps[0].run;

	(void)state;
	assert_int_equal(run->span.line, 5);
	assert_int_equal(run->span.col, 7);
	assert_true(run->n_parts >= 2);
	drop(&loaded);
}

static void test_json(void **state)
{
	const char *text =
		"{\"name\": \"\\ud83d\\ude00\", \"steps\": [{\"id\": \"a\", \"run\": \"x\"}]}";
	struct loaded loaded = {
		.diags = { .file = "w.json", .text = text, .text_len = strlen(text) }
	};

	(void)state;
	loaded.wf = workflow_load(&loaded.arena, "w", &loaded.diags);
	assert_non_null(loaded.wf);
	assert_string_equal(loaded.wf->name, "\xf0\x9f\x98\x80");
	drop(&loaded);
}

static void test_ids(void **state)
{
	(void)state;
	assert_true(workflow_id_is_valid("a-B_9"));
	assert_true(workflow_id_is_valid("9"));
	assert_true(workflow_id_is_valid("_a"));
	assert_false(workflow_id_is_valid("-a"));
	assert_false(workflow_id_is_valid(""));
	assert_false(workflow_id_is_valid("a b"));
	assert_false(workflow_id_is_valid("\xc3\xa4"));
}

static void test_on(void **state)
{
	struct loaded one = load("on: pre-commit\nsteps: [{id: a, run: x}]\n");
	struct loaded two = load(
		"on:\n  pre-push:\n  manual:\n  pre-commit:\n    files: [\"**/*.c\", "
		"\"!gen/**\"]\n    types: c\n    branches: [main]\n    skip_in: "
		"[merge, cherry-pick]\n    priority: -1.5\n    isolation: export\n"
		"    fix: off\n    share: [node_modules/]\n    required: false\n"
		"steps: [{id: a, run: x}]\n");
	const struct hook_trigger *hook;

	(void)state;
	assert_non_null(one.wf);
	hook = workflow_hook(one.wf, HOOK_PRE_COMMIT);
	assert_non_null(hook);
	assert_false(hook->is_optional);
	assert_int_equal(hook->fix, HOOK_FIX_STAGE);
	assert_int_equal(hook->isolation, HOOK_AUTO);
	assert_null(workflow_hook(one.wf, HOOK_PRE_PUSH));
	drop(&one);
	assert_non_null(two.wf);
	assert_int_equal(two.wf->n_hooks, 2);
	hook = workflow_hook(two.wf, HOOK_PRE_COMMIT);
	assert_non_null(hook);
	assert_int_equal(hook->n_files, 2);
	assert_string_equal(hook->files[1], "!gen/**");
	assert_string_equal(hook->types[0], "c");
	assert_string_equal(hook->branches[0], "main");
	assert_int_equal(hook->skip_in, HOOK_IN_MERGE | HOOK_IN_CHERRY_PICK);
	assert_true(hook->priority == -1.5);
	assert_int_equal(hook->isolation, HOOK_EXPORT);
	assert_int_equal(hook->fix, HOOK_FIX_OFF);
	assert_string_equal(hook->share[0], "node_modules");
	assert_true(hook->is_optional);
	drop(&two);
}

static void reads_an_agent(void **state)
{
	struct loaded loaded = load(
		"defaults: {retry: {attempts: 3}, cache: true}\n"
		"steps:\n"
		"  - {id: free, agent: fix, with: {dry-run: 1}}\n"
		"  - {id: bound, agent: fix, allow_paths: [src, \"!src/x\"], inputs: [a]}\n"
		"  - {id: counted, agent: fix, max_lines: 5, retry: {attempts: 2}}\n"
		"  - {id: mended, run: x, on_failure: {strategy: fix_and_retry, agent: fix}}\n");
	const struct step *steps;

	(void)state;
	assert_non_null(loaded.wf);
	steps = loaded.wf->steps;
	assert_int_equal(steps[0].action, ACTION_AGENT);
	assert_string_equal(steps[0].agent->path, ".workflows/agents/fix.md");
	assert_string_equal(steps[0].agent->variables[0], "WF_WITH_DRY_RUN");
	assert_string_equal(steps[0].inputs[0].text.raw, ".workflows/agents/fix.md");
	assert_false(step_is_restrained(&steps[0]));
	assert_false(steps[0].exclusive);
	assert_false(step_is_cacheable(&steps[1]));
	assert_null(steps[1].retry);
	assert_true(step_is_restrained(&steps[1]));
	assert_true(steps[1].exclusive);
	assert_int_equal(steps[1].agent->n_allowed, 2);
	assert_int_equal(steps[1].agent->allowed[1].kind, PATH_EXCLUDE);
	assert_int_equal(steps[2].agent->max_lines, 5);
	assert_int_equal(steps[2].retry->attempts, 2);
	assert_string_equal(steps[3].mending->fixer->agent->name, "fix");
	assert_int_equal(workflow_rollback(loaded.wf), ROLLBACK_RUN);
	drop(&loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_shells),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_foreach),
		cmocka_unit_test(test_spans_in_blocks),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_on),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(reads_an_agent),
	};

	return cmocka_run_group_tests_name("model/parse", tests, NULL, NULL);
}
