/*
 * What slab.c, slab_rows.c, slab_view.c and slab_write.c share.
 */
#ifndef STORE_SLAB_FILE_IMPL_H
#define STORE_SLAB_FILE_IMPL_H

#include <sys/types.h>

#include "base/xalloc.h"
#include "store/slab_impl.h"

#define SLAB_VERSION 1

struct slab_head {
	char magic[8]; /* "wfslab\0\1" */
	uint32_t version, row_bytes;
	uint64_t generation; /* names the data file */
	uint64_t check;	     /* of all above */
};

uint64_t slab_row_check(const struct slab_row *row);
uint64_t slab_head_check(const struct slab_head *head);
void slab_path(const struct slab *slab, struct strbuf *path);
void slab_data_path(const struct slab *slab, uint64_t generation, struct strbuf *path);

/* Forgets all that was read from disk, with its row indexes. */
void slab_clear(struct slab *slab);
/* Makes sure that what is open is what the path names, and how long it is. One that was replaced
 * since starts over with no rows. -1: none that is good, or slab->read_errno. */
int slab_open_index(struct slab *slab);
uint64_t slab_rows_end(const struct slab *slab); /* where the rows that were read end */
/* Takes up the rows behind those that were read. */
void slab_read_rows(struct slab *slab);

/* As many bytes as there are, or could be read. */
size_t slab_read_at(struct slab *slab, int fd, void *data, size_t len, uint64_t offset);

/* ---- slab_rows.c ---- */

/* As many more rows as that can be pushed without growing. */
void slab_reserve(struct slab *slab, size_t n_more);
/* A row of a blob. */
void slab_push_row(struct slab *slab, const struct slab_row *row);
/* A row of the file: of a blob, or a mark that changes what an earlier one says. */
void slab_take_row(struct slab *slab, const struct slab_row *row);

/* ---- slab_view.c ---- */

/* The bytes of the row, mapped, until the next call; NULL: it is to be read by itself. */
const char *slab_view(struct slab *slab, const struct slab_row *row);
void slab_view_drop(struct slab *slab);

#endif
