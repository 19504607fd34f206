/*
 * Linear probing; the slot comes from the key's hash by multiplication, so any capacity will do.
 */
#include "store/stattable_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ext/hash.h"
#include "store/boot_impl.h"

static uint64_t first_slot(const struct stattable *table, uint64_t dev, uint64_t ino)
{
	uint64_t hash = (ino ^ (dev << 40 | dev >> 24)) * UINT64_C(0x9e3779b97f4a7c15);

	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	return (hash >> 32) * table->capacity >> 32;
}

/* Had the file been left alone for so long that its content was on the disk? */
static bool is_settled(const struct stat_row *row)
{
	int64_t newest = row->mtime_ns > row->ctime_ns ? row->mtime_ns : row->ctime_ns;

	return newest < row->recorded_ns - BOOT_SETTLED_NS;
}

static uint32_t row_check(const struct stat_row *row, uint64_t boot)
{
	uint64_t sum = hash_checksum(row, offsetof(struct stat_row, check));
	uint32_t check = (uint32_t)(is_settled(row) ? sum : sum ^ boot);

	return check ? check : 1;
}

void stat_row_seal(struct stat_row *row, uint64_t boot)
{
	row->check = row_check(row, boot);
}

bool stat_row_is_good(const struct stat_row *row, uint64_t boot)
{
	return row->check && row->check == row_check(row, boot);
}

bool stat_row_fits(const struct stat_row *row, const struct file_id *id)
{
	return row->dev == id->dev && row->ino == id->ino && row->size_bytes == id->size_bytes &&
	       row->mtime_ns == id->mtime_ns && row->ctime_ns == id->ctime_ns &&
	       row->mode == id->mode;
}

uint64_t stattable_slot(const struct stattable *table, uint64_t dev, uint64_t ino)
{
	uint64_t tries, slot;

	if (!table->capacity)
		return 0;
	slot = first_slot(table, dev, ino);
	for (tries = 0; tries < table->capacity; tries++) {
		const struct stat_row *row = &table->rows[slot];

		if (!row->check || (row->ino == ino && row->dev == dev))
			return slot;
		if (++slot == table->capacity)
			slot = 0;
	}
	return table->capacity;
}

bool stattable_find(const struct stattable *table, uint64_t dev, uint64_t ino, struct stat_row *row)
{
	uint64_t slot = stattable_slot(table, dev, ino);

	if (slot == table->capacity)
		return false;
	/* Somebody may be writing it: what is checked must be what is used. */
	memcpy(row, &table->rows[slot], sizeof *row);
	return row->ino == ino && row->dev == dev && stat_row_is_good(row, table->boot);
}

uint64_t stattable_put(struct stattable *table, const struct stat_row *row, bool *added)
{
	uint64_t slot = stattable_slot(table, row->dev, row->ino);

	if (slot == table->capacity)
		BUG("a full stat table");
	*added = !table->rows[slot].check;
	table->rows[slot] = *row;
	stat_row_seal(&table->rows[slot], table->boot);
	table->n += *added;
	return slot;
}

void stattable_alloc(struct stattable *table, uint64_t capacity)
{
	table->rows = xcalloc(capacity, sizeof *table->rows);
	table->capacity = capacity;
	table->n = 0;
}

static void grow(struct stattable *table)
{
	struct stattable old = *table;
	uint64_t i;
	bool added;

	stattable_alloc(table, old.capacity ? old.capacity * 2 : 64);
	for (i = 0; i < old.capacity; i++)
		if (old.rows[i].check)
			stattable_put(table, &old.rows[i], &added);
	free(old.rows);
}

void stattable_add(struct stattable *table, const struct stat_row *row)
{
	bool added;

	if (table->n * 4 >= table->capacity * 3)
		grow(table);
	stattable_put(table, row, &added);
}
