/*
 * Input: a record of trust. It is refused, or the same record when it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/trust_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need_same(const struct trust_record *record, struct arena *arena)
{
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct trust_record again;

	trust_record_write(record, &first);
	if (trust_record_read(first.buf, first.len, arena, &again, NULL) < 0)
		abort();
	trust_record_write(&again, &second);
	if (strcmp(first.buf, second.buf) != 0)
		abort();
	trust_files_release(&again.files);
	strbuf_release(&first);
	strbuf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct trust_record record;
	struct err err = ERR_INIT;

	if (trust_record_read((const char *)data, size, &arena, &record, &err) == 0)
		need_same(&record, &arena);
	else if (!err.kind)
		abort();
	trust_files_release(&record.files);
	err_release(&err);
	arena_release(&arena);
	return 0;
}
