/*
 * Byte counts as people write and read them.
 */
#include "base/size.h"

#include <string.h>

static const char units[] = "BKMGT";

static int unit_shift(const char **text)
{
	static const char letters[] = "KMGTkmgt";
	const char *found = **text ? strchr(letters, **text) : NULL;

	if (!found)
		return 0;
	(*text)++;
	if (!strcmp(*text, "iB"))
		*text += 2;
	return 10 * (int)((found - letters) % 4 + 1);
}

/* Reads ".5" as a part of 10^9. */
static int parse_fraction(const char **text, uint64_t *billionths)
{
	uint64_t value = 0, scale = 1000000000;
	const char *p = *text + 1;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		scale /= 10;
		value += (uint64_t)(*p - '0') * scale;
	}
	*billionths = value;
	*text = p;
	return 0;
}

int size_parse(const char *text, uint64_t *size_bytes)
{
	uint64_t whole = 0, billionths = 0, part;
	int shift;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*text - '0'), &whole))
			return -1;
	if (*text == '.' && parse_fraction(&text, &billionths) < 0)
		return -1;
	shift = unit_shift(&text);
	if (*text || (billionths && !shift))
		return -1;
	part = (uint64_t)(((unsigned __int128)billionths << shift) / 1000000000);
	if (whole > UINT64_MAX >> shift || __builtin_add_overflow(whole << shift, part, &whole))
		return -1;
	*size_bytes = whole;
	return 0;
}

void size_format(struct strbuf *out, uint64_t size_bytes)
{
	uint64_t tenths = 0;
	int unit = 0;

	if (size_bytes < 1024) {
		strbuf_addf(out, "%llu B", (unsigned long long)size_bytes);
		return;
	}
	/* 1023.97 KiB must not read "1024.0 KiB": take the next unit. */
	do {
		int shift = 10 * ++unit;
		unsigned __int128 scaled = (unsigned __int128)size_bytes * 10;

		tenths = (uint64_t)((scaled + ((unsigned __int128)1 << (shift - 1))) >> shift);
	} while (tenths >= 10240 && units[unit + 1]);
	strbuf_addf(out, "%llu.%llu %ciB", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10), units[unit]);
}
