/*
 * The stat table: {dev, ino, size, mtime, ctime, mode} → content digest, so that unchanged files are
 * not read again. Mapped read-only; new rows live in memory until statcache_save(). A row is an
 * equality test, never an order; a row whose mtime is not clearly older than the moment it was
 * recorded is *racy*: its file is read again once and the row rewritten; where the file system's times
 * are exact (fs_times_are_exact) none is that was read. Losing the table costs time, nothing else: a
 * damaged one is an empty one.
 */
#ifndef STORE_STATCACHE_H
#define STORE_STATCACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "ext/hash.h"
#include "sys/fs.h"

struct statcache;

/* `dir`: where the table stands (<common>/wf); it need not exist. Reads or, with the first save,
 * creates the clone's secret there too. */
struct statcache *statcache_open(const char *dir, struct err *err);
void statcache_close(struct statcache *cache); /* does not save */
/* Valid as long as the cache; what it points to may change in statcache_prepare() and _save(). */
const struct hash_secret *statcache_secret(const struct statcache *cache);
/* For a run that will write: makes the folder and the secret that all engines of the clone agree on,
 * and takes the file system's clock from now on. To be called before the first digest. Without it the
 * kernel's clock is used and the first save does the same, at the price of what was read so far if
 * another engine was first. */
int statcache_prepare(struct statcache *cache, struct err *err);

/* The digest of the regular file `path` below dirfd, whose lstat is *id: from the table, else by
 * reading it (the file is checked to be the same before and after; a file that changes while it is
 * read is tried again, then an error). */
int statcache_digest(struct statcache *cache, int dirfd, const char *path, const struct file_id *id,
		     struct digest *digest, struct err *err);

enum { STATCACHE_RECENT_BYTES = 32768 };

/* The content itself, if it was the last one that was read for a digest, and has no more bytes than that.
 * NULL: it was not. Valid until the next digest is asked for. */
const struct strbuf *statcache_recent(const struct statcache *cache, const struct digest *digest);
/* From the table only: false if it would have to be read. */
bool statcache_lookup(const struct statcache *cache, const struct file_id *id,
		      struct digest *digest);
/* A file just written by us with known content. */
void statcache_add(struct statcache *cache, const struct file_id *id, const struct digest *digest);

/* True if an edit could leave a file with this mtime and a digest taken at `recorded_ns` unchanged:
 * less than 20 ms apart, or 2 s where the mtime has whole seconds. */
bool statcache_is_racy(const struct statcache *cache, int64_t mtime_ns, int64_t recorded_ns);
/* The file system's clock in ns, never ahead of it: the mtime of a file of ours in `dir`, touched at
 * most each 4 ms. */
int64_t statcache_clock_ns(struct statcache *cache);

/* Merges the new rows with the table on disk and replaces it, if there are any. A busy lock or a full
 * disk is no failure of the run: *err is for a warning. */
int statcache_save(struct statcache *cache, struct err *err);

struct statcache_counts {
	size_t n_rows, n_hits, n_reads, n_new;
	uint64_t read_bytes;
};
void statcache_count(const struct statcache *cache, struct statcache_counts *counts);

#endif
