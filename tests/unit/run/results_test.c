/*
 * What a foreach comes to, from what its items came to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "run/results_impl.h"

#define ITEMS_MAX 4

static struct node_result fold(const struct node_result *items, uint32_t n)
{
	struct node item_nodes[ITEMS_MAX + 1], *nodes[ITEMS_MAX + 1];
	struct plan plan = { .nodes = { .v = nodes, .n = n + 1 } };
	struct session session = { .plan = &plan };
	struct node group = { .kind = NODE_FOREACH, .first_item = 1, .n_items = n };
	struct node_result results[ITEMS_MAX + 1] = { 0 };

	for (uint32_t i = 0; i <= n; i++) {
		item_nodes[i] = (struct node){ .index = i };
		nodes[i] = &item_nodes[i];
	}
	if (n)
		memcpy(results + 1, items, n * sizeof *items);
	session.results.v = results;
	session.results.n = n + 1;
	results_fold_group(&session, &group);
	arena_release(&session.arena);
	return results[0];
}

static void test_statuses(void **state)
{
	struct node_result passed = { .status = STEP_PASSED, .did_execute = true };
	struct node_result failed = { .status = STEP_FAILED, .did_execute = true };
	struct node_result cancelled = { .status = STEP_CANCELLED };
	struct node_result stopped = { .status = STEP_SKIPPED };
	struct node_result by_if = { .status = STEP_SKIPPED, .skipped_by_if = true };

	(void)state;
	assert_int_equal(fold(NULL, 0).status, STEP_PASSED);
	assert_int_equal(fold((struct node_result[]){ passed, by_if }, 2).status, STEP_PASSED);
	assert_int_equal(fold((struct node_result[]){ by_if, by_if }, 2).status, STEP_SKIPPED);
	assert_true(fold((struct node_result[]){ by_if, by_if }, 2).skipped_by_if);
	assert_int_equal(fold((struct node_result[]){ stopped, failed, passed }, 3).status,
			 STEP_FAILED);
	assert_int_equal(fold((struct node_result[]){ failed, cancelled }, 2).status, STEP_FAILED);
	assert_int_equal(fold((struct node_result[]){ cancelled, stopped }, 2).status,
			 STEP_CANCELLED);
	assert_int_equal(fold((struct node_result[]){ stopped, passed }, 2).status, STEP_SKIPPED);
	assert_false(fold((struct node_result[]){ stopped, passed }, 2).skipped_by_if);
}

static void test_verdict(void **state)
{
	struct node_result ran = { .status = STEP_PASSED, .did_execute = true, .duration_ms = 5 };
	struct node_result cached = { .status = STEP_PASSED, .duration_ms = 2 };

	(void)state;
	assert_int_equal(fold((struct node_result[]){ cached, ran }, 2).verdict, VERDICT_RUN);
	assert_int_equal(fold((struct node_result[]){ cached, cached }, 2).verdict, VERDICT_CACHED);
	assert_int_equal(fold((struct node_result[]){ cached, ran }, 2).duration_ms, 7);
}

static void test_what_is_bad(void **state)
{
	struct node_result by_if = { .status = STEP_SKIPPED, .skipped_by_if = true };
	struct node_result stopped = { .status = STEP_SKIPPED };
	struct node_result unknown = { .status = STEP_UNKNOWN };

	(void)state;
	assert_false(results_is_bad(&by_if));
	assert_true(results_is_bad(&stopped));
	assert_true(results_is_bad(&unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_what_is_bad),
	};

	return cmocka_run_group_tests_name("run/results", tests, NULL, NULL);
}
