/*
 * Durations and instants as people write and read them.
 */
#include "base/timefmt.h"

#include <stdbool.h>
#include <string.h>

#include "base/compat.h"

#define MS_PER_S   1000
#define MS_PER_MIN (60 * MS_PER_S)
#define MS_PER_H   (60 * MS_PER_MIN)
#define MS_PER_DAY (24 * MS_PER_H)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A decimal number in millionths; what is finer counts as one more, so that nothing that is more
 * than zero ever becomes zero ("no timeout"). */
static int parse_number(const char **text, uint64_t *millionths)
{
	const char *p = *text;
	uint64_t value = 0, scale = 1000000;
	bool finer = false;

	if (!is_digit(*p))
		return -1;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -1;
	if (__builtin_mul_overflow(value, scale, &value))
		return -1;
	if (*p == '.') {
		if (!is_digit(*++p))
			return -1;
		for (; is_digit(*p); p++) {
			scale /= 10;
			value += (uint64_t)(*p - '0') * scale;
			finer |= !scale && *p != '0';
		}
	}
	*millionths = value + (finer ? 1 : 0);
	*text = p;
	return 0;
}

static uint64_t unit_of(const char **text)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {
		{ "ms", 1 },	   { "s", MS_PER_S },	{ "m", MS_PER_MIN },
		{ "h", MS_PER_H }, { "d", MS_PER_DAY },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		size_t len = strlen(units[i].name);

		if (!strncmp(*text, units[i].name, len)) {
			*text += len;
			return units[i].ms;
		}
	}
	return 0;
}

static int add_scaled(uint64_t *total_ms, uint64_t millionths, uint64_t unit_ms)
{
	unsigned __int128 ms = ((unsigned __int128)millionths * unit_ms + 999999) / 1000000;

	ms += *total_ms;
	if (ms > INT64_MAX)
		return -1;
	*total_ms = (uint64_t)ms;
	return 0;
}

int duration_parse_ms(const char *text, uint64_t bare_unit_ms, uint64_t *duration_ms)
{
	uint64_t total = 0, number, unit, last_unit = UINT64_MAX;

	do {
		if (parse_number(&text, &number) < 0)
			return -1;
		unit = *text ? unit_of(&text) : 0;
		if (!unit && (*text || last_unit != UINT64_MAX))
			return -1;
		unit = unit ? unit : bare_unit_ms;
		/* "1h30m", but neither "30m1h" nor "1m1m". */
		if (!unit || unit >= last_unit || add_scaled(&total, number, unit) < 0)
			return -1;
		last_unit = unit;
	} while (*text);
	*duration_ms = total;
	return 0;
}

void duration_format(struct strbuf *out, uint64_t duration_ms)
{
	unsigned long long ms = duration_ms < UINT64_MAX / 2 ? duration_ms : UINT64_MAX / 2;
	unsigned long long hundredths = (ms + 5) / 10, tenths = (ms + 50) / 100;
	unsigned long long s = (ms + 500) / MS_PER_S, minutes = (s + 30) / 60;

	if (hundredths < 100)
		strbuf_addf(out, "0.%02llus", hundredths);
	else if (tenths < 100)
		strbuf_addf(out, "%llu.%llus", tenths / 10, tenths % 10);
	else if (s < 60)
		strbuf_addf(out, "%llus", s);
	else if (s < 3600)
		strbuf_addf(out, "%llum%02llus", s / 60, s % 60);
	else if (minutes < 24 * 60)
		strbuf_addf(out, "%lluh%02llum", minutes / 60, minutes % 60);
	else
		strbuf_addf(out, "%llud%02lluh", minutes / 1440, minutes % 1440 / 60);
}

struct civil {
	long long year;
	int month, day, hour, minute, second, ms;
};

/* Days since 1970-01-01 of the proleptic Gregorian calendar (Hinnant, "chrono-compatible
 * low-level date algorithms"): no table, no time zone state of libc. */
