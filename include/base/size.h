/*
 * Byte counts as people write and read them: K, M, G, T are powers of 1024, as in ulimit and git.
 */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdint.h>

#include "base/strbuf.h"

/* "512M", "1G", "1.5G", "4096", also "4KiB"; "4KB" is refused as ambiguous. Returns 0, or -1. */
int size_parse(const char *text, uint64_t *size_bytes);
/* "812 B", "4.0 KiB", "1.2 GiB". */
void size_format(struct strbuf *out, uint64_t size_bytes);

#endif
