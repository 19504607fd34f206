#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event/event.h"
#include "ext/json.h"
#include "model/workflow.h"

static struct arena arena;

static int free_arena(void **unused)
{
	(void)unused;
	arena_release(&arena);
	return 0;
}

static const char *written(const struct event *event)
{
	CLEANUP(strbuf_release)
	struct strbuf out = STRBUF_INIT;

	event_to_json(event, &out);
	return arena_strdup(&arena, strbuf_str(&out));
}

/* 0, or the kind of the error. */
static int read_back(const char *text, struct event *event)
{
	CLEANUP(err_release)
	struct err err = ERR_INIT;
	struct json *json = json_parse(&arena, text, strlen(text), &err);

	assert_non_null(json);
	if (event_from_json(json, &arena, event, &err) == 0)
		return 0;
	assert_non_null(err.msg);
	return (int)err.kind;
}

#define AT_MS INT64_C(1795210321042) /* 2026-11-20T21:32:01.042Z */
#define HEAD  "\"at\":\"2026-11-20T21:32:01.042Z\",\"type\":"

static void an_end_is_written_as_documented(void **unused)
{
	struct stepout_pair pairs[] = { { "percent", "81" }, { "log", "a\nb\"" } };
	struct event event = { .type = EV_STEP_END,
			       .seq = 7,
			       .at_ms = AT_MS,
			       .step = "test[unit]",
			       .attempt = 1,
			       .status = STEP_FAILED,
			       .exit_code = 2,
			       .duration_ms = 8412,
			       .text = "exit 2",
			       .outputs = { 2, pairs } };

	(void)unused;
	assert_string_equal(written(&event),
			    "{\"seq\":7," HEAD "\"step.end\",\"step\":\"test[unit]\",\"attempt\":1,"
			    "\"status\":\"failed\",\"verdict\":\"run\",\"exit_code\":2,"
			    "\"reason\":\"exit 2\",\"duration_ms\":8412,"
			    "\"outputs\":{\"percent\":\"81\",\"log\":\"a\\nb\\\"\"}}");
}

static void an_end_reads_back(void **unused)
{
	struct stepout_pair pairs[] = { { "percent", "81" }, { "log", "a\nb\"" } };
	struct event got, event = { .type = EV_STEP_END,
				    .seq = 7,
				    .at_ms = AT_MS,
				    .step = "x",
				    .attempt = 2,
				    .attempts = 3,
				    .status = STEP_PASSED,
				    .verdict = VERDICT_RESTORE,
				    .exit_code = -1,
				    .signal = 9,
				    .timed_out = true,
				    .duration_ms = 1,
				    .cpu_user_ms = 2,
				    .cpu_system_ms = 3,
				    .max_rss_kib = 4,
				    .text = "t",
				    .fingerprint = "f",
				    .log = "1-x.2.log",
				    .outputs = { 2, pairs } };

	(void)unused;
	assert_int_equal(read_back(written(&event), &got), 0);
	assert_int_equal(got.type, EV_STEP_END);
	assert_int_equal(got.seq, 7);
	assert_true(got.at_ms == AT_MS);
	assert_true(got.node == WF_NONE);
	assert_string_equal(got.step, "x");
	assert_int_equal(got.attempt, 2);
	assert_int_equal(got.attempts, 3);
	assert_int_equal(got.status, STEP_PASSED);
	assert_int_equal(got.verdict, VERDICT_RESTORE);
	assert_int_equal(got.exit_code, -1);
	assert_int_equal(got.signal, 9);
	assert_true(got.timed_out);
	assert_int_equal(got.duration_ms, 1);
	assert_int_equal(got.cpu_user_ms, 2);
	assert_int_equal(got.cpu_system_ms, 3);
	assert_int_equal(got.max_rss_kib, 4);
	assert_string_equal(got.text, "t");
	assert_string_equal(got.fingerprint, "f");
	assert_string_equal(got.log, "1-x.2.log");
	assert_int_equal(got.outputs.n, 2);
	assert_string_equal(got.outputs.pairs[1].name, "log");
	assert_string_equal(got.outputs.pairs[1].value, "a\nb\"");
}

static void every_type_reads_back_what_it_writes(void **unused)
{
	struct stepout_pair pairs[] = { { "a", "b" } };

	(void)unused;
	for (int type = 0; type < EV_TYPES; type++) {
		struct event got, event = { .type = (enum event_type)type,
					    .seq = 3,
					    .at_ms = AT_MS,
					    .step = "s",
					    .run = "r",
					    .text = "t",
					    .fingerprint = "f",
					    .cookie = "c",
					    .log = "l",
					    .attempt = 4,
					    .attempts = 5,
					    .n_steps = 6,
					    .percent = 7,
					    .timed_out = true,
					    .status = STEP_CANCELLED,
					    .run_status = RUN_CANCELLED,
					    .verdict = VERDICT_SKIP,
					    .exit_code = 8,
					    .signal = 9,
					    .pid = 10,
					    .pid_start = 11,
					    .delay_ms = 12,
					    .duration_ms = 13,
					    .cpu_user_ms = 14,
					    .cpu_system_ms = 15,
					    .max_rss_kib = 16,
					    .outputs = { 1, pairs } };
		const char *text = written(&event);

		assert_int_equal(read_back(text, &got), 0);
		assert_string_equal(written(&got), text);
	}
}

