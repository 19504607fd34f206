/*
 * UTF-8 one character at a time. The table of widths has the blocks that matter in practice: a
 * rare character that is off by one column moves a caret, no more.
 */
#include "base/utf8.h"

#include <stdbool.h>

#include "base/compat.h"

struct range {
	uint32_t first, last;
};

static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x23e9, 0x23ec },	  { 0x23f0, 0x23f0 },
	{ 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },   { 0x2614, 0x2615 },	  { 0x2648, 0x2653 },
	{ 0x267f, 0x267f },   { 0x2693, 0x2693 },   { 0x26a1, 0x26a1 },	  { 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },   { 0x26ce, 0x26ce },	  { 0x26d4, 0x26d4 },
	{ 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },   { 0x26f5, 0x26f5 },	  { 0x26fa, 0x26fa },
	{ 0x26fd, 0x26fd },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },	  { 0x2728, 0x2728 },
	{ 0x274c, 0x274c },   { 0x274e, 0x274e },   { 0x2753, 0x2755 },	  { 0x2757, 0x2757 },
	{ 0x2795, 0x2797 },   { 0x27b0, 0x27b0 },   { 0x27bf, 0x27bf },	  { 0x2b1b, 0x2b1c },
	{ 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },   { 0x2e80, 0x303e },	  { 0x3041, 0xa4cf },
	{ 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },	  { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf },
	{ 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f64f },
	{ 0x1f680, 0x1f6fc }, { 0x1f7e0, 0x1f7eb }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd },
};

static const struct range zero[] = {
	{ 0x0300, 0x036f },   { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f },   { 0x0e34, 0x0e3a }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x200d, 0x200d },   { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0xe0100, 0xe01ef },
};

/* Characters that make a text read otherwise than it is ("Trojan Source"), and C1 controls. */
static const struct range hidden[] = {
	{ 0x0080, 0x009f }, { 0x061c, 0x061c }, { 0x200b, 0x200c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x2069 }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t n)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && code >= ranges[low].first;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t value = p[0];
	size_t i;

	if (size == 1) {
		*code = value;
		return 1;
	}
	*code = UTF8_BAD;
	if (!size || p[0] > 0xf4 || size > len)
		return 1;
	value &= 0x7fu >> size;
	for (i = 1; i < size; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (p[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*code = value;
	return size;
}

int utf8_width(uint32_t code)
{
	if (code < 0x300)
		return 1;
	if (in_ranges(code, zero, ARRAY_SIZE(zero)))
		return 0;
	return in_ranges(code, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

static bool is_control(uint32_t code)
{
	return (code < 0x20 && code != '\t') || code == 0x7f;
}

static bool is_hidden(uint32_t code)
{
	return code >= 0x80 && in_ranges(code, hidden, ARRAY_SIZE(hidden));
}

bool utf8_is_text(const char *s, size_t len)
{
	size_t size;
	uint32_t code;

	for (; len; s += size, len -= size) {
		size = utf8_decode(s, len, &code);
		if (!code || (code == UTF8_BAD && size == 1))
			return false;
	}
	return true;
}

size_t utf8_text_width(const char *s, size_t len)
{
	size_t width = 0, size;
	uint32_t code;

	for (; len; s += size, len -= size) {
		size = utf8_decode(s, len, &code);
		width += is_control(code) ? 2 : is_hidden(code) ? 1 : (size_t)utf8_width(code);
	}
	return width;
}

void utf8_add_visible(struct strbuf *out, const char *s, size_t len)
{
	size_t size;
	uint32_t code;

	for (; len; s += size, len -= size) {
		size = utf8_decode(s, len, &code);
		if (code == '\t') {
			strbuf_addch(out, ' ');
		} else if (is_control(code)) {
			strbuf_addch(out, '^');
			strbuf_addch(out, (char)(code ^ 0x40));
		} else if (code == UTF8_BAD || is_hidden(code)) {
			strbuf_addstr(out, "\xef\xbf\xbd");
		} else {
			strbuf_add(out, s, size);
		}
	}
}