static long long days_from_civil(long long year, int month, int day)
{
	long long era, year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static void civil_from_days(long long days, struct civil *civil)
{
	long long era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	civil->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	civil->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	civil->year = yoe + era * 400 + (civil->month <= 2);
}

static struct civil civil_of(int64_t unix_ms)
{
	long long days = unix_ms / MS_PER_DAY, rest = unix_ms % MS_PER_DAY;
	struct civil civil = { 0 };

	if (rest < 0) {
		rest += MS_PER_DAY;
		days--;
	}
	civil_from_days(days, &civil);
	civil.hour = (int)(rest / MS_PER_H);
	civil.minute = (int)(rest / MS_PER_MIN % 60);
	civil.second = (int)(rest / MS_PER_S % 60);
	civil.ms = (int)(rest % MS_PER_S);
	return civil;
}

static char *put_digits(char *at, int number, int count)
{
	for (int i = count; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + count;
}

/* By hand: every line of a journal begins with one, and printf takes ten times as long. */
void instant_format(struct strbuf *out, int64_t unix_ms)
{
	static const char separators[] = "--T::.Z";
	struct civil c = civil_of(unix_ms);
	const int fields[] = { c.month, c.day, c.hour, c.minute, c.second, c.ms };
	char text[32], *at = text;

	if (c.year < 0 || c.year > 9999) {
		strbuf_addf(out, "%04lld", c.year);
	} else {
		at = put_digits(at, (int)c.year, 4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		*at++ = separators[i];
		at = put_digits(at, fields[i], i == 5 ? 3 : 2);
	}
	*at++ = separators[6];
	strbuf_add(out, text, (size_t)(at - text));
}

void instant_format_compact(struct strbuf *out, int64_t unix_ms)
{
	struct civil c = civil_of(unix_ms);

	strbuf_addf(out, "%04lld%02d%02d-%02d%02d%02d", c.year, c.month, c.day, c.hour, c.minute,
		    c.second);
}

static int take_digits(const char **text, int count, int *value)
{
	*value = 0;
	for (; count; count--, (*text)++) {
		if (!is_digit(**text))
			return -1;
		*value = *value * 10 + (**text - '0');
	}
	return 0;
}

/* The character `c` (case of letters aside), then `count` digits. */
static int take_part(const char **text, char c, int count, int *value)
{
	if ((**text | 0x20) != (c | 0x20))
		return -1;
	(*text)++;
	return take_digits(text, count, value);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static void take_ms(const char **text, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**text != '.' || !is_digit((*text)[1]))
		return;
	for ((*text)++; is_digit(**text); (*text)++, scale /= 10)
		*ms += (**text - '0') * scale;
}

/* "Z", "+01:00" */
static int take_offset(const char **text, int *offset_min)
{
	char sign = **text;
	int hours, minutes;

	*offset_min = 0;
	if ((sign | 0x20) == 'z') {
		(*text)++;
		return 0;
	}
	if ((sign != '+' && sign != '-') || take_part(text, sign, 2, &hours) < 0 ||
	    take_part(text, ':', 2, &minutes) < 0 || hours > 23 || minutes > 59)
		return -1;
	*offset_min = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
	return 0;
}

int instant_parse(const char *text, int64_t *unix_ms)
{
	struct civil c = { 0 };
	int year, offset_min;

	if (take_digits(&text, 4, &year) < 0 || take_part(&text, '-', 2, &c.month) < 0 ||
	    take_part(&text, '-', 2, &c.day) < 0 || take_part(&text, 'T', 2, &c.hour) < 0 ||
	    take_part(&text, ':', 2, &c.minute) < 0 || take_part(&text, ':', 2, &c.second) < 0)
		return -1;
	take_ms(&text, &c.ms);
	if (take_offset(&text, &offset_min) < 0 || *text)
		return -1;
	if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > days_in_month(year, c.month) ||
	    c.hour > 23 || c.minute > 59 || c.second > 60)
		return -1;
	*unix_ms = days_from_civil(year, c.month, c.day) * MS_PER_DAY + c.hour * MS_PER_H +
		   (c.minute - offset_min) * MS_PER_MIN + c.second * MS_PER_S + c.ms;
	return 0;
}

void instant_format_ago(struct strbuf *out, int64_t unix_ms, int64_t now_unix_ms)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "year", 365 * 86400 }, { "month", 30 * 86400 }, { "day", 86400 },
		{ "hour", 3600 },	 { "minute", 60 },	  { "second", 1 },
	};
	int64_t seconds = (now_unix_ms - unix_ms) / MS_PER_S;
	size_t i = 0;

	if (seconds < 10) {
		strbuf_addstr(out, seconds > -10 ? "just now" : "in the future");
		return;
	}
	while (seconds < units[i].seconds)
		i++;
	seconds /= units[i].seconds;
	strbuf_addf(out, "%lld %s%s ago", (long long)seconds, units[i].name,
		    seconds == 1 ? "" : "s");
}
