/*
 * The text of a step's material, shared by its writer and by the one who compares two of them.
 */
#ifndef PLAN_MATERIAL_IMPL_H
#define PLAN_MATERIAL_IMPL_H

#include <stddef.h>

#include "base/arena.h"

/* The value of an escaped field, in the arena. */
const char *material_unescape(struct arena *arena, const char *text, size_t len);

/* The line feed that ends the line at `text`, or `end`. */
const char *material_end_of_line(const char *text, const char *end);

struct material_difference {
	size_t head
		[2]; /* bytes of either that are read in any case: its command, told as a whole */
	size_t from; /* the first line behind them that differs */
	size_t tail; /* bytes of the equal lines at the end */
};

/* Both materials without the whole lines that are equal at their beginnings and ends. */
void material_find_difference(const char *before, size_t before_len, const char *after,
			      size_t after_len, struct material_difference *out);

#endif
