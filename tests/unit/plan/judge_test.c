/*
 * The order of judge()'s questions, and what it says about outputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "plan/judge.h"

static struct judge_input cacheable(void)
{
	return (struct judge_input){ .is_cacheable = true,
				     .material = "wf-material 1\n",
				     .material_len = 14 };
}

static void expect(const struct judge_input *in, enum verdict verdict, enum reason_kind first)
{
	struct arena arena = { 0 };
	struct decision decision;

	judge(in, &arena, &decision);
	assert_int_equal(decision.verdict, verdict);
	assert_true(decision.reasons.list.n >= 1);
	assert_int_equal(decision.reasons.list.v[0].kind, first);
	vec_release(&decision.reasons.list);
	arena_release(&arena);
}

static void test_order_of_questions(void **state)
{
	struct judge_input in = cacheable();

	(void)state;
	expect(&in, VERDICT_RUN, REASON_NEVER_RAN);
	in.no_cache = true;
	expect(&in, VERDICT_RUN, REASON_NO_CACHE);
	in.is_cacheable = false;
	expect(&in, VERDICT_RUN, REASON_ALWAYS_RUNS);
	in.is_forced = true;
	expect(&in, VERDICT_RUN, REASON_FORCED);
	in.has_condition = true;
	expect(&in, VERDICT_SKIP, REASON_CONDITION_FALSE);
	in.upstream = UPSTREAM_WILL_RUN;
	in.material = NULL;
	expect(&in, VERDICT_PENDING, REASON_UPSTREAM_WILL_RUN);
	in.upstream = UPSTREAM_NOT_PASSED;
	expect(&in, VERDICT_SKIP, REASON_UPSTREAM_FAILED);
}

static void test_outputs(void **state)
{
	struct entry recorded[] = { { .path = "a", .kind = ENTRY_FILE, .digest = { { 1 } } },
				    { .path = "b", .kind = ENTRY_ABSENT, .digest = { { 2 } } } };
	struct entry on_disk[] = { recorded[0], { .path = "b", .kind = ENTRY_ABSENT } };
	bool in_store[] = { false, false };
	struct record record = { .n_outputs = 2, .outputs = recorded };
	struct judge_input in = cacheable();

	(void)state;
	in.record = &record;
	in.n_on_disk = 2;
	in.on_disk = on_disk;
	in.in_store = in_store;
	expect(&in, VERDICT_CACHED, REASON_UP_TO_DATE);
	on_disk[0].kind = ENTRY_EXEC;
	expect(&in, VERDICT_RUN, REASON_OUTPUT_CHANGED);
	in_store[0] = true;
	expect(&in, VERDICT_RESTORE, REASON_OUTPUT_CHANGED);
	on_disk[0].kind = ENTRY_ABSENT;
	expect(&in, VERDICT_RESTORE, REASON_OUTPUT_MISSING);
	in.in_store = NULL;
	expect(&in, VERDICT_RUN, REASON_OUTPUT_MISSING);
}

static void test_failures(void **state)
{
	struct record record = { .failed = true,
				 .material = "wf-material 1\n",
				 .material_len = 14 };
	struct judge_input in = cacheable();

	(void)state;
	in.record = in.previous = &record;
	expect(&in, VERDICT_RUN, REASON_FAILED_BEFORE);
	in.cache_failures = true;
	expect(&in, VERDICT_CACHED, REASON_FAILED_BEFORE);
}

static void test_every_reason_has_words(void **state)
{
	struct strbuf text = STRBUF_INIT;
	int kind;

	(void)state;
	for (kind = 0; kind <= REASON_UP_TO_DATE; kind++) {
		struct reason reason = { .kind = (enum reason_kind)kind, .subject = "x" };

		strbuf_clear(&text);
		reason_render(&reason, &text);
		assert_true(text.len > 5);
	}
	strbuf_release(&text);
	assert_string_equal(verdict_name(VERDICT_RESTORE), "restore");
}

/* A long value is cut between characters. */
static void test_long_values(void **state)
{
	char value[200];
	struct reason reason = { REASON_ENV_CHANGED, "X", value, "y" };
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof value; i += 2)
		memcpy(value + i, "é", 2);
	value[198] = '\0';
	reason_render(&reason, &text);
	assert_non_null(strstr(strbuf_str(&text), "é… → y)"));
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_questions),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_every_reason_has_words),
		cmocka_unit_test(test_long_values),
	};

	return cmocka_run_group_tests_name("plan/judge", tests, NULL, NULL);
}
