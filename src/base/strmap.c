/*
 * Strings to pointers: entries in insertion order beside a table of indices with linear probing,
 * at most three quarters full. Nothing is ever removed.
 */
#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/xalloc.h"

static uint64_t read_word(const char *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* In the manner of wyhash: eight bytes a multiplication. Never stored, so it may change. */
static uint64_t hash_bytes(const char *key, size_t len)
{
	uint64_t hash = len ^ UINT64_C(0xa0761d6478bd642f);

	for (; len > 8; key += 8, len -= 8)
		hash = mix(hash ^ read_word(key, 8), UINT64_C(0xe7037ed1a0b428db));
	hash = mix(hash ^ read_word(key, len), UINT64_C(0x8ebc6af09c88c6e3));
	return mix(hash, UINT64_C(0x589965cc75374cc3));
}

void strmap_release(struct strmap *map)
{
	if (!map)
		return;
	free(map->entries);
	free(map->slots);
	*map = (struct strmap){ 0 };
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t *find_slot(const struct strmap *map, const char *key, size_t len, uint64_t hash)
{
	size_t mask = map->n_slots - 1, i = hash & mask;

	for (;; i = (i + 1) & mask) {
		const struct strmap_entry *entry;

		if (!map->slots[i])
			return &map->slots[i];
		entry = &map->entries[map->slots[i] - 1];
		if (entry->hash == hash && entry->len == len && !memcmp(entry->key, key, len))
			return &map->slots[i];
	}
}

static void grow(struct strmap *map, size_t n_slots)
{
	size_t mask = n_slots - 1, e, i;

	if (n_slots > UINT32_MAX)
		xalloc_die();
	free(map->slots);
	map->slots = xcalloc(n_slots, sizeof *map->slots);
	map->n_slots = n_slots;
	map->alloc = n_slots - n_slots / 4;
	map->entries = xrealloc(map->entries, map->alloc * sizeof *map->entries);
	for (e = 0; e < map->n; e++) {
		for (i = map->entries[e].hash & mask; map->slots[i];)
			i = (i + 1) & mask;
		map->slots[i] = (uint32_t)e + 1;
	}
}

void strmap_reserve(struct strmap *map, size_t n)
{
	size_t n_slots = map->n_slots ? map->n_slots : 16;

	while (n_slots - n_slots / 4 < n)
		n_slots *= 2;
	if (n_slots > map->n_slots)
		grow(map, n_slots);
}

void *strmap_put(struct strmap *map, const char *key, void *value)
{
	size_t len = strlen(key);
	uint64_t hash = hash_bytes(key, len);
	uint32_t *slot;
	void *previous;

	strmap_reserve(map, map->n + 1);
	slot = find_slot(map, key, len, hash);
	if (*slot) {
		previous = map->entries[*slot - 1].value;
		map->entries[*slot - 1].value = value;
		return previous;
	}
	map->entries[map->n] = (struct strmap_entry){ key, len, value, hash };
	*slot = (uint32_t)++map->n;
	return NULL;
}

struct strmap_entry *strmap_find(const struct strmap *map, const char *key, size_t len)
{
	uint32_t index;

	if (!map->n)
		return NULL;
	index = *find_slot(map, key, len, hash_bytes(key, len));
	return index ? &map->entries[index - 1] : NULL;
}

void *strmap_get_n(const struct strmap *map, const char *key, size_t len)
{
	const struct strmap_entry *entry = strmap_find(map, key, len);

	return entry ? entry->value : NULL;
}

void *strmap_get(const struct strmap *map, const char *key)
{
	return strmap_get_n(map, key, strlen(key));
}
