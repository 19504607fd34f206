/*
 * Results of steps: records (what a step did with which material) and objects (the content of its
 * outputs by digest). Shared by all worktrees of a clone, appended to by any number of engines. Not
 * state: nothing is synced, everything is verified when read, what is bad is a miss and goes away.
 */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "ext/hash.h"
#include "plan/record.h"

struct cache;

/* `secret` is borrowed: statcache_secret(). `dir` = <common>/wf, need not exist: then the cache is empty and is made with the first write. */
struct cache *cache_open(const char *dir, const struct hash_secret *secret, struct err *err);
/* What is looked up first is read now, while the caller does something else; else the first look waits
 * for it. Little is not worth it. */
void cache_load_behind(struct cache *cache);
void cache_close(struct cache *cache); /* flushes what was added */
/* -1: since the last call something that is there could not be read. What was said to be missing may not
 * be; the next look reads again. To be asked before anything is done for want of a record. */
int cache_check(struct cache *cache, struct err *err);

/* The record with this fingerprint, or NULL; in the arena. The next cache_flush() notes the use, at most
 * once a day. */
const struct record *cache_find(struct cache *cache, const struct digest *fingerprint,
				struct arena *arena);
/* The last record of a step (of the plan) of a workflow, for reasons and durations, or NULL. */
const struct record *cache_find_last(struct cache *cache, const char *workflow, const char *step,
				     struct arena *arena);
/* Only the duration of that one, 0 if there is none: cheap. */
uint64_t cache_last_duration_ms(struct cache *cache, const char *workflow, const char *step);

/* Appended at the next flush (or at once when much is waiting). Objects must be stored before. */
int cache_add_record(struct cache *cache, const struct record *record, struct err *err);
/* The run that a bound record counts in has ended for good: it stays only while it is the last of its
 * step. Said at the next flush. */
void cache_spend(struct cache *cache, const struct digest *fingerprint);
/* One write for all that waits. On failure it is dropped: the cache is not state. ERR_BUSY too if
 * another engine made the clone's secret meanwhile (see statcache_prepare). */
int cache_flush(struct cache *cache, struct err *err);

bool cache_has_object(struct cache *cache, const struct digest *digest, uint64_t size_bytes);
/* Copies the file `path` below dirfd in (reflink where the file system can). It is hashed while it is
 * copied: a content other than `digest` is not stored (ERR_BUSY: it changed meanwhile). */
int cache_put_object(struct cache *cache, int dirfd, const char *path, const struct digest *digest,
		     uint64_t size_bytes, struct err *err);
/* Outputs are written to this file before they take their place, and not to one beside it, so that a
 * kill leaves nothing among the files of the user. For one engine alone; best on the same file system. */
void cache_set_spool(struct cache *cache, const char *path);
/* Gives `spool`, a file or link, its place below dirfd; -1: it cannot have it, and is removed. */
int cache_take_place(const char *spool, int dirfd, const char *path);
/* Writes the object to `path` below dirfd: temp + rename, mode 0666 or 0777 less umask, parents
 * made; digest and length verified first. 1: not there (or bad, and removed). */
int cache_get_object(struct cache *cache, int dirfd, const char *path, const struct digest *digest,
		     uint64_t size_bytes, bool executable, struct err *err);

/* The same for bytes in memory, of up to 32 KiB (a link's text): put checks them against `digest`, get
 * appends them. */
int cache_put_bytes(struct cache *cache, const struct digest *digest, const void *bytes, size_t len,
		    struct err *err);
int cache_get_bytes(struct cache *cache, const struct digest *digest, uint64_t size_bytes,
		    struct strbuf *out, struct err *err); /* 1: not there, or bad */

struct cache_info {
	uint64_t n_records, n_objects, record_bytes, object_bytes;
	int64_t oldest_unix_ms;
};
int cache_info(struct cache *cache, struct cache_info *info, struct err *err);

struct cache_gc_options {
	uint64_t max_bytes;  /* 0: 5 GiB */
	uint64_t max_age_ms; /* 0: 30 days */
	bool dry_run;
	const char *const *keep_runs; /* records of these runs stay (resumable ones) */
	size_t n_keep_runs;
	const char *const
		*ended_runs; /* for good: their bound records go, but the last of a step */
	size_t n_ended_runs;
};
struct cache_gc_result {
	uint64_t n_removed, removed_bytes, n_kept, kept_bytes;
};
/* Removes what was used longest ago; compacts the record log. Takes the cache's lock (ERR_BUSY). */
int cache_gc(struct cache *cache, const struct cache_gc_options *options, int64_t now_unix_ms,
	     struct cache_gc_result *result, struct err *err);
/* Reads everything and compares digests; *n_bad objects and records were removed. */
int cache_verify(struct cache *cache, uint64_t *n_checked, uint64_t *n_bad, struct err *err);
int cache_clear(struct cache *cache, struct err *err);

#endif
