/*
 * The text of a document before libyaml sees it: what is no text at all is refused with its exact
 * place (libyaml gives line 1 for it), and surrogate pairs of JSON, which libyaml does not know, are
 * written as one escape.
 */
#include "yaml_impl.h"

#include <string.h>

#include "base/compat.h"

enum { MAX_BYTES = 32 << 20 };

/* Where the scan stands; line and col from 0. */
struct scan {
	const unsigned char *at, *end;
	size_t line, col;
};

/* Length of the well-formed UTF-8 sequence at `at` (RFC 3629), or 0. */
static size_t utf8_len(const unsigned char *at, const unsigned char *end)
{
	size_t left = (size_t)(end - at);

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	if (left < 2 || (at[1] & 0xc0) != 0x80)
		return 0;
	if (at[0] < 0xe0)
		return 2;
	if (left < 3 || (at[2] & 0xc0) != 0x80)
		return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))
		return 0;
	if (at[0] < 0xf0)
		return 3;
	if (left < 4 || (at[3] & 0xc0) != 0x80)
		return 0;
	if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return 4;
}

/* Line breaks of YAML 1.1 that no editor shows as such: NEL, LS, PS. */
static const char *odd_break(const unsigned char *at, size_t len)
{
	if (len == 2 && at[0] == 0xc2 && at[1] == 0x85)
		return "U+0085";
	if (len == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9))
		return at[2] == 0xa8 ? "U+2028" : "U+2029";
	return NULL;
}

static int refuse(struct diags *diags, const struct scan *scan, size_t len)
{
	struct span at = yaml_span(scan->line, scan->col, 1);
	struct diag *diag;

	if (len == 0) {
		diag = diag_error(diags, at, "this is no UTF-8 text (byte 0x%02x)", *scan->at);
		diag_hint(diags, diag, "save the file as UTF-8");
	} else if (*scan->at == '\r') {
		diag = diag_error(diags, at, "carriage return without a newline");
		diag_hint(diags, diag, "end lines with LF or CR LF");
	} else if (odd_break(scan->at, len)) {
		const char *name = odd_break(scan->at, len);

		diag = diag_error(diags, at, "line break %s in the text", name);
		diag_hint(diags, diag, "write it as an escape in double quotes: \"\\u%s\"",
			  name + 2);
	} else {
		diag_error(diags, at, "control character 0x%02x in the text", *scan->at);
	}
	return -1;
}

static bool is_refused(const struct scan *scan, size_t len)
{
	unsigned char c = *scan->at;

	if (len == 0)
		return true;
	if (c == '\r')
		return scan->at + 1 == scan->end || scan->at[1] != '\n';
	if (c < 0x20)
		return c != '\t' && c != '\n';
	if (c == 0x7f)
		return true;
	if (c == 0xc2 && scan->at[1] < 0xa0)
		return true;
	return c == 0xe2 && odd_break(scan->at, len);
}

static int check_text(struct diags *diags)
{
	const unsigned char *text = (const unsigned char *)diags->text;
	struct scan scan = { text, text + diags->text_len, 0, 0 };

	while (scan.at < scan.end) {
		size_t len;

		if (*scan.at >= 0x20 && *scan.at < 0x7f) {
			scan.at++;
			scan.col++;
			continue;
		}
		len = utf8_len(scan.at, scan.end);
		if (is_refused(&scan, len))
			return refuse(diags, &scan, len);
		if (*scan.at == '\n') {
			scan.line++;
			scan.col = 0;
		} else {
			scan.col++;
		}
		scan.at += len;
	}
	return 0;
}

static int hex4(const char *s, const char *end, unsigned *value)
{
	*value = 0;
	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a' + 10);
		else
			return -1;
		*value = *value << 4 | digit;
	}
	return 0;
}

/* The code point of `\uD8xx\uDCxx` at s, or 0. */
static unsigned surrogate_pair(const char *s, const char *end)
{
	unsigned high, low;

	if (end - s < 12 || s[1] != 'u' || s[6] != '\\' || s[7] != 'u')
		return 0;
	if (hex4(s + 2, end, &high) < 0 || hex4(s + 8, end, &low) < 0)
		return 0;
	if (high < 0xd800 || high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static void push_shift(struct yaml_source *source, size_t line, size_t col)
{
	struct yaml_shift shift = { (uint32_t)line, (uint32_t)col, 2 };

	if (source->shifts.n && vec_last(&source->shifts)->line == line)
		shift.gone += vec_last(&source->shifts)->gone;
	vec_push(&source->shifts, shift);
}

/* `\ud83d\ude00` (12 characters) becomes `\U0001f600` (10). */
static void rewrite_pairs(struct yaml_source *source)
{
	const char *at = source->text, *end = at + source->len, *done = at;
	size_t line = 0, col = 0;

	for (; at < end; at++) {
		unsigned code = *at == '\\' ? surrogate_pair(at, end) : 0;

		if (code) {
			strbuf_add(&source->rewritten, done, (size_t)(at - done));
			strbuf_addf(&source->rewritten, "\\U%08x", code);
			done = at + 12;
			at = done - 1;
			col += 10;
			push_shift(source, line, col);
		} else if (*at == '\n') {
			line++;
			col = 0;
		} else if (*at == '\\' && at + 1 < end && at[1] == '\\') {
			at++;
			col += 2;
		} else if (((unsigned char)*at & 0xc0) != 0x80) {
			col++;
		}
	}
	if (!source->shifts.n)
		return;
	strbuf_add(&source->rewritten, done, (size_t)(end - done));
	source->text = source->rewritten.buf;
	source->len = source->rewritten.len;
}

int yaml_source_init(struct yaml_source *source, struct diags *diags, bool is_json)
{
	source->text = diags->text;
	source->len = diags->text_len;
	if (source->len > MAX_BYTES) {
		diag_error(diags, (struct span){ 0 },
			   "the file has %zu bytes; at most 32 MiB are read", source->len);
		return -1;
	}
	if (check_text(diags) < 0)
		return -1;
	/* libyaml gives the mark a column, and then the second line seems indented less. */
	if (source->len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0) {
		source->text += 3;
		source->len -= 3;
	}
	if (is_json)
		rewrite_pairs(source);
	return 0;
}

void yaml_source_release(struct yaml_source *source)
{
	strbuf_release(&source->rewritten);
	vec_release(&source->shifts);
}

size_t yaml_source_col(const struct yaml_source *source, size_t line, size_t col)
{
	size_t low = 0, high = source->shifts.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct yaml_shift *shift = &source->shifts.v[mid];

		if (shift->line < line || (shift->line == line && shift->col <= col))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || source->shifts.v[low - 1].line != line)
		return col;
	return col + source->shifts.v[low - 1].gone;
}

struct span yaml_span(size_t line, size_t col, size_t len)
{
	struct span span = { (uint32_t)(line + 1), UINT16_MAX, UINT16_MAX };

	if (col < UINT16_MAX)
		span.col = (uint16_t)(col + 1);
	if (len < UINT16_MAX)
		span.len = (uint16_t)len;
	return span;
}
