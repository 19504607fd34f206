/*
 * Answers from the mapped table and from the rows of this process; reads files where neither knows.
 */
#include "store/statcache_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/boot_impl.h"
#include "store/secret_impl.h"
#include "sys/clock.h"

#define RACY_NS	       INT64_C(20000000)
#define RACY_COARSE_NS INT64_C(2000000000)
#define CLOCK_KEEP_NS  4000000
#define READ_TRIES     5

#ifndef O_NOATIME
#define O_NOATIME 0
#endif
#ifndef CLOCK_REALTIME_COARSE
#define CLOCK_REALTIME_COARSE CLOCK_REALTIME
#endif

uint64_t statcache_head_check(const struct stat_head *head)
{
	return hash_checksum(head, offsetof(struct stat_head, check));
}

static bool is_good_head(const struct stat_head *head, size_t file_bytes,
			 const struct hash_secret *secret)
{
	return memcmp(head->magic, "wfstat\0\1", 8) == 0 && head->version == STAT_VERSION &&
	       head->row_bytes == sizeof(struct stat_row) &&
	       head->check == statcache_head_check(head) && head->capacity <= UINT32_MAX &&
	       (file_bytes - sizeof *head) / sizeof(struct stat_row) == head->capacity &&
	       (file_bytes - sizeof *head) % sizeof(struct stat_row) == 0 &&
	       head->secret_id == hash_checksum(secret, sizeof *secret);
}

void statcache_unmap(struct statcache *cache)
{
	if (cache->map)
		munmap(cache->map, cache->map_len);
	cache->map = NULL;
	cache->saved = (struct stattable){ .boot = cache->fresh.boot };
}

/* Whatever is wrong with the file: no rows. */
void statcache_map(struct statcache *cache)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/stat", cache->dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	void *map = MAP_FAILED;

	statcache_unmap(cache);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= (off_t)sizeof(struct stat_head))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	cache->map = map;
	cache->map_len = (size_t)st.st_size;
	if (!is_good_head(map, cache->map_len, &cache->secret)) {
		statcache_unmap(cache);
		return;
	}
	cache->dev = (uint64_t)st.st_dev;
	/* Read only; the type is shared with the tables that are written. */
	cache->saved.rows = (struct stat_row *)((char *)map + sizeof(struct stat_head));
	cache->saved.capacity = ((const struct stat_head *)map)->capacity;
}

struct statcache *statcache_open(const char *dir, struct err *err)
{
	struct statcache *cache = xcalloc(1, sizeof *cache);

	cache->dir = xstrdup(dir);
	cache->clock_fd = -1;
	cache->fresh.boot = boot_number();
	cache->has_secret = secret_read(dir, &cache->secret) == 0;
	if (!cache->has_secret && secret_random(&cache->secret, err) < 0) {
		statcache_close(cache);
		return NULL;
	}
	if (cache->has_secret)
		statcache_map(cache);
	return cache;
}

void statcache_close(struct statcache *cache)
{
	if (!cache)
		return;
	statcache_unmap(cache);
	if (cache->clock_fd >= 0)
		close(cache->clock_fd);
	free(cache->fresh.rows);
	strbuf_release(&cache->recent);
	free(cache->dir);
	free(cache);
}

const struct hash_secret *statcache_secret(const struct statcache *cache)
{
	return &cache->secret;
}

/* ---- Clock and raciness ---- */

int64_t statcache_local_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t statcache_clock_ns(struct statcache *cache)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (cache->clock_read_ns && now_ns - cache->clock_read_ns < CLOCK_KEEP_NS)
		return cache->clock_ns;
	if (cache->clock_fd < 0 || fs_touch_clock(cache->clock_fd, &cache->clock_ns, NULL) < 0) {
		cache->clock_is_local = true;
		return statcache_local_clock_ns();
	}
	cache->clock_read_ns = now_ns;
	return cache->clock_ns;
}

bool statcache_is_racy(const struct statcache *cache, int64_t mtime_ns, int64_t recorded_ns)
{
	(void)cache;
	return mtime_ns >= recorded_ns - (mtime_ns % 1000000000 == 0 ? RACY_COARSE_NS : RACY_NS);
}

/* Of the two times only ctime cannot be set back; another file system has another clock. */
static bool is_racy_row(const struct statcache *cache, const struct stat_row *row)
{
	int64_t newest = row->mtime_ns > row->ctime_ns ? row->mtime_ns : row->ctime_ns;

	if (cache->dev && cache->dev != row->dev)
		return newest >= row->recorded_ns - RACY_COARSE_NS;
	return statcache_is_racy(cache, row->mtime_ns, row->recorded_ns) ||
	       statcache_is_racy(cache, row->ctime_ns, row->recorded_ns);
}

/* ---- Looking up ---- */

bool statcache_lookup(const struct statcache *cache, const struct file_id *id,
		      struct digest *digest)
{
	struct stat_row row;

	if (!stattable_find(&cache->fresh, id->dev, id->ino, &row) &&
	    !stattable_find(&cache->saved, id->dev, id->ino, &row))
		return false;
	if (!stat_row_fits(&row, id) || is_racy_row(cache, &row))
		return false;
	*digest = row.digest;
	return true;
}