static void values_that_are_zero_are_left_out(void **unused)
{
	struct event event = { .type = EV_NOTE, .at_ms = AT_MS, .text = "disk nearly full" };

	(void)unused;
	assert_string_equal(written(&event), "{" HEAD "\"note\",\"text\":\"disk nearly full\"}");
}

static void output_of_steps_is_never_journalled(void **unused)
{
	struct event event = { .type = EV_STEP_OUTPUT,
			       .at_ms = AT_MS,
			       .step = "s",
			       .data = "hunter2",
			       .data_len = 7 };

	(void)unused;
	assert_false(event_is_journalled(EV_STEP_OUTPUT));
	assert_false(event_is_journalled(EV_STEP_PROGRESS));
	assert_true(event_is_journalled(EV_STEP_END));
	assert_null(strstr(written(&event), "hunter2"));
}

static void numbers_over_63_bits_stay_readable(void **unused)
{
	struct event got, event = {
		.type = EV_STEP_PID, .at_ms = AT_MS, .step = "s", .pid = 1, .pid_start = UINT64_MAX
	};

	(void)unused;
	assert_int_equal(read_back(written(&event), &got), 0);
	assert_true(got.pid_start == INT64_MAX);
}

static void members_of_a_newer_version_are_passed_over(void **unused)
{
	struct event event;

	(void)unused;
	assert_int_equal(
		read_back("{\"seq\":1," HEAD "\"step.start\",\"step\":\"a\",\"attempt\":1,"
			  "\"mood\":{\"good\":[1]},\"exit_code\":\"not one of its members\"}",
			  &event),
		0);
	assert_int_equal(event.exit_code, -1);
}

static void an_unknown_type_can_be_told_from_a_broken_event(void **unused)
{
	struct event event;

	(void)unused;
	assert_int_equal(read_back("{\"seq\":1," HEAD "\"step.dream\"}", &event), ERR_NOT_FOUND);
	assert_int_equal(read_back("{\"seq\":1," HEAD "7}", &event), ERR_INVALID);
	assert_int_equal(read_back("{\"seq\":1," HEAD "\"note\"}", &event), ERR_INVALID);
}

static void wrong_members_are_refused(void **unused)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"type\":\"note\",\"text\":\"x\"}",
		"{\"at\":\"yesterday\",\"type\":\"note\",\"text\":\"x\"}",
		"{\"seq\":-1," HEAD "\"note\",\"text\":\"x\"}",
		"{\"seq\":1.5," HEAD "\"note\",\"text\":\"x\"}",
		"{" HEAD "\"note\",\"text\":null}",
		"{" HEAD "\"step.start\",\"step\":\"a\",\"attempt\":-1}",
		"{" HEAD "\"step.start\",\"step\":\"a\",\"attempt\":4294967296}",
		"{" HEAD "\"step.start\",\"attempt\":1}",
		"{" HEAD "\"step.end\",\"step\":\"a\",\"exit_code\":0}",
		"{" HEAD "\"step.end\",\"step\":\"a\",\"exit_code\":0,\"status\":\"running\"}",
		"{" HEAD "\"step.end\",\"step\":\"a\",\"exit_code\":0,\"status\":\"fine\"}",
		"{" HEAD
		"\"step.end\",\"step\":\"a\",\"exit_code\":2147483648,\"status\":\"passed\"}",
		"{" HEAD "\"step.end\",\"step\":\"a\",\"exit_code\":0,\"status\":\"passed\","
		"\"outputs\":{\"a\":1}}",
		"{" HEAD "\"step.end\",\"step\":\"a\",\"exit_code\":0,\"status\":\"passed\","
		"\"timed_out\":1}",
		"{" HEAD "\"step.judged\",\"step\":\"a\",\"verdict\":\"maybe\"}",
		"{" HEAD "\"run.end\",\"status\":\"ok\"}",
	};
	struct event event;

	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_back(bad[i], &event), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_end_is_written_as_documented, free_arena),
		cmocka_unit_test_teardown(an_end_reads_back, free_arena),
		cmocka_unit_test_teardown(every_type_reads_back_what_it_writes, free_arena),
		cmocka_unit_test_teardown(values_that_are_zero_are_left_out, free_arena),
		cmocka_unit_test_teardown(output_of_steps_is_never_journalled, free_arena),
		cmocka_unit_test_teardown(numbers_over_63_bits_stay_readable, free_arena),
		cmocka_unit_test_teardown(members_of_a_newer_version_are_passed_over, free_arena),
		cmocka_unit_test_teardown(an_unknown_type_can_be_told_from_a_broken_event,
					  free_arena),
		cmocka_unit_test_teardown(wrong_members_are_refused, free_arena),
	};

	return cmocka_run_group_tests_name("event/event", tests, NULL, NULL);
}
