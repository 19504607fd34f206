/*
 * Rows in memory: those of the index and what is to be appended, found by either key.
 */
#include <stdlib.h>
#include <string.h>

#include "ext/hash.h"
#include "store/slab_file_impl.h"

#define TOUCH_AFTER_MS INT64_C(86400000)

/* ---- Maps ---- */

static uint64_t key_hash(const struct digest *key)
{
	uint64_t hash;

	memcpy(&hash, key->bytes, sizeof hash);
	return hash;
}

static bool is_row_of(const struct slab *slab, bool second, uint32_t index,
		      const struct slab_row *like)
{
	const struct slab_row *row = &slab->rows.v[index];

	return second ? row->key2 == like->key2 : digest_equal(&row->key, &like->key);
}

static size_t map_slot(const struct slab *slab, const struct slab_map *map,
		       const struct slab_row *like)
{
	bool second = map == &slab->by_key2;
	size_t slot = (second ? like->key2 : key_hash(&like->key)) & (map->n_slots - 1);

	while (map->slots[slot] && !is_row_of(slab, second, map->slots[slot] - 1, like))
		slot = (slot + 1) & (map->n_slots - 1);
	return slot;
}

/* At most two thirds full. */
static bool is_too_full(size_t n_slots, size_t n)
{
	return n * 3 > n_slots * 2;
}

static void map_grow(const struct slab *slab, struct slab_map *map, size_t n_more)
{
	const struct slab_map old = *map;
	size_t i, n_slots = old.n_slots ? old.n_slots : 64;

	while (is_too_full(n_slots, map->n + n_more))
		n_slots *= 2;
	map->n_slots = n_slots;
	map->slots = xcalloc(n_slots, sizeof *map->slots);
	for (i = 0; i < old.n_slots; i++)
		if (old.slots[i])
			map->slots[map_slot(slab, map, &slab->rows.v[old.slots[i] - 1])] =
				old.slots[i];
	free(old.slots);
}

static void map_reserve(const struct slab *slab, struct slab_map *map, size_t n_more)
{
	if (is_too_full(map->n_slots, map->n + n_more))
		map_grow(slab, map, n_more);
}

static void map_put(const struct slab *slab, struct slab_map *map, uint32_t index)
{
	size_t slot;

	map_reserve(slab, map, 1);
	slot = map_slot(slab, map, &slab->rows.v[index]);
	map->n += !map->slots[slot];
	map->slots[slot] = index + 1;
}

static uint32_t map_get(const struct slab *slab, const struct slab_map *map,
			const struct slab_row *like)
{
	return map->n ? map->slots[map_slot(slab, map, like)] - 1 : SLAB_NONE;
}

void slab_reserve(struct slab *slab, size_t n_more)
{
	vec_reserve(&slab->rows, n_more);
	map_reserve(slab, &slab->by_key, n_more);
	map_reserve(slab, &slab->by_key2, n_more);
}

/* ---- Rows ---- */

/* A dead row stays in the map as its key's last word. */
static uint32_t alive(const struct slab *slab, uint32_t index)
{
	return index == SLAB_NONE || (slab->rows.v[index].flags & SLAB_DEAD) ? SLAB_NONE : index;
}

uint32_t slab_find(const struct slab *slab, const struct digest *key)
{
	struct slab_row like = { .key = *key };

	return alive(slab, map_get(slab, &slab->by_key, &like));
}

uint32_t slab_find2(const struct slab *slab, uint64_t key2)
{
	struct slab_row like = { .key2 = key2 };

	return alive(slab, map_get(slab, &slab->by_key2, &like));
}

/* Before a row takes over as the last of its second key. */
static void count_waste(struct slab *slab, const struct slab_row *row)
{
	uint32_t last = map_get(slab, &slab->by_key2, row);

	slab->n_spent_waste += last != SLAB_NONE && (slab->rows.v[last].flags & SLAB_SPENT);
}

void slab_push_row(struct slab *slab, const struct slab_row *row)
{
	uint32_t index = (uint32_t)slab->rows.n;

	if (row->key2)
		count_waste(slab, row);
	vec_push(&slab->rows, *row);
	map_put(slab, &slab->by_key, index);
	if (row->key2)
		map_put(slab, &slab->by_key2, index);
}

