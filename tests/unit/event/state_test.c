#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "event/state.h"
#include "ext/json.h"

#define T0 INT64_C(1795210321042) /* 2026-11-20T21:32:01.042Z */

static struct run_state state;

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
	return 0;
}

#define APPLY(...) state_apply(&state, &(const struct event){ __VA_ARGS__ })

static void judged(const char *step, enum verdict verdict)
{
	APPLY(.type = EV_STEP_JUDGED, .step = step, .verdict = verdict, .text = "why");
}

static void started(const char *step, uint32_t attempt, int64_t at_ms)
{
	APPLY(.type = EV_STEP_START, .step = step, .attempt = attempt, .attempts = 3,
	      .at_ms = at_ms, .cookie = "c1");
}

static void ended(const char *step, enum step_status status, enum verdict verdict)
{
	APPLY(.type = EV_STEP_END, .step = step, .status = status, .verdict = verdict,
	      .exit_code = status == STEP_PASSED ? 0 : 2, .at_ms = T0 + 500, .duration_ms = 400);
}

static void a_step_goes_from_ready_to_its_end(void **unused)
{
	const struct step_state *step;

	(void)unused;
	APPLY(.type = EV_RUN_START, .seq = 1, .run = "r-1", .text = "build", .n_steps = 1,
	      .at_ms = T0);
	assert_null(state_step(&state, "a"));
	judged("a", VERDICT_RUN);
	step = state_step(&state, "a");
	assert_int_equal(step->status, STEP_READY);
	started("a", 1, T0 + 100);
	assert_int_equal(step->status, STEP_RUNNING);
	assert_int_equal(state.n_running, 1);
	APPLY(.type = EV_STEP_PID, .step = "a", .pid = 42, .pid_start = 7, .text = "boot");
	assert_int_equal(step->pid, 42);
	assert_string_equal(step->cookie, "c1");
	ended("a", STEP_PASSED, VERDICT_RUN);
	assert_int_equal(step->status, STEP_PASSED);
	assert_int_equal(step->pid, 0);
	assert_true(step->started_ms == T0 + 100);
	assert_int_equal(step->duration_ms, 400);
	assert_string_equal(step->reason, "why");
	APPLY(.type = EV_RUN_END, .seq = 9, .run_status = RUN_PASSED, .at_ms = T0 + 600);
	assert_int_equal(state.status, RUN_PASSED);
	assert_int_equal(state.last_seq, 9);
	assert_int_equal(state.n_done, 1);
	assert_int_equal(state.n_ran, 1);
	assert_int_equal(state.n_running, 0);
}

static void each_kind_of_end_is_counted(void **unused)
{
	(void)unused;
	ended("cached", STEP_PASSED, VERDICT_CACHED);
	ended("restored", STEP_PASSED, VERDICT_RESTORE);
	ended("skipped", STEP_SKIPPED, VERDICT_SKIP);
	started("failed", 1, T0);
	ended("failed", STEP_FAILED, VERDICT_RUN);
	ended("cancelled", STEP_CANCELLED, VERDICT_RUN);
	ended("unknown", STEP_UNKNOWN, VERDICT_RUN);
	assert_int_equal(state.n_done, 6);
	assert_int_equal(state.n_passed, 2);
	assert_int_equal(state.n_cached, 1);
	assert_int_equal(state.n_restored, 1);
	assert_int_equal(state.n_skipped, 1);
	assert_int_equal(state.n_failed, 1);
	assert_int_equal(state.n_cancelled, 1);
	assert_int_equal(state.n_unknown, 1);
	assert_int_equal(state.n_ran, 1);
}

static void a_retry_keeps_the_first_start(void **unused)
{
	const struct step_state *step;

	(void)unused;
	judged("a", VERDICT_RUN);
	started("a", 1, T0);
	APPLY(.type = EV_STEP_TRY, .step = "a", .attempt = 1, .exit_code = 7, .at_ms = T0 + 10);
	step = state_step(&state, "a");
	assert_int_equal(step->status, STEP_WAITING);
	assert_int_equal(step->exit_code, 7);
	started("a", 2, T0 + 50);
	assert_int_equal(step->status, STEP_RUNNING);
	assert_int_equal(step->attempt, 2);
	assert_true(step->started_ms == T0);
	assert_int_equal(state.n_retries, 1);
}

