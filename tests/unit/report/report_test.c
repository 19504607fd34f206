/*
 * The documents of a run: JUnit, Markdown, the trace; and texts of others in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "ext/json.h"
#include "report/report.h"
#include "report/report_impl.h"
#include "sys/fs.h"

#define T0 INT64_C(1795210321000) /* 2026-11-20T21:32:01Z */

static struct report report;
static struct strbuf out;
static char dir[] = "/tmp/wf-report.XXXXXX";

static void add(struct event event)
{
	report_add(&report, &event);
}

static int begin(void **unused)
{
	(void)unused;
	report_init(&report);
	add((struct event){ .type = EV_RUN_START,
			    .run = "w-20261120-213201-3f9c5a",
			    .text = "w",
			    .n_steps = 3,
			    .at_ms = T0 });
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	report_release(&report);
	strbuf_release(&out);
	return 0;
}

static void judged(const char *id, enum verdict verdict, int64_t at)
{
	add((struct event){ .type = EV_STEP_JUDGED,
			    .step = id,
			    .verdict = verdict,
			    .text = "input changed: a.c",
			    .at_ms = T0 + at });
}

static void started(const char *id, uint32_t attempt, int64_t at)
{
	add((struct event){ .type = EV_STEP_START,
			    .step = id,
			    .attempt = attempt,
			    .attempts = 2,
			    .at_ms = T0 + at });
}

static void ended(const char *id, enum step_status status, int exit_code, int64_t at)
{
	add((struct event){ .type = EV_STEP_END,
			    .step = id,
			    .status = status,
			    .exit_code = exit_code,
			    .log = "0-a.1.log",
			    .duration_ms = 500,
			    .at_ms = T0 + at });
}

static void run_ended(enum run_status status)
{
	add((struct event){ .type = EV_RUN_END,
			    .run_status = status,
			    .duration_ms = 2000,
			    .at_ms = T0 + 2000 });
}

/* "a" fails once and passes, "b[<&>]" fails, "c" is cached. */
static void a_run(void)
{
	started("a", 1, 0);
	started("b[<&>]", 1, 100);
	add((struct event){ .type = EV_STEP_TRY,
			    .step = "a",
			    .attempt = 1,
			    .exit_code = 3,
			    .at_ms = T0 + 400 });
	started("a", 2, 500);
	ended("a", STEP_PASSED, 0, 1000);
	ended("b[<&>]", STEP_FAILED, 2, 900);
	judged("c", VERDICT_CACHED, 1000);
	add((struct event){ .type = EV_STEP_END,
			    .step = "c",
			    .status = STEP_PASSED,
			    .verdict = VERDICT_CACHED,
			    .at_ms = T0 + 1000 });
	run_ended(RUN_FAILED);
}

static void render(enum report_format format, const char *logs_dir)
{
	strbuf_clear(&out);
	report_render(&report, format, logs_dir, &out);
}

static void write_log(const char *text, size_t len)
{
	char *path;

	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/0-a.1.log", dir);
	assert_int_equal(fs_replace(AT_FDCWD, path, 0600, text, len, 0, NULL), 0);
	free(path);
}

