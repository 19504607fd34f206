/*
 * Input: a line of the history. What counts as an entry is the same entry when it is written and read
 * again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/history_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need_same(const struct history_entry *entry)
{
	struct arena arena = { 0 };
	struct strbuf line = STRBUF_INIT, again = STRBUF_INIT;
	struct history_entry other;

	history_line_write(entry, &line);
	strbuf_add(&again, line.buf, line.len);
	if (history_line_read(again.buf, again.len - 1, &arena, &other) < 0)
		abort();
	strbuf_clear(&again);
	history_line_write(&other, &again);
	if (strcmp(line.buf, again.buf) != 0)
		abort();
	strbuf_release(&line);
	strbuf_release(&again);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct history_entry entry;
	struct strbuf line = STRBUF_INIT;

	strbuf_add(&line, data, size);
	strbuf_str(&line);
	if (size && history_line_read(line.buf, size, &arena, &entry) == 0)
		need_same(&entry);
	strbuf_release(&line);
	arena_release(&arena);
	return 0;
}