static void a_resumed_step_begins_anew(void **unused)
{
	const struct step_state *step;

	(void)unused;
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 2, .at_ms = T0);
	ended("ok", STEP_PASSED, VERDICT_RUN);
	judged("a", VERDICT_RUN);
	started("a", 3, T0);
	ended("a", STEP_FAILED, VERDICT_RUN);
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED, .at_ms = T0 + 1);
	APPLY(.type = EV_RUN_RESUME, .text = "by hand", .at_ms = T0 + 9000);
	assert_int_equal(state.status, RUN_RUNNING);
	assert_true(state.ended_ms == 0);
	assert_int_equal(state.n_failed, 1);
	judged("a", VERDICT_RUN);
	assert_int_equal(state.n_failed, 0);
	assert_int_equal(state.n_done, 1);
	step = state_step(&state, "a");
	assert_int_equal(step->attempt, 0);
	assert_int_equal(step->exit_code, -1);
	assert_true(step->started_ms == 0);
	started("a", 1, T0 + 9001);
	ended("a", STEP_PASSED, VERDICT_RUN);
	assert_int_equal(state.n_passed, 2);
	assert_int_equal(state.resumes, 1);
	assert_int_equal(state.n_expected, 2);
}

static void the_time_between_an_end_and_a_resume_is_no_work(void **unused)
{
	(void)unused;
	assert_true(state_work_ms(&state, T0) == 0);
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 1, .at_ms = T0);
	assert_true(state_work_ms(&state, T0 + 5) == 5);
	assert_true(state_work_ms(&state, T0 - 5) == 0);
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED, .duration_ms = 100, .at_ms = T0 + 100);
	assert_true(state_work_ms(&state, T0 + 5000) == 100);
	APPLY(.type = EV_RUN_RESUME, .at_ms = T0 + 9000);
	APPLY(.type = EV_NOTE, .at_ms = T0 + 9020);
	/* Killed, and resumed once more. */
	APPLY(.type = EV_RUN_RESUME, .at_ms = T0 + 20000);
	APPLY(.type = EV_RUN_END, .run_status = RUN_PASSED, .duration_ms = 3, .at_ms = T0 + 20003);
	assert_true(state_work_ms(&state, T0 + 90000) == 123);
}

static void what_a_person_says_after_the_end_is_no_work(void **unused)
{
	(void)unused;
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 1, .at_ms = T0);
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED, .duration_ms = 100, .at_ms = T0 + 100);
	APPLY(.type = EV_ROLLBACK_START, .text = "rollback", .number = 1, .at_ms = T0 + 4000);
	APPLY(.type = EV_RUN_ABORT, .text = "by hand", .at_ms = T0 + 5000);
	APPLY(.type = EV_RUN_END, .run_status = RUN_CANCELLED, .at_ms = T0 + 5001);
	assert_true(state_work_ms(&state, T0 + 90000) == 100);
	assert_true(state.ended_ms == T0 + 5001);
}

/* Nobody was there to write an end, until somebody gave it up the next day. */
static void of_a_dead_run_only_what_it_wrote_is_work(void **unused)
{
	(void)unused;
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 1, .at_ms = T0);
	started("a", 1, T0 + 70);
	APPLY(.type = EV_RUN_CANCEL, .text = "x", .at_ms = T0 + 86400000);
	APPLY(.type = EV_RUN_END, .run_status = RUN_CANCELLED, .at_ms = T0 + 86400000);
	assert_true(state_work_ms(&state, T0 + 90000000) == 70);
}

static void what_ran_before_a_resume_and_is_cached_after_it_is_cached(void **unused)
{
	(void)unused;
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 1, .at_ms = T0);
	started("a", 1, T0);
	ended("a", STEP_PASSED, VERDICT_RUN);
	assert_int_equal(state.n_ran, 1);
	APPLY(.type = EV_RUN_RESUME, .at_ms = T0 + 9);
	ended("a", STEP_PASSED, VERDICT_CACHED);
	assert_int_equal(state.n_ran, 0);
	assert_int_equal(state.n_cached, 1);
}

static void a_resume_alone_hides_no_orphan(void **unused)
{
	(void)unused;
	started("a", 1, T0);
	APPLY(.type = EV_STEP_PID, .step = "a", .pid = 42);
	APPLY(.type = EV_RUN_RESUME, .at_ms = T0 + 1);
	assert_int_equal(state_step(&state, "a")->status, STEP_RUNNING);
	assert_int_equal(state_step(&state, "a")->pid, 42);
}