static void remove_log(void)
{
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static void junit_is_a_suite_of_cases(void **unused)
{
	(void)unused;
	a_run();
	write_log("one\ntwo <x>\n", 12);
	render(REPORT_JUNIT, dir);
	remove_log();
	assert_string_equal(
		out.buf,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"w\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"2.000\">\n"
		"  <testsuite name=\"w\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\" "
		"time=\"2.000\" timestamp=\"2026-11-20T21:32:01\">\n"
		"    <properties>\n"
		"      <property name=\"run\" value=\"w-20261120-213201-3f9c5a\"/>\n"
		"      <property name=\"status\" value=\"failed\"/>\n"
		"    </properties>\n"
		"    <testcase name=\"a\" classname=\"w\" time=\"0.500\">\n"
		"      <flakyFailure message=\"attempt 1: exit 3\" type=\"retry\"/>\n"
		"    </testcase>\n"
		"    <testcase name=\"b[&lt;&amp;&gt;]\" classname=\"w.b\" time=\"0.500\">\n"
		"      <failure message=\"exit 2\" type=\"exit\">one\n"
		"two &lt;x&gt;\n"
		"</failure>\n"
		"    </testcase>\n"
		"    <testcase name=\"c\" classname=\"w\" time=\"0.000\"/>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
}

static void what_did_not_run_is_skipped_what_did_not_end_an_error(void **unused)
{
	(void)unused;
	started("a", 1, 0);
	add((struct event){ .type = EV_STEP_END,
			    .step = "s",
			    .status = STEP_SKIPPED,
			    .text = "a\n\"b\"",
			    .at_ms = T0 });
	report.state.status = RUN_INTERRUPTED;
	render(REPORT_JUNIT, NULL);
	assert_non_null(strstr(out.buf, "tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\""));
	assert_non_null(strstr(out.buf, "<error message=\"running when the run ended\" "
					"type=\"running\"></error>"));
	assert_non_null(strstr(out.buf, "<skipped message=\"a&#10;&quot;b&quot;\"/>"));
}

static void markdown_shows_steps_and_failures(void **unused)
{
	(void)unused;
	a_run();
	add((struct event){ .type = EV_STEP_SUMMARY, .step = "a", .text = "**81 %**" });
	write_log("a ``` fence\n", 12);
	render(REPORT_MARKDOWN, dir);
	remove_log();
	assert_string_equal(
		out.buf,
		"### w failed after 2.0s\n\n"
		"2 run, 1 cached, 1 failed, 1 retried \xc2\xb7 w-20261120-213201-3f9c5a\n\n"
		"| | step | result | time |\n| --- | --- | --- | ---: |\n"
		"| \xe2\x9c\x85 | a | passed, attempt 2/2 | 0.50s |\n"
		"| \xe2\x9d\x8c | b\\[&lt;&amp;&gt;\\] | exit 2 | 0.50s |\n"
		"| \xe2\x9c\x85 | c | cached |  |\n"
		"\n<details><summary>end of the output of "
		"<code>b[&lt;&amp;&gt;]</code></summary>\n\n"
		"````text\na ``` fence\n````\n\n</details>\n"
		"\n**81 %**\n");
}

static void many_cached_steps_are_one_row(void **unused)
{
	(void)unused;
	for (int i = 0; i < 12; i++) {
		char id[8] = { 's', (char)('a' + i), 0 };

		judged(id, VERDICT_CACHED, 0);
		add((struct event){ .type = EV_STEP_END,
				    .step = id,
				    .status = STEP_PASSED,
				    .verdict = VERDICT_CACHED,
				    .at_ms = T0 });
	}
	run_ended(RUN_PASSED);
	render(REPORT_MARKDOWN, NULL);
	assert_non_null(strstr(out.buf, "| | *12 steps cached or skipped* | | |\n"));
	assert_null(strstr(out.buf, "| sa |"));
}

static const struct json *named(const struct json *events, const char *name, size_t nth)
{
	for (size_t i = 0; i < events->n; i++) {
		if (!strcmp(json_get_string(&events->items[i], "name", ""), name) && !nth--)
			return &events->items[i];
	}
	return NULL;
}

static void the_trace_has_lanes(void **unused)
{
	struct arena arena = { 0 };
	const struct json *events;

	(void)unused;
	a_run();
	render(REPORT_TRACE, NULL);
	events = json_get(json_parse(&arena, out.buf, out.len, NULL), "traceEvents");
	assert_non_null(events);
	assert_int_equal(json_get_int(named(events, "a", 0), "tid", 0), 1);
	assert_int_equal(json_get_int(named(events, "a", 0), "dur", 0), 400000);
	assert_int_equal(json_get_int(named(events, "a", 1), "ts", 0), 500000);
	assert_int_equal(json_get_int(named(events, "b[<&>]", 0), "tid", 0), 2);
	assert_string_equal(json_get_string(named(events, "c", 0), "ph", ""), "i");
	arena_release(&arena);
}

static void a_resume_ends_what_ran(void **unused)
{
	(void)unused;
	started("a", 1, 0);
	add((struct event){ .type = EV_NOTE, .text = "n", .at_ms = T0 + 700 });
	add((struct event){ .type = EV_RUN_RESUME, .at_ms = T0 + 90000 });
	started("a", 1, 90100);
	ended("a", STEP_PASSED, 0, 91000);
	assert_int_equal(report.tries.n, 2);
	assert_int_equal(report.tries.v[0].ended_ms, T0 + 700);
	assert_int_equal(report.tries.v[0].status, STEP_RUNNING);
	assert_int_equal(report.tries.v[1].ended_ms, T0 + 91000);
}

static void expect_clean(const char *text, size_t len, const char *expected)
{
	strbuf_clear(&out);
	excerpt_clean(text, len, &out);
	assert_string_equal(strbuf_str(&out), expected);
}

static void logs_become_plain_text(void **unused)
{
	(void)unused;
	expect_clean("\033[1;31mred\033[m x", 15, "red x");
	expect_clean("\033]0;title\ax\033]8;;u\033\\y", 20, "xy");
	expect_clean("10%\r50%\rdone\r\nnext", 18, "done\nnext");
	expect_clean("a\bb\t\001\0c", 7,
		     "b\t\xef\xbf\xbd\xef\xbf\xbd"
		     "c");
	expect_clean("\xff\xc3\xa4\b", 4, "\xef\xbf\xbd");
	expect_clean("\033", 1, "");
	expect_clean("\033[12", 4, "");
	expect_clean("\033]no end\nb", 10, "\nb");
}

static void a_long_log_begins_with_a_whole_line(void **unused)
{
	(void)unused;
	write_log("first line\nsecond\nthird\n", 24);
	excerpt_read(dir, "0-a.1.log", 10, &out);
	assert_string_equal(out.buf, "[...]\nthird\n");
	strbuf_clear(&out);
	excerpt_read(dir, "../x", 10, &out);
	excerpt_read(dir, "none", 10, &out);
	assert_int_equal(out.len, 0);
	remove_log();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(junit_is_a_suite_of_cases),
		TEST(what_did_not_run_is_skipped_what_did_not_end_an_error),
		TEST(markdown_shows_steps_and_failures),
		TEST(many_cached_steps_are_one_row),
		TEST(the_trace_has_lanes),
		TEST(a_resume_ends_what_ran),
		TEST(logs_become_plain_text),
		TEST(a_long_log_begins_with_a_whole_line),
	};

	return cmocka_run_group_tests_name("report/report", tests, NULL, NULL);
}