static void set_spent(struct slab *slab, uint32_t index)
{
	struct slab_row *row = &slab->rows.v[index];

	if (row->flags & SLAB_SPENT)
		return;
	row->flags |= SLAB_SPENT;
	slab->n_spent_waste += !row->key2 || map_get(slab, &slab->by_key2, row) != index;
}

bool slab_is_of_use(const struct slab *slab, uint32_t index)
{
	const struct slab_row *row = &slab->rows.v[index];
	uint32_t latest = slab_find(slab, &row->key);

	if (latest == SLAB_NONE)
		return false;
	return (latest == index && !(row->flags & SLAB_SPENT)) ||
	       (row->key2 && slab_find2(slab, row->key2) == index);
}

void slab_take_row(struct slab *slab, const struct slab_row *row)
{
	uint32_t index;

	if (!(row->flags & (SLAB_DEAD | SLAB_TOUCH))) {
		slab_push_row(slab, row);
		return;
	}
	index = slab_find(slab, &row->key);
	if (index == SLAB_NONE)
		return;
	if (row->flags & SLAB_DEAD)
		slab->rows.v[index].flags |= SLAB_DEAD;
	else if (row->flags & SLAB_SPENT)
		set_spent(slab, index);
	else if (slab->rows.v[index].stamp_ms < row->stamp_ms)
		slab->rows.v[index].stamp_ms = row->stamp_ms;
}

/* ---- Gathering ---- */

void slab_add(struct slab *slab, const struct slab_row *row, const void *blob, size_t len)
{
	size_t start = slab->pending_data.len;

	strbuf_add(&slab->pending_data, blob, len);
	slab_add_written(slab, row, start);
}

void slab_add_written(struct slab *slab, const struct slab_row *row, size_t start)
{
	struct slab_row added = *row;

	added.flags |= SLAB_PENDING;
	added.len = (uint32_t)(slab->pending_data.len - start);
	added.offset = start;
	added.blob_check = hash_checksum(strbuf_str(&slab->pending_data) + start, added.len);
	vec_push(&slab->pending, (uint32_t)slab->rows.n);
	slab_push_row(slab, &added);
}

void slab_kill(struct slab *slab, const struct digest *key)
{
	struct slab_row mark = { .key = *key, .flags = SLAB_DEAD };
	uint32_t index = slab_find(slab, key);

	if (index == SLAB_NONE)
		return;
	slab->rows.v[index].flags |= SLAB_DEAD;
	if (!(slab->rows.v[index].flags & SLAB_PENDING))
		vec_push(&slab->marks, mark);
}

void slab_spend(struct slab *slab, const struct digest *key)
{
	struct slab_row mark = { .key = *key, .flags = SLAB_TOUCH | SLAB_SPENT };
	uint32_t index = slab_find(slab, key);

	if (index == SLAB_NONE || (slab->rows.v[index].flags & SLAB_SPENT))
		return;
	set_spent(slab, index);
	if (!(slab->rows.v[index].flags & SLAB_PENDING))
		vec_push(&slab->marks, mark);
}

void slab_touch(struct slab *slab, uint32_t index, int64_t now_ms)
{
	struct slab_row *row = &slab->rows.v[index], mark = { .flags = SLAB_TOUCH };

	if (now_ms - row->stamp_ms < TOUCH_AFTER_MS)
		return;
	row->stamp_ms = now_ms;
	mark.key = row->key;
	mark.stamp_ms = now_ms;
	vec_push(&slab->marks, mark);
}

bool slab_has_pending(const struct slab *slab)
{
	return slab->pending.n || slab->marks.n;
}

void slab_drop_pending(struct slab *slab)
{
	size_t i;

	for (i = 0; i < slab->pending.n; i++)
		if (slab->pending.v[i] < slab->rows.n)
			slab->rows.v[slab->pending.v[i]].flags |= SLAB_DEAD;
	vec_clear(&slab->pending);
	vec_clear(&slab->marks);
	strbuf_clear(&slab->pending_data);
}