static void a_foreach_does_not_count_beside_its_items(void **unused)
{
	(void)unused;
	APPLY(.type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 2, .at_ms = T0);
	ended("late[a]", STEP_PASSED, VERDICT_RUN);
	ended("late", STEP_PASSED, VERDICT_RUN);
	ended("early", STEP_PASSED, VERDICT_RUN);
	ended("early[a]", STEP_FAILED, VERDICT_RUN);
	assert_int_equal(state.n_done, 2);
	assert_true(state_step(&state, "late")->is_group);
	assert_true(state_step(&state, "early")->is_group);
	APPLY(.type = EV_STEP_EXPAND, .step = "none", .n_steps = 0);
	ended("none", STEP_PASSED, VERDICT_RUN);
	assert_int_equal(state.n_done, 2);
	APPLY(.type = EV_STEP_EXPAND, .step = "many", .n_steps = UINT32_MAX);
	assert_true(state.n_expected == UINT32_MAX);
}

static void progress_is_cut_at_a_whole_character(void **unused)
{
	char text[600];
	const struct step_state *step;
	size_t used;

	(void)unused;
	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x86\x92", 4);
	APPLY(.type = EV_STEP_PROGRESS, .step = "a", .percent = 255, .text = text);
	step = state_step(&state, "a");
	assert_int_equal(step->percent, 100);
	assert_int_equal(strlen(step->progress), 255);
	used = state.arena.used_bytes;
	for (int i = 0; i < 1000; i++)
		APPLY(.type = EV_STEP_PROGRESS, .step = "a", .percent = 4, .text = "linking");
	assert_string_equal(step->progress, "linking");
	assert_int_equal(state.arena.used_bytes, used);
}

static void what_is_kept_does_not_point_into_the_event(void **unused)
{
	char step[] = "a", value[] = "1", text[] = "because";
	struct stepout_pair pair = { "n", value };

	(void)unused;
	APPLY(.type = EV_STEP_END, .step = step, .status = STEP_PASSED, .text = text,
	      .outputs = { 1, &pair });
	step[0] = value[0] = text[0] = '?';
	assert_string_equal(state_step(&state, "a")->reason, "because");
	assert_string_equal(state_step(&state, "a")->outputs.pairs[0].value, "1");
}

/* Counters are those of a recount, whatever came. */
static void no_sequence_makes_the_counters_drift(void **unused)
{
	static const char *const ids[] = { "a", "b", "b[1]", "b[2]", "c", NULL, "" };
	uint32_t seed = 12345, n_done, n_running;
	size_t i;

	(void)unused;
	for (int round = 0; round < 20000; round++) {
		struct event event = { .at_ms = round,
				       .text = round % 3 ? "t" : NULL,
				       .exit_code = -1 };

		seed = seed * 1664525 + 1013904223;
		event.type = (enum event_type)((seed >> 8) % (EV_TYPES + 1));
		event.step = ids[(seed >> 16) % 7];
		event.status = (enum step_status)((seed >> 20) % (STEP_STATUSES + 1));
		event.run_status = (enum run_status)((seed >> 22) % RUN_STATUSES);
		event.verdict = (enum verdict)((seed >> 24) % 5);
		state_apply(&state, &event);
	}
	for (i = 0, n_done = n_running = 0; i < state.steps.n; i++) {
		const struct step_state *step = state.steps.v[i];

		n_done += !step->is_group && step_status_is_final(step->status);
		n_running += !step->is_group && step->status == STEP_RUNNING;
	}
	assert_int_equal(state.n_done, n_done);
	assert_int_equal(state.n_running, n_running);
	assert_int_equal(state.n_done, state.n_passed + state.n_failed + state.n_skipped +
					       state.n_cancelled + state.n_unknown);
}

