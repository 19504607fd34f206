#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "event/stretch.h"

static struct run_state state;
static struct stretches stretches;

static int begin(void **unused)
{
	(void)unused;
	state_init(&state);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	state_release(&state);
	vec_release(&stretches.list);
	return 0;
}

#define APPLY(...) state_apply(&state, &(const struct event){ __VA_ARGS__ })

static void took(uint32_t number, const char *kind)
{
	APPLY(.type = EV_SNAPSHOT, .number = number, .text = kind, .raw = "aa", .tree = "bb");
}

static void ran(void)
{
	APPLY(.type = EV_STEP_START, .step = "a", .attempt = 1);
}

static void rolled(const char *what, uint32_t number, uint32_t pre)
{
	took(pre, SNAPSHOT_PRE);
	APPLY(.type = EV_ROLLBACK_START, .text = what, .number = number, .pre = pre);
	took(pre + 1, SNAPSHOT_POST);
	APPLY(.type = EV_ROLLBACK_END, .text = what, .number = number, .pre = pre, .post = pre + 1);
}

/* "1-3 4-6+": those there are; + is open. */
static void expect(const char *wanted)
{
	struct strbuf text = STRBUF_INIT;

	stretch_list(&state, &stretches);
	for (size_t i = 0; i < stretches.list.n; i++)
		strbuf_addf(&text, "%s%u-%u%s", i ? " " : "", stretches.list.v[i].first,
			    stretches.list.v[i].last, stretches.list.v[i].is_open ? "+" : "");
	assert_string_equal(strbuf_str(&text), wanted);
	strbuf_release(&text);
}

/* "4>6 1>3": in the order in which they are taken back; 0 is now. */
static void expect_back(uint32_t number, const char *wanted)
{
	struct strbuf text = STRBUF_INIT;
	struct arena arena = { 0 };
	struct stretch_pair *pairs;
	size_t n;

	stretch_list(&state, &stretches);
	pairs = stretch_back_to(&stretches, number, &arena, &n);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&text, "%s%u>%u", i ? " " : "", pairs[i].before, pairs[i].after);
	assert_string_equal(strbuf_str(&text), wanted);
	arena_release(&arena);
	strbuf_release(&text);
}

static void two_parts(void)
{
	took(1, SNAPSHOT_BEGIN);
	ran();
	took(2, SNAPSHOT_AFTER);
	ran();
	took(3, SNAPSHOT_END);
	took(4, SNAPSHOT_BEGIN);
	ran();
	took(5, SNAPSHOT_AFTER);
	ran();
	took(6, SNAPSHOT_END);
}

static void each_part_of_a_run_is_one(void **unused)
{
	(void)unused;
	expect("");
	two_parts();
	expect("1-3 4-6");
	expect_back(1, "4>6 1>3");
	expect_back(2, "4>6 2>3");
	expect_back(5, "5>6");
	expect_back(6, "");
	assert_true(stretch_has(&stretches, 2));
	assert_false(stretch_has(&stretches, 7));
}

static void what_a_killed_engine_did_is_taken_as_it_is_now(void **unused)
{
	(void)unused;
	took(1, SNAPSHOT_BEGIN);
	ran();
	expect("1-1+");
	expect_back(1, "1>0");
	took(2, SNAPSHOT_BEGIN); /* the resume goes on from there */
	ran();
	took(3, SNAPSHOT_END);
	expect("1-3");
	expect_back(1, "1>3");
}

static void what_ended_with_a_step_is_not_open(void **unused)
{
	(void)unused;
	took(1, SNAPSHOT_BEGIN);
	ran();
	took(2, SNAPSHOT_AFTER);
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED);
	took(3, SNAPSHOT_BEGIN);
	ran();
	took(4, SNAPSHOT_AFTER);
	APPLY(.type = EV_RUN_END, .run_status = RUN_PASSED);
	expect("1-2 3-4");
}

static void a_rollback_shortens_and_its_undo_brings_back(void **unused)
{
	(void)unused;
	two_parts();
	rolled("rollback", 2, 7);
	expect("1-2");
	rolled("undo", 7, 9);
	expect("1-3 4-6");
	rolled("undo", 9, 11);
	expect("1-2");
	took(13, SNAPSHOT_BEGIN);
	ran();
	took(14, SNAPSHOT_END);
	expect("1-2 13-14");
	rolled("rollback", 1, 15);
	expect("");
	rolled("undo", 15, 17);
	expect("1-2 13-14");
}

static void one_of_a_part_only_shortens_nothing(void **unused)
{
	(void)unused;
	two_parts();
	rolled("rollback", 0, 7);
	expect("1-3 4-6");
}

static const struct rollback_state *which(const char *step)
{
	return state_rolled_back(&state, state_step(&state, step));
}

static void a_step_knows_whether_what_it_did_was_taken_back(void **unused)
{
	(void)unused;
	took(1, SNAPSHOT_BEGIN);
	APPLY(.type = EV_STEP_START, .step = "a", .attempt = 1);
	took(2, SNAPSHOT_AFTER);
	APPLY(.type = EV_STEP_START, .step = "b", .attempt = 1);
	took(3, SNAPSHOT_END);
	assert_null(which("b"));
	rolled("rollback", 2, 4);
	assert_null(which("a"));
	assert_int_equal(which("b")->pre, 4);
	rolled("undo", 4, 6);
	assert_null(which("b"));
	rolled("undo", 6, 8);
	assert_int_equal(which("b")->pre, 4);
	took(10, SNAPSHOT_BEGIN);
	APPLY(.type = EV_STEP_START, .step = "b", .attempt = 1);
	assert_null(which("b"));
	rolled("rollback", 1, 11);
	assert_int_equal(which("a")->pre, 11);
	assert_int_equal(which("b")->pre, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_part_of_a_run_is_one, begin, end),
		cmocka_unit_test_setup_teardown(what_a_killed_engine_did_is_taken_as_it_is_now,
						begin, end),
		cmocka_unit_test_setup_teardown(what_ended_with_a_step_is_not_open, begin, end),
		cmocka_unit_test_setup_teardown(a_rollback_shortens_and_its_undo_brings_back, begin,
						end),
		cmocka_unit_test_setup_teardown(a_step_knows_whether_what_it_did_was_taken_back,
						begin, end),
		cmocka_unit_test_setup_teardown(one_of_a_part_only_shortens_nothing, begin, end),
	};

	return cmocka_run_group_tests_name("event/stretch", tests, NULL, NULL);
}
