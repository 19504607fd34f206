/*
 * How long a run takes is told by the scheduler's own rules: order, slots, pools of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/eta_impl.h"

enum { NODES_MAX = 8 };

static struct workflow wf;
static struct plan plan;
static struct step steps[NODES_MAX];
static struct node nodes[NODES_MAX];
static struct edge edges[NODES_MAX][NODES_MAX];
static uint64_t cost_ms[NODES_MAX];

static int begin(void **unused)
{
	(void)unused;
	wf = (struct workflow){ .steps = steps };
	plan = (struct plan){ .wf = &wf };
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	vec_release(&plan.nodes);
	return 0;
}

static uint32_t node(uint64_t cost)
{
	uint32_t i = (uint32_t)plan.nodes.n;

	steps[i] = (struct step){ .index = i, .parent = WF_NONE, .before = WF_NONE, .slots = 1 };
	nodes[i] = (struct node){ .index = i,
				  .parent = WF_NONE,
				  .is_selected = true,
				  .step = &steps[i],
				  .group = WF_NONE,
				  .critical_ms = cost };
	cost_ms[i] = cost;
	vec_push(&plan.nodes, &nodes[i]);
	wf.n_steps = plan.nodes.n;
	return i;
}

static void depend(uint32_t on, uint32_t from)
{
	nodes[on].deps.v = edges[on];
	edges[on][nodes[on].deps.n++] = (struct edge){ from, EDGE_NEEDS, false };
}

static void nothing_to_do_takes_no_time(void **unused)
{
	(void)unused;
	assert_int_equal(eta_simulate(&plan, cost_ms, 2), 0);
	node(0);
	assert_int_equal(eta_simulate(&plan, cost_ms, 2), 0);
}

static void a_chain_gains_nothing_from_slots(void **unused)
{
	(void)unused;
	node(100);
	depend(node(200), 0);
	depend(node(300), 1);
	assert_int_equal(eta_simulate(&plan, cost_ms, 1), 600);
	assert_int_equal(eta_simulate(&plan, cost_ms, 8), 600);
}

static void slots_share_out_the_work(void **unused)
{
	(void)unused;
	node(400);
	node(300);
	node(100);
	assert_int_equal(eta_simulate(&plan, cost_ms, 1), 800);
	assert_int_equal(eta_simulate(&plan, cost_ms, 2), 400);
	assert_int_equal(eta_simulate(&plan, cost_ms, UINT32_MAX), 400);
}

static void cached_nodes_let_through(void **unused)
{
	(void)unused;
	node(100);
	depend(node(0), 0);
	depend(node(50), 1);
	assert_int_equal(eta_simulate(&plan, cost_ms, 2), 150);
}

static void the_limit_and_exclusive_steps_count(void **unused)
{
	(void)unused;
	node(100);
	node(100);
	node(100);
	wf.max_parallel = 2;
	assert_int_equal(eta_simulate(&plan, cost_ms, 8), 200);
	wf.max_parallel = 0;
	steps[0].exclusive = true;
	assert_int_equal(eta_simulate(&plan, cost_ms, 8), 200);
}

/* Against the same sum done by hand: each goes to the slot that is free first, the longest first. */
static void many_steps_end_in_the_right_order(void **unused)
{
	static const uint64_t costs[] = { 90, 70, 50, 40, 30, 20, 10 };

	(void)unused;
	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
		node(costs[i]);
	assert_int_equal(eta_simulate(&plan, cost_ms, 3), 110);
	assert_int_equal(eta_simulate(&plan, cost_ms, 2), 160);
	assert_int_equal(eta_simulate(&plan, cost_ms, UINT32_MAX), 90);
}

static void finally_comes_last(void **unused)
{
	(void)unused;
	node(100);
	nodes[node(70)].is_finally = true;
	assert_int_equal(eta_simulate(&plan, cost_ms, 8), 170);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_to_do_takes_no_time, begin, end),
		cmocka_unit_test_setup_teardown(a_chain_gains_nothing_from_slots, begin, end),
		cmocka_unit_test_setup_teardown(slots_share_out_the_work, begin, end),
		cmocka_unit_test_setup_teardown(cached_nodes_let_through, begin, end),
		cmocka_unit_test_setup_teardown(the_limit_and_exclusive_steps_count, begin, end),
		cmocka_unit_test_setup_teardown(many_steps_end_in_the_right_order, begin, end),
		cmocka_unit_test_setup_teardown(finally_comes_last, begin, end),
	};

	return cmocka_run_group_tests_name("run/eta", tests, NULL, NULL);
}
