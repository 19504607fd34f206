/*
 * Graphs made in memory: sizes, shapes and the promises of the interface. The decisions themselves
 * are told in the cases of tests/plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/plan_impl.h"

struct fixture {
	struct arena arena;
	struct workflow wf;
	struct diags diags;
	struct err err;
	struct plan *plan;
};

static const struct expr_env *no_scope(void *data, const struct node *node)
{
	(void)data;
	(void)node;
	return NULL;
}

static const struct plan_host host = { .scope = no_scope };

static void start(struct fixture *f, size_t n_steps)
{
	size_t i;

	*f = (struct fixture){ 0 };
	f->wf.steps = ARENA_ARRAY(&f->arena, struct step, n_steps);
	f->wf.n_steps = f->wf.n_graph_steps = n_steps;
	f->wf.units = ARENA_NEW(&f->arena, struct unit *);
	f->wf.n_units = 1;
	f->wf.units[0] = ARENA_NEW(&f->arena, struct unit);
	*f->wf.units[0] = (struct unit){ .user = WF_NONE, .wf = &f->wf, .prefix = "" };
	for (i = 0; i < n_steps; i++) {
		struct step *step = &f->wf.steps[i];

		step->id = arena_printf(&f->arena, "s%zu", i);
		step->index = (uint32_t)i;
		step->parent = WF_NONE;
		step->before = i ? (uint32_t)i - 1 : (uint32_t)WF_NONE;
		step->unit = f->wf.units[0];
		step->slots = 1;
		step->span.line = (uint32_t)i + 1;
	}
}

static void finish(struct fixture *f)
{
	plan_free(f->plan);
	diags_release(&f->diags);
	err_release(&f->err);
	arena_release(&f->arena);
}

static void build(struct fixture *f)
{
	f->plan = plan_build(&f->wf, &host, NULL, &f->diags, &f->err);
}

static void needs(struct fixture *f, size_t step, size_t of)
{
	f->wf.steps[step].needs = ARENA_NEW(&f->arena, struct name_ref);
	f->wf.steps[step].needs->index = (uint32_t)of;
	f->wf.steps[step].n_needs = 1;
}

static void add_path(struct fixture *f, struct path_spec **paths, size_t *n, enum path_kind kind,
		     const char *path)
{
	if (!*paths)
		*paths = ARENA_ARRAY(&f->arena, struct path_spec, 8);
	(*paths)[*n].kind = kind;
	(*paths)[(*n)++].text.raw = path;
}

static void reads(struct fixture *f, size_t step, enum path_kind kind, const char *path)
{
	add_path(f, &f->wf.steps[step].inputs, &f->wf.steps[step].n_inputs, kind, path);
}

static void writes(struct fixture *f, size_t step, enum path_kind kind, const char *path)
{
	add_path(f, &f->wf.steps[step].outputs, &f->wf.steps[step].n_outputs, kind, path);
}

static void test_empty(void **state)
{
	struct fixture f;
	uint32_t *order;
	size_t n;

	(void)state;
	start(&f, 0);
	build(&f);
	assert_non_null(f.plan);
	plan_topological(f.plan, &f.arena, &order, &n);
	assert_int_equal(n, 0);
	finish(&f);
}

/* A chain as deep as a graph can be needs no deep stack. */
static void test_deep_chain(void **state)
{
	enum { N = 50000 };
	struct fixture f;
	uint32_t *order;
	size_t n, i;

	(void)state;
	start(&f, N);
	for (i = 0; i + 1 < N; i++)
		needs(&f, i, i + 1);
	build(&f);
	assert_non_null(f.plan);
	plan_topological(f.plan, &f.arena, &order, &n);
	assert_int_equal(n, N);
	assert_int_equal(order[0], N - 1);
	assert_int_equal(f.plan->nodes.v[N - 1]->critical_ms, N);
	finish(&f);
}

static void test_deep_cycle(void **state)
{
	enum { N = 20000 };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, N);
	for (i = 0; i < N; i++)
		needs(&f, i, (i + 1) % N);
	build(&f);
	assert_null(f.plan);
	assert_true(f.diags.n_errors >= 2);
	assert_true(strlen(f.diags.list.v[0].msg) < 300);
	finish(&f);
}

/* Everybody reads what everybody before wrote by a glob: edges are counted once each. */
static void test_dense(void **state)
{
	enum { N = 300 };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, N + 1);
	for (i = 0; i < N; i++)
		writes(&f, i, PATH_LITERAL, arena_printf(&f.arena, "out/%zu", i));
	reads(&f, N, PATH_GLOB, "out/*");
	reads(&f, N, PATH_GLOB, "**/?");
	reads(&f, N, PATH_DIR, "out");
	build(&f);
	assert_non_null(f.plan);
	assert_int_equal(f.plan->nodes.v[N]->deps.n, N);
	finish(&f);
}