static void the_json_is_as_documented(void **unused)
{
	struct strbuf out = STRBUF_INIT;

	(void)unused;
	APPLY(.type = EV_RUN_START, .seq = 1, .run = "build-1-3f9c5a", .text = "build",
	      .n_steps = 2, .at_ms = T0);
	judged("a", VERDICT_RUN);
	started("a", 1, T0 + 100);
	state_to_json(&state, &out, 0);
	assert_string_equal(
		strbuf_str(&out),
		"{\"schema\":1,\"run\":\"build-1-3f9c5a\",\"workflow\":\"build\",\"status\":"
		"\"running\","
		"\"started_at\":\"2026-11-20T21:32:01.042Z\",\"ended_at\":null,\"duration_ms\":"
		"null,"
		"\"journal_seq\":1,\"resumes\":0,"
		"\"past_ms\":0,\"part_started_at\":\"2026-11-20T21:32:01.042Z\",\"last_event_at\":"
		"\"2026-11-20T21:32:01.142Z\",\"last_active_at\":\"2026-11-20T21:32:01.142Z\","
		"\"counts\":{\"expected\":2,\"done\":0,\"passed\":0,\"failed\":0,\"skipped\":0,"
		"\"cancelled\":0,\"unknown\":0,\"ran\":0,\"cached\":0,\"restored\":0,\"running\":1,"
		"\"retries\":0,\"waiting\":0},\"steps\":[{\"id\":\"a\",\"status\":\"running\","
		"\"verdict\":"
		"\"run\","
		"\"reason\":\"why\",\"attempt\":1,\"attempts\":3,\"exit_code\":null,\"signal\":0,"
		"\"timed_out\":false,\"started_at\":\"2026-11-20T21:32:01.142Z\",\"ended_at\":null,"
		"\"duration_ms\":0,\"cpu_user_ms\":0,\"cpu_system_ms\":0,\"max_rss_kib\":0,"
		"\"cookie\":\"c1\",\"log\":null,\"fingerprint\":null,\"outputs\":{}}]}");
	strbuf_release(&out);
}

/* What came out alike is written by way of what was written last: whatever differs counts. */
static void each_step_has_its_own_outcome_in_the_json(void **unused)
{
	static const struct step_state outcomes[] = {
		{ .status = STEP_FAILED }, { .verdict = VERDICT_CACHED },
		{ .reason = "why" },	   { .attempt = 2 },
		{ .attempts = 2 },	   { .exit_code = 2 },
		{ .signal = 2 },	   { .timed_out = true },
		{ .started_ms = T0 },	   { .ended_ms = T0 },
		{ .duration_ms = 2 },	   { .cpu_user_ms = 2 },
		{ .cpu_system_ms = 2 },	   { .max_rss_kib = 2 },
	};
	const size_t n = ARRAY_SIZE(outcomes);
	struct strbuf one = STRBUF_INIT, all = STRBUF_INIT;
	struct step_state steps[ARRAY_SIZE(outcomes) * 3], *list[ARRAY_SIZE(outcomes) * 3];
	struct run_state some = { .steps = { list, 0, 0 } };
	const char *at;

	(void)unused;
	for (size_t i = 0; i < 3 * n; i++) { /* each between two that are alike */
		steps[i] = i % 3 == 1 ? outcomes[i / 3] : (struct step_state){ 0 };
		steps[i].id = "a";
	}
	for (some.steps.n = 0; some.steps.n < 3 * n; some.steps.n++)
		list[some.steps.n] = &steps[some.steps.n];
	state_to_json(&some, &all, 0);
	at = strstr(all.buf, "{\"id\"");
	some.steps.n = 1;
	for (size_t i = 0; i < 3 * n; i++) {
		const char *step;
		size_t len;

		list[0] = &steps[i];
		strbuf_clear(&one);
		state_to_json(&some, &one, 0);
		step = strstr(one.buf, "{\"id\"");
		len = strlen(step) - strlen("]}");
		assert_memory_equal(at, step, len);
		at += len + 1;
	}
	strbuf_release(&one);
	strbuf_release(&all);
}

static void the_json_of_any_state_can_be_read(void **unused)
{
	struct stepout_pair pair = { "n", "\xff\x01" };
	struct strbuf out = STRBUF_INIT;
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	struct json *json;

	(void)unused;
	state_to_json(&state, &out, 2);
	assert_non_null(json_parse(&arena, out.buf, out.len, &err));
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED, .at_ms = T0);
	APPLY(.type = EV_STEP_END, .step = "x\xff", .status = STEP_FAILED, .outputs = { 1, &pair });
	strbuf_clear(&out);
	state_to_json(&state, &out, 2);
	json = json_parse(&arena, out.buf, out.len, &err);
	assert_non_null(json);
	assert_string_equal(json_get_string(json, "status", ""), "failed");
	arena_release(&arena);
	strbuf_release(&out);
}

