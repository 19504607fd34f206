/*
 * Where two materials differ at all: a step may have ten thousand inputs of which one changed, and
 * only the lines between the first and the last difference are worth reading.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plan/material_impl.h"

const char *material_end_of_line(const char *text, const char *end)
{
	const char *feed = memchr(text, '\n', (size_t)(end - text));

	return feed ? feed : end;
}

static bool begins_with(const char *text, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - text) >= len && memcmp(text, word, len) == 0;
}

/* Bytes of the lines up to the last word of the command: they are told as a whole. */
static size_t head_bytes(const char *text, size_t len)
{
	static const char *const kinds[] = { "wf-material ", "action ", "arg " };
	const char *at = text, *end = text + len, *stop;
	size_t k = 0;

	for (; at < end; at = stop + 1) {
		while (k < ARRAY_SIZE(kinds) && !begins_with(at, end, kinds[k]))
			k++;
		if (k == ARRAY_SIZE(kinds))
			return (size_t)(at - text);
		stop = material_end_of_line(at, end);
		if (stop == end)
			break;
	}
	return len;
}

static size_t equal_bytes(const char *a, const char *b, size_t max)
{
	size_t n = 0;

	while (n + sizeof(uint64_t) <= max && memcmp(a + n, b + n, sizeof(uint64_t)) == 0)
		n += sizeof(uint64_t);
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

static size_t equal_bytes_at_end(const char *a_end, const char *b_end, size_t max)
{
	size_t n = 0;

	while (n + sizeof(uint64_t) <= max &&
	       memcmp(a_end - n - sizeof(uint64_t), b_end - n - sizeof(uint64_t),
		      sizeof(uint64_t)) == 0)
		n += sizeof(uint64_t);
	while (n < max && a_end[-(ptrdiff_t)n - 1] == b_end[-(ptrdiff_t)n - 1])
		n++;
	return n;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

void material_find_difference(const char *before, size_t before_len, const char *after,
			      size_t after_len, struct material_difference *out)
{
	size_t from = equal_bytes(before, after, min_size(before_len, after_len)), max, tail;
	const char *feed;

	out->head[0] = head_bytes(before, before_len);
	out->head[1] = head_bytes(after, after_len);
	max = min_size(before_len - out->head[0], after_len - out->head[1]);
	while (from > 0 && before[from - 1] != '\n')
		from--;
	if (from < out->head[0] || from < out->head[1])
		from = out->head[0] = out->head[1] = 0;
	max = min_size(max, min_size(before_len, after_len) - from);
	tail = equal_bytes_at_end(before + before_len, after + after_len, max);
	/* Its first bytes may be the end of a line that differs. */
	feed = memchr(before + before_len - tail, '\n', tail);
	tail = feed ? (size_t)(before + before_len - feed - 1) : 0;
	out->from = from;
	out->tail = tail;
}
