/*
 * A growing array of any type: `VEC(int) numbers = {0}; vec_push(&numbers, 7); numbers.v[0]`.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#define VEC(type)                \
	struct {                 \
		type *v;         \
		size_t n, alloc; \
	}

/* Makes room for `extra` more elements of `size` bytes. */
void vec_grow(void **v, size_t n, size_t *alloc, size_t extra, size_t size);

#define vec_reserve(vec, extra) \
	vec_grow((void **)&(vec)->v, (vec)->n, &(vec)->alloc, (extra), sizeof *(vec)->v)
#define vec_push(vec, value) (vec_reserve((vec), 1), (void)((vec)->v[(vec)->n++] = (value)))
#define vec_pop(vec)	     ((vec)->v[--(vec)->n])
#define vec_last(vec)	     (&(vec)->v[(vec)->n - 1])
#define vec_clear(vec)	     ((void)((vec)->n = 0))
#define vec_release(vec)     (free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->alloc = 0)

#endif
