/*
 * A record as bytes: numbers of 8 bytes in native order, texts with their length and a NUL. What the
 * row of the slab has (fingerprint, duration, end) is not repeated.
 */
#ifndef STORE_RECORDBODY_IMPL_H
#define STORE_RECORDBODY_IMPL_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "plan/record.h"

void recordbody_write(const struct record *record, struct strbuf *out);
/* Fills all but fingerprint, failed, duration and end; texts stay where they are in `data`. -1: broken. */
int recordbody_read(const char *data, size_t len, struct arena *arena, struct record *record);

#endif
