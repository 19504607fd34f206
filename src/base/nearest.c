/*
 * "Did you mean": the nearest of some words by edit distance, where swapping two neighbours is one
 * edit and a difference of case is none.
 */
#include <stdint.h>
#include <string.h>

#include "base/compat.h"
#include "base/strmap.h"

#define WORD_MAX 64

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Optimal string alignment distance; both words at most WORD_MAX bytes. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= a_len; i++) {
		spare = before;
		before = above;
		above = row;
		row = spare;
		row[0] = (unsigned)i;
		for (j = 1; j <= b_len; j++) {
			unsigned differ = fold(a[i - 1]) != fold(b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + differ);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return row[b_len];
}

struct search {
	const char *word;
	size_t len;
	const char *best;
	unsigned best_distance;
};

static void consider(struct search *search, const char *candidate)
{
	size_t len = strlen(candidate);
	unsigned d;

	if (search->len > WORD_MAX || len > WORD_MAX)
		return;
	d = distance(search->word, search->len, candidate, len);
	/* Nothing in common is not near, however short the words. */
	if (d < search->best_distance && d < search->len && d < len) {
		search->best = candidate;
		search->best_distance = d;
	}
}

static struct search search_for(const char *word)
{
	size_t len = strlen(word);

	return (struct search){ word, len, NULL, (unsigned)(len + 2) / 3 + 1 };
}

const char *nearest_word(const char *word, const char *const *candidates, size_t n)
{
	struct search search = search_for(word);
	size_t i;

	for (i = 0; i < n; i++)
		consider(&search, candidates[i]);
	return search.best;
}

const char *strmap_nearest(const struct strmap *map, const char *word)
{
	struct search search = search_for(word);
	size_t i;

	for (i = 0; i < map->n; i++)
		consider(&search, map->entries[i].key);
	return search.best;
}
