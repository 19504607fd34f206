/*
 * Lists of strings that are sorted by bytes, as strcmp() does.
 */
#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>

/* The place of `text` in the list; n: it is not there. */
size_t sorted_find(const char *const *list, size_t n, const char *text);

#endif
