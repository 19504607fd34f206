/*
 * Blobs are asked for in about the order in which they were added, a thousand in a run. Where one lies
 * close behind the last one, more than that is read in one call.
 */
#include "store/slab_impl.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "store/slab_file_impl.h"

#define CLOSE_BYTES ((size_t)16 << 10)
#define AHEAD_BYTES ((size_t)64 << 10)

void slab_ahead_drop(struct slab *slab)
{
	free(slab->ahead);
	slab->ahead = NULL;
	slab->ahead_len = 0;
	slab->ahead_offset = slab->read_end = 0;
}

static bool is_ahead(const struct slab *slab, const struct slab_row *row)
{
	return slab->ahead && row->offset >= slab->ahead_offset && row->len <= slab->ahead_len &&
	       row->offset - slab->ahead_offset <= slab->ahead_len - row->len;
}

static void read_ahead(struct slab *slab, uint64_t offset)
{
	if (!slab->ahead)
		slab->ahead = xcalloc(1, AHEAD_BYTES);
	slab->ahead_len = (size_t)slab_read_at(slab->data_fd, slab->ahead, AHEAD_BYTES, offset);
	slab->ahead_offset = offset;
}

const char *slab_ahead(struct slab *slab, const struct slab_row *row)
{
	uint64_t last_end = slab->read_end;

	if ((row->flags & SLAB_PENDING) || slab->data_fd < 0)
		return NULL;
	slab->read_end = row->offset + row->len;
	if (!is_ahead(slab, row) && last_end && row->offset >= last_end &&
	    row->offset - last_end < CLOSE_BYTES && row->len < AHEAD_BYTES)
		read_ahead(slab, row->offset);
	return is_ahead(slab, row) ? slab->ahead + (row->offset - slab->ahead_offset) : NULL;
}
