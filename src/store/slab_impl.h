/*
 * Blobs with rows: `<name>.idx`, a header and one row of fixed size for each blob, and
 * `<name>-<generation>.dat`, the blobs one behind the other. Both are only ever appended to, under the
 * cache's lock, data first. A row counts with its own check, a blob with the row's check of it, so
 * what a crash left half done is no row or a blob that is not there. Compaction writes a new
 * generation and renames the index last.
 *
 * Opening reads the index only: one read however large the data.
 */
#ifndef STORE_SLAB_IMPL_H
#define STORE_SLAB_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum slab_flags {
	SLAB_DEAD = 1,	 /* no blob: what has this key is gone */
	SLAB_TOUCH = 2,	 /* no blob: what has this key was used at stamp_ms */
	SLAB_FAILED = 4, /* the owner's */
	SLAB_SPENT =
		8, /* of use only as the last of its second key; with TOUCH a mark that says so */
	SLAB_BOUND = 16,	/* the owner's */
	SLAB_PENDING = 1 << 31, /* in memory only: not written yet */
};

struct slab_row {
	struct digest key;
	uint64_t key2; /* a second name, of which the last row counts; 0: none */
	uint64_t offset, value;
	int64_t stamp_ms; /* made or last used, Unix time */
	uint64_t blob_check;
	uint32_t len, flags;
	uint64_t check; /* of all above */
};

struct slab_map { /* open addressing: row index + 1 */
	uint32_t *slots;
	size_t n_slots, n;
};

struct slab {
	int dirfd;	       /* borrowed, -1: no folder yet */
	const char *name;      /* below dirfd, borrowed */
	int index_fd, data_fd; /* of one generation; -1: none yet */
	uint64_t index_dev, index_ino, index_bytes;
	uint64_t n_file_rows; /* rows of the file that were read, good or bad */
	uint64_t data_end; /* where our last append ended, if its rows are the last; 0: who knows */
	VEC(struct slab_row)
	rows; /* of blobs; index is stable until a refresh finds a new generation */
	VEC(uint32_t) pending;	    /* rows to append */
	VEC(struct slab_row) marks; /* DEAD and TOUCH to append */
	struct strbuf pending_data;
	struct slab_map by_key, by_key2;
	size_t n_spent_waste; /* spent rows that another one of their second key came after */
	char *view;	      /* the data as it was when it was mapped, or NULL */
	size_t view_len;
	unsigned n_asked; /* blobs outside of the view, since it was made */
	int read_errno; /* of the first thing that could not be read; 0: all that is there could be */
};

#define SLAB_NONE UINT32_MAX

/* Nothing has the name, or what is no file of ours: it does not count. Any other errno hides what does. */
bool store_is_none(int errnum);

void slab_init(struct slab *slab, int dirfd, const char *name);
void slab_release(struct slab *slab);
/* Reads what is there; nothing or a broken index: no rows. What is there and cannot be read is neither:
 * slab->read_errno tells it, here as well as of all that follows. */
void slab_load(struct slab *slab);
/* -1: something could not be read. */
int slab_check_read(const struct slab *slab, struct err *err);

/* Row index or SLAB_NONE. */
uint32_t slab_find(const struct slab *slab, const struct digest *key);
uint32_t slab_find2(const struct slab *slab, uint64_t key2);
/* Appends the blob of a row to `out`. false: it is not what was put in, or cannot be read. */
bool slab_read(struct slab *slab, const struct slab_row *row, struct strbuf *out);
/* The same into an arena; NULL. */
const char *slab_read_in(struct slab *slab, const struct slab_row *row, struct arena *arena);

/* Gathers; `len`, `offset` and the checks are filled in. Found by slab_find() at once. */
void slab_add(struct slab *slab, const struct slab_row *row, const void *blob, size_t len);
/* The same of what the caller has appended to pending_data, from `start` on. */
void slab_add_written(struct slab *slab, const struct slab_row *row, size_t start);
/* Forgets a key, here and with the next append on disk. */
void slab_kill(struct slab *slab, const struct digest *key);
/* From now on the row of this key is kept only while it is the last of its second key. */
void slab_spend(struct slab *slab, const struct digest *key);
/* What a key leads to, or the last word about a second key. */
bool slab_is_of_use(const struct slab *slab, uint32_t index);
/* Notes the use of a row, at most once a day and row. */
void slab_touch(struct slab *slab, uint32_t index, int64_t now_ms);
bool slab_has_pending(const struct slab *slab);

/* Writes what was gathered; the caller holds the cache's lock. Takes up what others appended, and
 * compacts if most rows have become of no use. */
int slab_append(struct slab *slab, struct err *err);
void slab_drop_pending(struct slab *slab);
/* Takes up what others appended or compacted; under the lock. */
void slab_refresh(struct slab *slab);
/* A new generation with the rows whose keep[index] is set, and no others; under the lock, nothing
 * pending. A blob that is bad is left out. */
int slab_compact(struct slab *slab, const bool *keep, struct err *err);
/* Removes the files; under the lock. */
int slab_remove(struct slab *slab, struct err *err);

#endif
