/*
 * Strings to pointers, in the order of first insertion. Keys are borrowed: they must outlive the
 * map (an arena's strings do). A zeroed struct is empty and valid.
 */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strmap_entry {
	const char *key;
	size_t len;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct strmap_entry *entries; /* [0, n), insertion order */
	uint32_t *slots;	      /* open addressing: entry index + 1 */
	size_t n, alloc, n_slots;
};

void strmap_release(struct strmap *map);
/* Room for `n` keys in all, so that it need not grow step by step. */
void strmap_reserve(struct strmap *map, size_t n);

/* Returns the previous value of the key, or NULL. */
void *strmap_put(struct strmap *map, const char *key, void *value);
void *strmap_get(const struct strmap *map, const char *key); /* NULL: not there */
void *strmap_get_n(const struct strmap *map, const char *key, size_t len);
struct strmap_entry *strmap_find(const struct strmap *map, const char *key, size_t len);

/* The candidate nearest to `word` by edit distance for "did you mean", or NULL if none is near. */
const char *strmap_nearest(const struct strmap *map, const char *word);
const char *nearest_word(const char *word, const char *const *candidates, size_t n);

#endif
