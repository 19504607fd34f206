/*
 * Input: the body of a record. Broken, or the same bytes when it is written again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/recordbody_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct record record = { 0 }, again = { 0 };
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;

	if (recordbody_read((const char *)data, size, &arena, &record) == 0) {
		recordbody_write(&record, &first);
		if (recordbody_read(first.buf, first.len, &arena, &again) < 0)
			abort();
		recordbody_write(&again, &second);
		if (first.len != second.len || memcmp(first.buf, second.buf, first.len) != 0)
			abort();
	}
	strbuf_release(&first);
	strbuf_release(&second);
	arena_release(&arena);
	return 0;
}