static void took(uint32_t number, const char *kind)
{
	APPLY(.type = EV_SNAPSHOT, .number = number, .text = kind, .raw = "aa", .tree = "bb",
	      .at_ms = T0 + number);
}

static void snapshots_and_rollbacks_are_kept_through_json(void **unused)
{
	struct strbuf out = STRBUF_INIT;
	struct arena arena = { 0 };
	struct run_state again;
	struct err err = ERR_INIT;

	(void)unused;
	APPLY(.type = EV_RUN_START, .seq = 1, .run = "r-1", .text = "build", .at_ms = T0);
	took(1, SNAPSHOT_BEGIN);
	judged("a", VERDICT_RUN);
	started("a", 1, T0 + 2);
	assert_int_equal(state_step(&state, "a")->snapshot, 1);
	assert_true(state.has_run_since_snapshot);
	took(1, SNAPSHOT_AFTER); /* numbers only grow */
	assert_int_equal(state.snapshots.n, 1);
	took(2, SNAPSHOT_AFTER);
	APPLY(.type = EV_RUN_END, .run_status = RUN_FAILED, .at_ms = T0 + 9);
	assert_true(state_snapshot(&state, 2)->is_last);
	took(3, SNAPSHOT_PRE);
	APPLY(.type = EV_ROLLBACK_START, .text = "rollback", .number = 1, .pre = 3);
	assert_false(state.rollbacks.v[0].is_done);
	APPLY(.type = EV_ROLLBACK_END, .text = "rollback", .number = 1, .pre = 3, .post = 4,
	      .n_files = 7, .n_left = 2, .at_ms = T0 + 10);
	assert_int_equal(state.rollbacks.n, 1);
	state_to_json(&state, &out, 0);
	state_init(&again);
	assert_int_equal(state_from_json(&again, json_parse(&arena, out.buf, out.len, &err), &err),
			 0);
	assert_int_equal(again.snapshots.n, 3);
	assert_true(again.snapshots.v[1].is_last);
	assert_string_equal(again.snapshots.v[2].kind, SNAPSHOT_PRE);
	assert_int_equal(again.rollbacks.v[0].n_files, 7);
	assert_true(again.rollbacks.v[0].is_done);
	assert_int_equal(state_step(&again, "a")->snapshot, 1);
	state_release(&again);
	arena_release(&arena);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_step_goes_from_ready_to_its_end, begin, end),
		cmocka_unit_test_setup_teardown(each_kind_of_end_is_counted, begin, end),
		cmocka_unit_test_setup_teardown(a_retry_keeps_the_first_start, begin, end),
		cmocka_unit_test_setup_teardown(a_resumed_step_begins_anew, begin, end),
		cmocka_unit_test_setup_teardown(a_resume_alone_hides_no_orphan, begin, end),
		cmocka_unit_test_setup_teardown(a_foreach_does_not_count_beside_its_items, begin,
						end),
		cmocka_unit_test_setup_teardown(progress_is_cut_at_a_whole_character, begin, end),
		cmocka_unit_test_setup_teardown(what_is_kept_does_not_point_into_the_event, begin,
						end),
		cmocka_unit_test_setup_teardown(no_sequence_makes_the_counters_drift, begin, end),
		cmocka_unit_test_setup_teardown(the_time_between_an_end_and_a_resume_is_no_work,
						begin, end),
		cmocka_unit_test_setup_teardown(what_a_person_says_after_the_end_is_no_work, begin,
						end),
		cmocka_unit_test_setup_teardown(of_a_dead_run_only_what_it_wrote_is_work, begin,
						end),
		cmocka_unit_test_setup_teardown(
			what_ran_before_a_resume_and_is_cached_after_it_is_cached, begin, end),
		cmocka_unit_test_setup_teardown(the_json_is_as_documented, begin, end),
		cmocka_unit_test_setup_teardown(each_step_has_its_own_outcome_in_the_json, begin,
						end),
		cmocka_unit_test_setup_teardown(snapshots_and_rollbacks_are_kept_through_json,
						begin, end),
		cmocka_unit_test_setup_teardown(the_json_of_any_state_can_be_read, begin, end),
	};

	return cmocka_run_group_tests_name("event/state", tests, NULL, NULL);
}
