/*
 * {"seq":7,"at":"…",…,"sum":"9c1f0a…"}: `sum` is XXH3-64 of all bytes of the line before ,"sum".
 */
#include "store/journal_impl.h"

#include <string.h>

#include "ext/hash.h"

static void sum_text(const char *text, size_t len, char sum[JOURNAL_SUM_LEN])
{
	static const char hex[] = "0123456789abcdef";
	uint64_t checksum = hash_checksum(text, len);
	int i;

	memcpy(sum, ",\"sum\":\"", 8);
	for (i = 0; i < 16; i++)
		sum[8 + i] = hex[checksum >> (60 - 4 * i) & 15];
	memcpy(sum + 24, "\"}", 2);
}

void journal_seal(struct strbuf *line, size_t start)
{
	char sum[JOURNAL_SUM_LEN];

	strbuf_setlen(line, line->len - 1); /* the closing brace comes again with the sum */
	sum_text(line->buf + start, line->len - start, sum);
	strbuf_add(line, sum, sizeof sum);
	strbuf_addch(line, '\n');
}

/* 0 if the line does not begin with {"seq":N as ours do. */
static uint64_t line_seq(const char *text, size_t len)
{
	static const char start[] = "{\"seq\":";
	uint64_t seq = 0;
	size_t i = sizeof start - 1;

	if (len <= i || memcmp(text, start, i) != 0)
		return 0;
	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (seq > UINT64_MAX / 100)
			return 0;
		seq = seq * 10 + (uint64_t)(text[i] - '0');
	}
	return seq;
}

bool journal_is_sealed(const char *text, size_t len)
{
	char sum[JOURNAL_SUM_LEN];

	if (len <= JOURNAL_SUM_LEN)
		return false;
	sum_text(text, len - JOURNAL_SUM_LEN, sum);
	return memcmp(text + len - JOURNAL_SUM_LEN, sum, JOURNAL_SUM_LEN) == 0;
}

bool journal_next_line(struct journal_scan *scan, struct journal_line *line)
{
	size_t left = scan->len - scan->pos;
	const char *feed;

	if (!left)
		return false;
	line->text = scan->text + scan->pos;
	feed = memchr(line->text, '\n', left);
	line->len = feed ? (size_t)(feed - line->text) : left;
	scan->pos += line->len + (feed != NULL);
	line->seq = line_seq(line->text, line->len);
	line->is_good = feed && line->seq > scan->last_seq &&
			journal_is_sealed(line->text, line->len);
	if (line->is_good)
		scan->last_seq = line->seq;
	return true;
}
