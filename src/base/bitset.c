/*
 * A fixed-size set of small numbers.
 */
#include "base/bitset.h"

#include <stdlib.h>

#include "base/compat.h"
#include "base/xalloc.h"

static size_t word_count(size_t n_bits)
{
	return (n_bits + 63) / 64;
}

void bitset_init(struct bitset *set, size_t n_bits)
{
	set->words = xcalloc(word_count(n_bits), sizeof *set->words);
	set->n_bits = n_bits;
}

void bitset_release(struct bitset *set)
{
	if (!set)
		return;
	free(set->words);
	*set = (struct bitset){ 0 };
}

void bitset_set(struct bitset *set, size_t bit)
{
	if (bit >= set->n_bits)
		BUG("bit %zu of %zu", bit, set->n_bits);
	set->words[bit / 64] |= UINT64_C(1) << bit % 64;
}

void bitset_unset(struct bitset *set, size_t bit)
{
	if (bit >= set->n_bits)
		BUG("bit %zu of %zu", bit, set->n_bits);
	set->words[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

bool bitset_has(const struct bitset *set, size_t bit)
{
	return bit < set->n_bits && (set->words[bit / 64] >> bit % 64 & 1);
}

void bitset_or(struct bitset *into, const struct bitset *from)
{
	size_t i;

	if (into->n_bits != from->n_bits)
		BUG("sets of %zu and %zu bits", into->n_bits, from->n_bits);
	for (i = 0; i < word_count(into->n_bits); i++)
		into->words[i] |= from->words[i];
}

size_t bitset_count(const struct bitset *set)
{
	size_t i, count = 0;

	for (i = 0; i < word_count(set->n_bits); i++)
		count += (size_t)__builtin_popcountll(set->words[i]);
	return count;
}
