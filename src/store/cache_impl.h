/*
 * The cache's inside: `records` (a slab), `objects/pack` (a slab of small contents) and
 * `objects/<2 hex>/<30 hex>` (large contents, a file each).
 */
#ifndef STORE_CACHE_IMPL_H
#define STORE_CACHE_IMPL_H

#include "store/cache.h"

#include "base/strbuf.h"
#include "store/slab_impl.h"
#include "sys/behind.h"
#include "sys/lock.h"

/* Up to here an append to the pack, above it a file of its own. The limit is a choice, not measured. */
#define CACHE_SMALL_BYTES 32768

struct cache {
	char *dir;
	const struct hash_secret *secret; /* borrowed */
	int dirfd;			  /* -1: the folder is not there */
	bool is_ready;			  /* to write: folder there, secret is the clone's */
	bool is_loaded;
	struct behind loading;
	char *spool; /* the file that an output is before it takes its place; NULL: one beside it */
	struct slab records, objects;
	struct lock flush_lock; /* at rest between flushes */
	struct strbuf scratch;
};

/* Every look into the slabs comes after it. */
void cache_load(struct cache *cache);
/* Makes the folder; -1 too if the clone's secret is not ours. */
int cache_make_ready(struct cache *cache, struct err *err);
int cache_lock(struct cache *cache, struct lock *lock, uint64_t timeout_ms, struct err *err);
/* Fills *record from a row; false: the body is broken (forget the row). */
bool cache_read_record(struct cache *cache, uint32_t index, struct arena *arena,
		       struct record *record);

/* ---- Large objects, object_file.c ---- */

#define OBJECT_PATH_LEN 41 /* objects/ab/cdef… and NUL fit in 44 */

void object_file_path(const struct digest *digest, char path[OBJECT_PATH_LEN + 3]);
bool object_file_has(int dirfd, const struct digest *digest, uint64_t size_bytes);
/* From `fd`, open for reading at its start. ERR_BUSY: another content than the digest says. */
int object_file_put(const struct cache *cache, int fd, const struct digest *digest,
		    uint64_t size_bytes, struct err *err);
/* Into `to_fd`. 1: not there, or bad and removed. */
int object_file_get(const struct cache *cache, int to_fd, const struct digest *digest,
		    uint64_t size_bytes, struct err *err);

/* Calls fn for each; *removed_by_fn*: fn may unlink. */
typedef int (*object_file_fn)(void *data, int dirfd, const char *path, const struct digest *digest,
			      uint64_t size_bytes, int64_t mtime_ms);
int object_file_each(const struct cache *cache, object_file_fn fn, void *data, struct err *err);
/* 0: content is what the name says; 1: it is not. */
int object_file_check(const struct cache *cache, const char *path, const struct digest *digest,
		      struct err *err);

#endif
