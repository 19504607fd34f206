/*
 * An open-addressing table of stat rows, keyed by (dev, ino), in memory or mapped from a file that
 * others write to: each row carries its own check, so a torn one is a miss and nothing else.
 */
#ifndef STORE_STATTABLE_IMPL_H
#define STORE_STATTABLE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "sys/fs.h"

struct stat_row {
	uint64_t dev, ino, size_bytes;
	int64_t mtime_ns, ctime_ns;
	int64_t recorded_ns; /* the file system's clock before the content was read */
	struct digest digest;
	uint32_t mode;
	uint32_t check; /* of all the rest; 0: an empty slot */
};

struct stattable {
	struct stat_row *rows; /* [0, capacity) */
	uint64_t capacity;     /* below 2^32 */
	uint64_t n;	       /* used slots; not known for a mapped one */
	uint64_t boot; /* boot_number(): rows of another are bad, but of files that were old */
};

/* A good copy of the row of a file, whatever its state. */
bool stattable_find(const struct stattable *table, uint64_t dev, uint64_t ino,
		    struct stat_row *row);
/* The slot of a key, or the free one for it; capacity: neither. */
uint64_t stattable_slot(const struct stattable *table, uint64_t dev, uint64_t ino);
/* Puts the row in the place of the one with its key, else in a free slot; returns the slot. There
 * must be a free one. *added: it was not there. The check is filled in. */
uint64_t stattable_put(struct stattable *table, const struct stat_row *row, bool *added);
/* The same in a table of one's own, which grows. */
void stattable_add(struct stattable *table, const struct stat_row *row);
void stattable_alloc(struct stattable *table, uint64_t capacity);

void stat_row_seal(struct stat_row *row, uint64_t boot); /* fills in the check */
bool stat_row_is_good(const struct stat_row *row, uint64_t boot);
bool stat_row_fits(const struct stat_row *row, const struct file_id *id);

#endif