static void test_many_writers_in_order(void **state)
{
	enum { N = 2000 };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, N);
	for (i = 0; i < N; i++) {
		writes(&f, i, PATH_LITERAL, "log");
		if (i)
			needs(&f, i, i - 1);
	}
	build(&f);
	assert_non_null(f.plan);
	finish(&f);
}

static void test_many_writers_without(void **state)
{
	enum { N = 2000 };
	struct fixture f;
	size_t i;

	(void)state;
	start(&f, N);
	for (i = 0; i < N; i++)
		writes(&f, i, PATH_DIR, "out");
	build(&f);
	assert_null(f.plan);
	assert_in_range(f.diags.n_errors, 1, 100);
	finish(&f);
}

static void test_waves_and_selection(void **state)
{
	struct fixture f;
	const char *steps[] = { "s1" };
	struct selection selection = { .steps = steps, .n_steps = 1 };
	uint32_t *waves, *order;
	size_t n;

	(void)state;
	start(&f, 3);
	needs(&f, 1, 0);
	needs(&f, 2, 1);
	f.plan = plan_build(&f.wf, &host, &selection, &f.diags, &f.err);
	assert_non_null(f.plan);
	plan_topological(f.plan, &f.arena, &order, &n);
	assert_int_equal(n, 2);
	plan_waves(f.plan, &f.arena, &waves);
	assert_int_equal(waves[1], 1);
	assert_false(plan_node(f.plan, "s2")->is_selected);
	assert_int_equal(plan_node(f.plan, "s2")->critical_ms, 0);
	assert_null(plan_node(f.plan, "s3"));
	finish(&f);
}

static void test_unknown_step(void **state)
{
	struct fixture f;
	struct selection selection = { .from = "s9" };

	(void)state;
	start(&f, 3);
	f.plan = plan_build(&f.wf, &host, &selection, &f.diags, &f.err);
	assert_null(f.plan);
	assert_int_equal(f.err.kind, ERR_USAGE);
	finish(&f);
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = { "/etc/passwd", "../x", "a/../../b", ".git/config", "",
					   ".",		  "a\nb", "./.git" };
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		start(&f, 1);
		writes(&f, 0, PATH_LITERAL, bad[i]);
		build(&f);
		if (f.plan)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(f.diags.n_errors, 1);
		finish(&f);
	}
}

/* Two chains, 0 → 1 → 2 and 3 → 4 → 5, and 2 reads of 4, too. */
static void test_put_first(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	struct bitset likely;
	struct fixture f;
	char first[7] = "";
	size_t i;

	(void)state;
	start(&f, 6);
	for (i = 0; i < 6; i++)
		writes(&f, i, PATH_LITERAL, names[i]);
	reads(&f, 1, PATH_LITERAL, "a");
	reads(&f, 2, PATH_LITERAL, "b");
	reads(&f, 2, PATH_LITERAL, "e");
	reads(&f, 4, PATH_LITERAL, "d");
	reads(&f, 5, PATH_LITERAL, "e");
	build(&f);
	assert_non_null(f.plan);
	bitset_init(&likely, 6);
	bitset_set(&likely, 1);
	plan_put_first(f.plan, &likely);
	for (i = 0; i < 6; i++)
		first[i] = f.plan->nodes.v[i]->comes_first ? 'x' : '-';
	assert_string_equal(first, "xxxxx-");
	bitset_release(&likely);
	finish(&f);
}

static void test_tidy_paths(void **state)
{
	static const char *const same[][2] = { { "./a", "a" },
					       { "a//b/", "a/b" },
					       { "a/./b", "a/b" },
					       { ".x/y", ".x/y" },
					       { "a/.git", "a/.git" } };
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(same); i++) {
		start(&f, 1);
		writes(&f, 0, PATH_LITERAL, same[i][0]);
		build(&f);
		assert_non_null(f.plan);
		assert_string_equal(f.plan->nodes.v[0]->outputs[0].path, same[i][1]);
		finish(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_deep_chain),
		cmocka_unit_test(test_deep_cycle),
		cmocka_unit_test(test_dense),
		cmocka_unit_test(test_many_writers_in_order),
		cmocka_unit_test(test_many_writers_without),
		cmocka_unit_test(test_waves_and_selection),
		cmocka_unit_test(test_unknown_step),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_put_first),
		cmocka_unit_test(test_tidy_paths),
	};

	return cmocka_run_group_tests_name("plan/plan", tests, NULL, NULL);
}
