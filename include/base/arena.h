/*
 * Memory that goes all at once: a document's, a plan's, a run's. Nothing in it is freed alone.
 * A zeroed struct is empty and valid.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/compat.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used_bytes; /* handed out so far */
};

void arena_release(struct arena *arena);
void arena_reset(struct arena *arena); /* empty again, but keeps a block: for scratch in a loop */
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
void *arena_memdup(struct arena *arena, const void *mem, size_t size);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t len);
/* a, b and c in a row: where a printf would be felt. */
char *arena_join(struct arena *arena, const char *a, const char *b, const char *c);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(arena, type)		((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

#endif
