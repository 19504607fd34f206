/*
 * Durations and instants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timefmt.h"

static uint64_t parsed(const char *text, uint64_t bare_unit_ms)
{
	uint64_t ms = 0;

	return duration_parse_ms(text, bare_unit_ms, &ms) < 0 ? UINT64_MAX : ms;
}

static void durations_are_read(void **state)
{
	(void)state;
	assert_int_equal(parsed("90s", 0), 90000);
	assert_int_equal(parsed("5m", 0), 300000);
	assert_int_equal(parsed("1h30m", 0), 5400000);
	assert_int_equal(parsed("500ms", 0), 500);
	assert_int_equal(parsed("2d", 0), 172800000);
	assert_int_equal(parsed("1.5s", 0), 1500);
	assert_int_equal(parsed("0.0000000001s", 0), 1);
	assert_int_equal(parsed("0s", 0), 0);
	assert_int_equal(parsed("7", 1000), 7000);
	assert_int_equal(parsed("1m2s3ms", 0), 62003);
}

static void other_text_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "s",
					   "5",
					   "-5s",
					   "5x",
					   "30m1h",
					   "1m1m",
					   "1h30",
					   " 5s",
					   "5 s",
					   "1.s",
					   ".5s",
					   "1e3s",
					   "99999999999999999999s",
					   "9999999999999d" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parsed(bad[i], 0) != UINT64_MAX)
			fail_msg("'%s' was read", bad[i]);
	assert_true(parsed("1h30", 1000) == UINT64_MAX);
}

static void durations_are_written(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "0.00s" },	      { 42, "0.04s" },	     { 994, "0.99s" },
		{ 995, "1.0s" },      { 2140, "2.1s" },	     { 9960, "10s" },
		{ 48000, "48s" },     { 59700, "1m00s" },    { 192000, "3m12s" },
		{ 3900000, "1h05m" }, { 90000000, "1d01h" },
	};
	struct strbuf out = STRBUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		duration_format(&out, cases[i].ms);
		assert_string_equal(strbuf_str(&out), cases[i].text);
		strbuf_clear(&out);
	}
	duration_format(&out, UINT64_MAX);
	strbuf_release(&out);
}

static void instants_go_there_and_back(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 1795210321042, "2026-11-20T21:32:01.042Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 4107542399999, "2100-02-28T23:59:59.999Z" },
	};
	struct strbuf out = STRBUF_INIT;
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		instant_format(&out, cases[i].ms);
		assert_string_equal(strbuf_str(&out), cases[i].text);
		assert_int_equal(instant_parse(cases[i].text, &ms), 0);
		assert_int_equal(ms, cases[i].ms);
		strbuf_clear(&out);
	}
	instant_format_compact(&out, 1795210321042);
	assert_string_equal(strbuf_str(&out), "20261120-213201");
	strbuf_release(&out);
	assert_int_equal(instant_parse("2026-11-20T22:32:01.042+01:00", &ms), 0);
	assert_int_equal(ms, 1795210321042);
	assert_int_equal(instant_parse("2026-11-20T21:32:01", &ms), -1);
	assert_int_equal(instant_parse("2026-02-29T21:32:01Z", &ms), -1);
	assert_int_equal(instant_parse("2026-13-01T21:32:01Z", &ms), -1);
	assert_int_equal(instant_parse("2026-11-20T21:32:01Zx", &ms), -1);
}

static void ages_are_written(void **state)
{
	static const struct {
		int64_t age_s;
		const char *text;
	} cases[] = {
		{ 3, "just now" },
		{ 20, "20 seconds ago" },
		{ 60, "1 minute ago" },
		{ 300, "5 minutes ago" },
		{ 7200, "2 hours ago" },
		{ 3 * 86400, "3 days ago" },
		{ 86400 * 70, "2 months ago" },
		{ -100, "in the future" },
	};
	struct strbuf out = STRBUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		instant_format_ago(&out, 1000000000000 - cases[i].age_s * 1000, 1000000000000);
		assert_string_equal(strbuf_str(&out), cases[i].text);
		strbuf_clear(&out);
	}
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(durations_are_written),
		cmocka_unit_test(instants_go_there_and_back),
		cmocka_unit_test(ages_are_written),
	};

	return cmocka_run_group_tests_name("base/timefmt", tests, NULL, NULL);
}
