/*
 * Writes JSON, one token at a time.
 */
#include "base/jsonw.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"

static void new_line(struct jsonw *w)
{
	if (w->indent <= 0)
		return;
	strbuf_addch(w->out, '\n');
	strbuf_pad(w->out, ' ', (size_t)w->indent * (size_t)w->depth);
}

/* What stands before a key or an element. */
static void separate(struct jsonw *w)
{
	if (w->need_comma)
		strbuf_addch(w->out, ',');
	if (w->depth > 0)
		new_line(w);
}

static void begin_value(struct jsonw *w)
{
	if (!w->after_key)
		separate(w);
	w->after_key = false;
	w->need_comma = w->depth > 0;
}

static void open_level(struct jsonw *w, char bracket)
{
	begin_value(w);
	strbuf_addch(w->out, bracket);
	w->depth++;
	w->need_comma = false;
}

static void close_level(struct jsonw *w, char bracket)
{
	bool is_empty = !w->need_comma;

	if (w->depth <= 0 || w->after_key)
		BUG("unbalanced JSON");
	w->depth--;
	if (!is_empty)
		new_line(w);
	strbuf_addch(w->out, bracket);
	w->need_comma = w->depth > 0;
}

void jsonw_object(struct jsonw *w)
{
	open_level(w, '{');
}

void jsonw_object_end(struct jsonw *w)
{
	close_level(w, '}');
}

void jsonw_array(struct jsonw *w)
{
	open_level(w, '[');
}

void jsonw_array_end(struct jsonw *w)
{
	close_level(w, ']');
}

static void add_escape(struct strbuf *out, unsigned char c)
{
	static const char letters[] = "btn?fr"; /* from 0x08 */

	strbuf_addch(out, '\\');
	if (c == '"' || c == '\\')
		strbuf_addch(out, (char)c);
	else if (c >= 8 && c <= 13 && c != 11)
		strbuf_addch(out, letters[c - 8]);
	else
		strbuf_addf(out, "u%04x", c);
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Eight bytes at once: is any of them a control, '"', '\\', DEL or beyond ASCII? The subtractions borrow
 * only from bytes that are found anyway. */
static bool is_plain_word(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE * '"', backslash = word ^ EACH_BYTE * '\\';
	uint64_t found = word | (word - EACH_BYTE * 0x20) | (quote - EACH_BYTE) |
			 (backslash - EACH_BYTE) | (word + EACH_BYTE);

	return !(found & EACH_BYTE * 0x80);
}

/* Printable ASCII but for '"' and '\\': a bit for each. */
static bool is_plain(unsigned char c)
{
	static const uint64_t plain[4] = { UINT64_C(0xfffffffb00000000),
					   UINT64_C(0x7fffffffefffffff) };

	return plain[c >> 6] >> (c & 63) & 1;
}

/* Bytes at the start of s that need no care. */
static size_t plain_run(const char *s, size_t len)
{
	uint64_t word;
	size_t n = 0;

	for (; n + sizeof word <= len; n += sizeof word) {
		memcpy(&word, s + n, sizeof word);
		if (!is_plain_word(word))
			break;
	}
	while (n < len && is_plain((unsigned char)s[n]))
		n++;
	return n;
}

static void add_plain(struct strbuf *out, const char *s, size_t len)
{
	char *at = out->buf + out->len;

	*at++ = '"';
	memcpy(at, s, len);
	at[len] = '"';
	at[len + 1] = '\0';
	out->len += len + 2;
}

static void add_with_care(struct strbuf *out, const char *s, size_t len)
{
	size_t size;
	uint32_t code;

	strbuf_addch(out, '"');
	for (; len; s += size, len -= size) {
		size = plain_run(s, len);
		if (size) {
			strbuf_add(out, s, size);
			continue;
		}
		size = utf8_decode(s, len, &code);
		if (code < 0x20 || code == '"' || code == '\\' || code == 0x7f)
			add_escape(out, (unsigned char)code);
		else if (code == UTF8_BAD)
			strbuf_addstr(out, "\xef\xbf\xbd");
		else
			strbuf_add(out, s, size);
	}
	strbuf_addch(out, '"');
}

/* Nearly every key and value is plain. */
static void add_quoted(struct strbuf *out, const char *s, size_t len)
{
	strbuf_grow(out, len + 2);
	if (plain_run(s, len) == len)
		add_plain(out, s, len);
	else
		add_with_care(out, s, len);
}

/* One line, a plain key, as nearly all are: in one go. */
static bool add_plain_key(struct jsonw *w, const char *key, size_t len)
{
	char *at;

	if (w->indent > 0 || plain_run(key, len) != len)
		return false;
	strbuf_grow(w->out, len + 4);
	at = w->out->buf + w->out->len;
	if (w->need_comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, key, len);
	memcpy(at + len, "\":", 3);
	w->out->len = (size_t)(at + len + 2 - w->out->buf);
	return true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
	size_t len = strlen(key);

	if (w->after_key)
		BUG("key '%s' where a value belongs", key);
	if (!add_plain_key(w, key, len)) {
		separate(w);
		add_quoted(w->out, key, len);
		strbuf_add(w->out, ": ", w->indent > 0 ? 2 : 1);
	}
	w->after_key = true;
}

void jsonw_string_n(struct jsonw *w, const char *s, size_t len)
{
	begin_value(w);
	add_quoted(w->out, s, len);
}

void jsonw_string(struct jsonw *w, const char *s)
{
	if (s)
		jsonw_string_n(w, s, strlen(s));
	else
		jsonw_null(w);
}

/* printf costs ten times as much, and a journal is mostly numbers. */
static void add_decimal(struct strbuf *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	strbuf_add(out, digits + at, sizeof digits - at);
}

void jsonw_uint(struct jsonw *w, uint64_t number)
{
	begin_value(w);
	add_decimal(w->out, number);
}

void jsonw_int(struct jsonw *w, int64_t number)
{
	begin_value(w);
	if (number < 0)
		strbuf_addch(w->out, '-');
	add_decimal(w->out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void jsonw_double(struct jsonw *w, double number)
{
	char text[40], *comma;
	int precision;

	if (!isfinite(number)) { /* JSON has no word for it */
		jsonw_null(w);
		return;
	}
	/* 15 digits are always exact one way, 17 the other; subnormals have fewer. */
	precision = fabs(number) < DBL_MIN ? 1 : 15;
	do
		snprintf(text, sizeof text, "%.*g", precision, number);
	while (precision++ < 17 && strtod(text, NULL) != number);
	comma = strchr(text, ','); /* the decimal point of some locales */
	if (comma)
		*comma = '.';
	begin_value(w);
	strbuf_addstr(w->out, text);
}

void jsonw_instant(struct jsonw *w, int64_t unix_ms)
{
	begin_value(w);
	strbuf_addch(w->out, '"');
	instant_format(w->out, unix_ms);
	strbuf_addch(w->out, '"');
}

void jsonw_bool(struct jsonw *w, bool value)
{
	begin_value(w);
	strbuf_addstr(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
	begin_value(w);
	strbuf_addstr(w->out, "null");
}

void jsonw_kv_string(struct jsonw *w, const char *key, const char *s)
{
	jsonw_key(w, key);
	jsonw_string(w, s);
}

void jsonw_kv_int(struct jsonw *w, const char *key, int64_t number)
{
	jsonw_key(w, key);
	jsonw_int(w, number);
}

void jsonw_kv_uint(struct jsonw *w, const char *key, uint64_t number)
{
	jsonw_key(w, key);
	jsonw_uint(w, number);
}

void jsonw_kv_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw_key(w, key);
	jsonw_bool(w, value);
}
