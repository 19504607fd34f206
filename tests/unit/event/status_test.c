#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event/status.h"

static void every_name_reads_back(void **unused)
{
	(void)unused;
	for (int i = 0; i < STEP_STATUSES; i++) {
		enum step_status status = STEP_STATUSES;

		assert_int_equal(
			step_status_from_name(step_status_name((enum step_status)i), &status), 0);
		assert_int_equal(status, i);
	}
	for (int i = 0; i < RUN_STATUSES; i++) {
		enum run_status status = RUN_STATUSES;

		assert_int_equal(run_status_from_name(run_status_name((enum run_status)i), &status),
				 0);
		assert_int_equal(status, i);
	}
}

static void other_words_are_refused(void **unused)
{
	enum step_status step = STEP_READY;
	enum run_status run = RUN_FAILED;

	(void)unused;
	assert_int_equal(step_status_from_name("completed", &step), -1);
	assert_int_equal(step_status_from_name("", &step), -1);
	assert_int_equal(step_status_from_name(NULL, &step), -1);
	assert_int_equal(run_status_from_name("PASSED", &run), -1);
	assert_int_equal(step, STEP_READY);
	assert_int_equal(run, RUN_FAILED);
}

static void five_statuses_are_final(void **unused)
{
	int n = 0;

	(void)unused;
	for (int i = 0; i < STEP_STATUSES; i++)
		n += step_status_is_final((enum step_status)i);
	assert_int_equal(n, 5);
	assert_false(step_status_is_final(STEP_WAITING));
	assert_true(step_status_is_final(STEP_PASSED));
	assert_true(step_status_is_final(STEP_UNKNOWN));
	assert_false(step_status_is_final(STEP_STATUSES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_reads_back),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(five_statuses_are_final),
	};

	return cmocka_run_group_tests_name("event/status", tests, NULL, NULL);
}