static void add_row(struct statcache *cache, const struct file_id *id, const struct digest *digest,
		    int64_t recorded_ns)
{
	struct stat_row row = {
		.dev = id->dev,
		.ino = id->ino,
		.size_bytes = id->size_bytes,
		.mtime_ns = id->mtime_ns,
		.ctime_ns = id->ctime_ns,
		.recorded_ns = recorded_ns,
		.digest = *digest,
		.mode = id->mode,
	};

	stattable_add(&cache->fresh, &row);
}

void statcache_add(struct statcache *cache, const struct file_id *id, const struct digest *digest)
{
	add_row(cache, id, digest, statcache_clock_ns(cache));
}

/* ---- Reading ---- */

static int open_file(int dirfd, const char *path)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(dirfd, path, flags | O_NOATIME);

	/* Only the owner may leave the access time alone. */
	if (fd < 0 && errno == EPERM)
		fd = openat(dirfd, path, flags);
	return fd;
}

static bool has_exact_times(struct statcache *cache, uint64_t dev)
{
	if (!cache->was_tried && cache->clock_fd >= 0) {
		cache->was_tried = true;
		if (!fs_times_are_exact(cache->dir, &cache->exact_dev))
			cache->exact_dev = 0;
	}
	return cache->exact_dev && cache->exact_dev == dev;
}

/* When `id` was got and the content read, as raciness sees it: where times are exact, any change after
 * that shows in them, and it is as if it had been later. */
static int64_t read_at_ns(struct statcache *cache, const struct file_id *id, int64_t recorded_ns)
{
	int64_t newest = id->mtime_ns > id->ctime_ns ? id->mtime_ns : id->ctime_ns;

	if (newest < recorded_ns - RACY_NS || !has_exact_times(cache, id->dev))
		return recorded_ns;
	return newest + RACY_NS + 1;
}

/* One call, where the size is known: that it still is the same is seen afterwards. */
static int read_small(struct statcache *cache, int fd, uint64_t expected_bytes,
		      struct digest *digest, uint64_t *size_bytes, struct err *err)
{
	ssize_t got;

	strbuf_clear(&cache->recent);
	strbuf_grow(&cache->recent, (size_t)expected_bytes + 1);
	do
		got = read(fd, cache->recent.buf, (size_t)expected_bytes + 1);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_errno(err, "cannot read");
	strbuf_setlen(&cache->recent, (size_t)got);
	*digest = cache->recent_digest = hash_bytes(&cache->secret, cache->recent.buf,
						    cache->recent.len);
	*size_bytes = (uint64_t)got;
	return 0;
}

static int read_content(struct statcache *cache, int fd, uint64_t expected_bytes,
			struct digest *digest, uint64_t *size_bytes, struct err *err)
{
	if (expected_bytes <= STATCACHE_RECENT_BYTES)
		return read_small(cache, fd, expected_bytes, digest, size_bytes, err);
	return hash_fd(&cache->secret, fd, digest, size_bytes, err);
}

const struct strbuf *statcache_recent(const struct statcache *cache, const struct digest *digest)
{
	return cache->recent.buf && digest_equal(digest, &cache->recent_digest) ? &cache->recent
										: NULL;
}

/* 0: *digest is the content that the file had all the while; 1: it changed; -1. */
static int read_stable(struct statcache *cache, int fd, struct digest *digest, struct err *err)
{
	int64_t recorded_ns = statcache_clock_ns(cache);
	struct file_id before, after;
	uint64_t size_bytes;

	if (fs_stat_fd(fd, &before, err) < 0)
		return -1;
	if (!S_ISREG(before.mode))
		return err_set(err, ERR_INVALID, "not a regular file");
	if (read_content(cache, fd, before.size_bytes, digest, &size_bytes, err) < 0 ||
	    fs_stat_fd(fd, &after, err) < 0)
		return -1;
	cache->counts.n_reads++;
	cache->counts.read_bytes += size_bytes;
	if (!fs_same_id(&before, &after) || size_bytes != after.size_bytes)
		return 1;
	add_row(cache, &after, digest, read_at_ns(cache, &after, recorded_ns));
	return 0;
}

static int read_digest(struct statcache *cache, int dirfd, const char *path, struct digest *digest,
		       struct err *err)
{
	int tries, result = 1;

	for (tries = 0; result > 0 && tries < READ_TRIES; tries++) {
		int fd = open_file(dirfd, path);

		if (fd < 0)
			return err_errno(err, "cannot read '%s'", path);
		result = read_stable(cache, fd, digest, err);
		close(fd);
	}
	if (result > 0)
		return err_set(err, ERR_BUSY, "'%s' changes while it is read", path);
	return result < 0 ? err_wrap(err, "cannot read '%s'", path) : 0;
}

int statcache_digest(struct statcache *cache, int dirfd, const char *path, const struct file_id *id,
		     struct digest *digest, struct err *err)
{
	if (!statcache_lookup(cache, id, digest))
		return read_digest(cache, dirfd, path, digest, err);
	cache->counts.n_hits++;
	return 0;
}

void statcache_count(const struct statcache *cache, struct statcache_counts *counts)
{
	uint64_t i;

	*counts = cache->counts;
	counts->n_new = cache->fresh.n;
	counts->n_rows = cache->fresh.n;
	for (i = 0; i < cache->saved.capacity; i++)
		counts->n_rows += cache->saved.rows[i].check != 0;
}
