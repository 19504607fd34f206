/*
 * A fixed-size set of small numbers. A zeroed struct is empty with room for none.
 */
#ifndef BASE_BITSET_H
#define BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitset {
	uint64_t *words;
	size_t n_bits;
};

void bitset_init(struct bitset *set, size_t n_bits); /* all clear */
void bitset_release(struct bitset *set);
void bitset_set(struct bitset *set, size_t bit);
void bitset_unset(struct bitset *set, size_t bit);
bool bitset_has(const struct bitset *set, size_t bit);
void bitset_or(struct bitset *into, const struct bitset *from); /* same n_bits */
size_t bitset_count(const struct bitset *set);

#endif
