/*
 * The stat cache's inside, shared by the half that answers and the half that saves.
 */
#ifndef STORE_STATCACHE_IMPL_H
#define STORE_STATCACHE_IMPL_H

#include "store/statcache.h"

#include "store/stattable_impl.h"

#define STAT_VERSION 1

struct stat_head {
	char magic[8]; /* "wfstat\0\1": the last byte is 1 in native order */
	uint32_t version, row_bytes;
	uint64_t capacity;
	uint64_t secret_id; /* checksum of the secret: rows of another one are worth nothing */
	uint64_t check;	    /* of all above */
	uint64_t n_rows;    /* a hint, not covered: changes in place */
};

struct statcache {
	char *dir;
	struct hash_secret secret;
	bool has_secret; /* as it is on disk */
	void *map;
	size_t map_len;
	struct stattable saved; /* mapped, read only */
	struct stattable fresh; /* rows of this process */
	int clock_fd;		/* -1: no file of ours to touch */
	uint64_t dev;		/* of `dir`, 0: not known */
	bool was_tried;		/* are its times exact? */
	uint64_t exact_dev;	/* fs_times_are_exact(); 0: no */
	int64_t clock_ns;	/* last reading */
	uint64_t clock_read_ns; /* when, monotonic; 0: never */
	bool clock_is_local;	/* some row of `fresh` has the kernel's clock */
	struct statcache_counts counts;
	struct strbuf recent; /* the small content that was read last, and its digest */
	struct digest recent_digest;
};

void statcache_map(struct statcache *cache);
void statcache_unmap(struct statcache *cache);
int64_t statcache_local_clock_ns(void);
uint64_t statcache_head_check(const struct stat_head *head);

#endif
