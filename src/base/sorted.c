/*
 * See base/sorted.h.
 */
#include "base/sorted.h"

#include <string.h>

size_t sorted_find(const char *const *list, size_t n, const char *text)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(list[middle], text);

		if (!order)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return n;
}
