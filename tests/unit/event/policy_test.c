#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event/policy.h"

static uint64_t delay_of(struct retry retry, uint32_t attempt, double random01)
{
	struct step step = { .retry = &retry };
	struct try_outcome outcome = { .attempt = attempt, .exit_code = 1 };
	uint64_t delay_ms = 77;

	assert_true(policy_retries(&step, &outcome, random01, &delay_ms));
	return delay_ms;
}

static bool retries(struct retry retry, struct try_outcome outcome)
{
	struct step step = { .retry = &retry };
	uint64_t delay_ms;

	retry.attempts = retry.attempts ? retry.attempts : 3;
	outcome.attempt = outcome.attempt ? outcome.attempt : 1;
	return policy_retries(&step, &outcome, 0, &delay_ms);
}

static void a_step_without_retry_has_one_try(void **unused)
{
	struct step step = { 0 };
	struct try_outcome outcome = { .attempt = 1, .exit_code = 1 };
	uint64_t delay_ms = 7;

	(void)unused;
	assert_false(policy_retries(&step, &outcome, 0.5, &delay_ms));
	assert_int_equal(delay_ms, 0);
}

static void attempts_counts_all_tries(void **unused)
{
	struct retry retry = { .attempts = 3 };

	(void)unused;
	assert_true(retries(retry, (struct try_outcome){ .attempt = 2, .exit_code = 1 }));
	assert_false(retries(retry, (struct try_outcome){ .attempt = 3, .exit_code = 1 }));
	assert_false(retries(retry, (struct try_outcome){ .attempt = 9, .exit_code = 1 }));
}

static void backoff_grows_as_it_says(void **unused)
{
	struct retry fixed = { .attempts = 9, .delay_ms = 100, .backoff = BACKOFF_FIXED };
	struct retry linear = { .attempts = 9, .delay_ms = 100, .backoff = BACKOFF_LINEAR };
	struct retry doubling = { .attempts = 9, .delay_ms = 100, .backoff = BACKOFF_EXPONENTIAL };

	(void)unused;
	assert_int_equal(delay_of(fixed, 1, 0), 100);
	assert_int_equal(delay_of(fixed, 5, 0), 100);
	assert_int_equal(delay_of(linear, 1, 0), 100);
	assert_int_equal(delay_of(linear, 3, 0), 300);
	assert_int_equal(delay_of(doubling, 1, 0), 100);
	assert_int_equal(delay_of(doubling, 2, 0), 200);
	assert_int_equal(delay_of(doubling, 5, 0), 1600);
}

static void no_delay_is_over_the_maximum(void **unused)
{
	struct retry retry = { .attempts = UINT32_MAX,
			       .delay_ms = 1000,
			       .jitter = 1,
			       .backoff = BACKOFF_EXPONENTIAL };

	(void)unused;
	assert_int_equal(delay_of(retry, 4000000000U, 0.9), 5 * 60 * 1000);
	retry.max_delay_ms = 2500;
	assert_int_equal(delay_of(retry, 2, 0), 2000);
	assert_int_equal(delay_of(retry, 2, 0.9), 2500);
	assert_int_equal(delay_of(retry, 3, 0), 2500);
	retry.delay_ms = UINT64_MAX;
	retry.max_delay_ms = UINT64_MAX;
	assert_true(delay_of(retry, 3, 0.9) == UINT64_MAX);
	retry.delay_ms = 0;
	assert_int_equal(delay_of(retry, 4000000000U, 0.9), 0);
}

static void jitter_adds_at_most_its_part(void **unused)
{
	struct retry retry = { .attempts = 3, .delay_ms = 1000, .jitter = 0.5 };

	(void)unused;
	assert_int_equal(delay_of(retry, 1, 0), 1000);
	assert_int_equal(delay_of(retry, 1, 0.5), 1250);
	assert_in_range(delay_of(retry, 1, 0.9999), 1499, 1500);
}

static void without_on_every_failure_is_tried_again(void **unused)
{
	struct retry retry = { 0 };

	(void)unused;
	assert_true(retries(retry, (struct try_outcome){ .exit_code = 127 }));
	assert_true(retries(retry, (struct try_outcome){ .exit_code = -1, .signal = 11 }));
	assert_true(retries(retry, (struct try_outcome){ .exit_code = -1, .timed_out = true }));
	assert_true(
		retries(retry, (struct try_outcome){ .exit_code = -1, .could_not_start = true }));
}

static void on_chooses_codes_and_timeouts(void **unused)
{
	static const int codes[] = { 75, 137 };
	struct retry by_code = { .codes = codes, .n_codes = 2 };
	struct retry by_timeout = { .on_timeout = true };
	struct try_outcome timeout = { .exit_code = -1, .signal = 9, .timed_out = true };

	(void)unused;
	assert_true(retries(by_code, (struct try_outcome){ .exit_code = 75 }));
	assert_false(retries(by_code, (struct try_outcome){ .exit_code = 1 }));
	assert_true(retries(by_code, (struct try_outcome){ .exit_code = -1, .signal = 9 }));
	assert_false(retries(by_code, timeout));
	assert_false(
		retries(by_code, (struct try_outcome){ .exit_code = 75, .could_not_start = true }));
	assert_true(retries(by_timeout, timeout));
	assert_false(retries(by_timeout, (struct try_outcome){ .exit_code = 75 }));
}

static void after_a_cancel_nothing_is_tried_again(void **unused)
{
	struct retry retry = { .on_timeout = true };

	(void)unused;
	assert_false(retries(retry, (struct try_outcome){ .exit_code = -1,
							  .signal = 15,
							  .timed_out = true,
							  .cancelled = true }));
}

static void a_failure_stops_the_run_unless_told_otherwise(void **unused)
{
	struct step step = { 0 };

	(void)unused;
	assert_int_equal(policy_after_failure(&step, false, false), NEXT_STOP);
	assert_int_equal(policy_after_failure(&step, true, false), NEXT_GO_ON);
	step.on_failure = ON_FAILURE_CONTINUE;
	assert_int_equal(policy_after_failure(&step, false, false), NEXT_GO_ON);
}

static void an_item_lets_its_siblings_go_on(void **unused)
{
	struct foreach foreach = { 0 };
	struct step step = { .foreach = &foreach };

	(void)unused;
	assert_int_equal(policy_after_failure(&step, false, false), NEXT_GO_ON);
	assert_int_equal(policy_after_failure(&step, false, true), NEXT_STOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_without_retry_has_one_try),
		cmocka_unit_test(attempts_counts_all_tries),
		cmocka_unit_test(backoff_grows_as_it_says),
		cmocka_unit_test(no_delay_is_over_the_maximum),
		cmocka_unit_test(jitter_adds_at_most_its_part),
		cmocka_unit_test(without_on_every_failure_is_tried_again),
		cmocka_unit_test(on_chooses_codes_and_timeouts),
		cmocka_unit_test(after_a_cancel_nothing_is_tried_again),
		cmocka_unit_test(a_failure_stops_the_run_unless_told_otherwise),
		cmocka_unit_test(an_item_lets_its_siblings_go_on),
	};

	return cmocka_run_group_tests_name("event/policy", tests, NULL, NULL);
}
