/*
 * Growth of the arrays of VEC(): by half, from eight elements.
 */
#include "base/vec.h"

#include <stdint.h>
#include <string.h>

#include "base/xalloc.h"

void vec_grow(void **v, size_t n, size_t *alloc, size_t extra, size_t size)
{
	size_t want;
	void *mem;

	if (extra <= *alloc - n)
		return;
	want = *alloc + *alloc / 2;
	if (want < 8)
		want = 8;
	if (extra > SIZE_MAX / 4 / size - n)
		xalloc_die();
	if (want < n + extra)
		want = n + extra;
	/* *v is a pointer of another type: copied as bytes, so that aliasing rules hold under LTO. */
	memcpy(&mem, (const void *)v, sizeof mem);
	mem = xrealloc(mem, want * size);
	memcpy((void *)v, &mem, sizeof mem);
	*alloc = want;
}
