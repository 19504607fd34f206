/*
 * Blocks that grow from 4 KiB to 1 MiB; what is larger than a quarter of the next block gets a
 * block of its own behind the current one, whose rest stays in use.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGNMENT alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of data; text is packed from `size` down, so it shrinks */
	size_t capacity;   /* what size was at first */
	alignas(max_align_t) unsigned char data[];
};

/* calloc: fresh pages from the kernel are zero already and are not written twice. */
static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = xcalloc(1, sizeof *block + size);

	block->size = block->capacity = size;
	return block;
}

void arena_release(struct arena *arena)
{
	struct arena_block *block, *next;

	if (!arena)
		return;
	for (block = arena->head; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct arena){ 0 };
}

void arena_reset(struct arena *arena)
{
	struct arena_block *head = arena->head, *block, *next;

	if (!head)
		return;
	for (block = head->next; block; block = next) {
		next = block->next;
		free(block);
	}
	head->next = NULL;
	memset(head->data, 0, head->used);
	memset(head->data + head->size, 0, head->capacity - head->size);
	head->used = 0;
	head->size = head->capacity;
	arena->used_bytes = 0;
}

static void *alloc_from_new_block(struct arena *arena, size_t size)
{
	struct arena_block *head = arena->head, *block;
	size_t next_size = head ? head->capacity * 2 : BLOCK_MIN - sizeof *head;

	if (next_size > BLOCK_MAX)
		next_size = BLOCK_MAX;
	if (size > next_size / 4) {
		block = block_new(size);
		block->used = size;
		if (head) {
			block->next = head->next;
			head->next = block;
			return block->data;
		}
		arena->head = block_new(next_size);
		arena->head->next = block;
		return block->data;
	}
	block = block_new(next_size & ~(ALIGNMENT - 1));
	block->used = size;
	block->next = head;
	arena->head = block;
	return block->data;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *head = arena->head;
	void *mem;

	if (size > SIZE_MAX / 4)
		xalloc_die();
	size = size ? (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : ALIGNMENT;
	arena->used_bytes += size;
	if (!head || size > head->size - head->used)
		return alloc_from_new_block(arena, size);
	mem = head->data + head->used;
	head->used += size;
	return mem;
}

/* Text needs no alignment: it is packed from the end of the block, so that short strings do not
 * cost 16 bytes each. */
static char *alloc_text(struct arena *arena, size_t size)
{
	struct arena_block *head = arena->head;

	if (!head || size > head->size - head->used)
		return arena_alloc(arena, size);
	head->size -= size;
	arena->used_bytes += size;
	return (char *)head->data + head->size;
}

void *arena_memdup(struct arena *arena, const void *mem, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, mem, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	size_t real = strnlen(s, len);
	char *copy = alloc_text(arena, real + 1);

	memcpy(copy, s, real);
	copy[real] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(alloc_text(arena, size), s, size);
}

char *arena_join(struct arena *arena, const char *a, const char *b, const char *c)
{
	size_t len_a = strlen(a), len_b = strlen(b), size_c = strlen(c) + 1;
	char *text = alloc_text(arena, len_a + len_b + size_c);

	memcpy(text, a, len_a);
	memcpy(text + len_a, b, len_b);
	memcpy(text + len_a + len_b, c, size_c);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	struct strbuf text CLEANUP(strbuf_release) = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	return memcpy(alloc_text(arena, text.len + 1), strbuf_str(&text), text.len + 1);
}
