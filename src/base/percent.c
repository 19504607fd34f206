/*
 * See base/percent.h.
 */
#include "base/percent.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(char c, const char *kept)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(kept, c));
}

void percent_encode(struct strbuf *out, const char *text, size_t len, const char *kept)
{
	for (size_t i = 0; i < len; i++) {
		if (is_plain(text[i], kept))
			strbuf_addch(out, text[i]);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)text[i]);
	}
}

/* -1: none. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | ('a' - 'A'));
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int percent_decode(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			strbuf_addch(out, text[i]);
			continue;
		}
		high = i + 2 < len ? digit(text[i + 1]) : -1;
		low = high < 0 ? -1 : digit(text[i + 2]);
		if (low < 0 || high + low == 0)
			return -1;
		strbuf_addch(out, (char)(high * 16 + low));
		i += 2;
	}
	return 0;
}
