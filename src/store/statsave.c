/*
 * Brings the rows of a process into the table on disk: a few in place, many by a new file.
 */
#include "store/statcache_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/secret_impl.h"
#include "sys/lock.h"

#define LOCK_WAIT_MS	200
#define CAPACITY_MIN	256
#define ROWS_KEPT	65536 /* below this nothing is dropped */
#define ROWS_KEPT_RATIO 4     /* nor below this many times what a run uses */

static void open_clock(struct statcache *cache)
{
	char *path CLEANUP(xfree_ptr)
	= xasprintf("%s/lock", cache->dir);
	struct stat st;

	if (cache->clock_fd >= 0)
		return;
	cache->clock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (cache->clock_fd >= 0 && fstat(cache->clock_fd, &st) == 0)
		cache->dev = (uint64_t)st.st_dev;
}

int statcache_prepare(struct statcache *cache, struct err *err)
{
	struct hash_secret secret = cache->secret;

	if (!cache->has_secret) {
		if (secret_install(cache->dir, &secret, err) < 0)
			return -1;
		if (memcmp(&secret, &cache->secret, sizeof secret) != 0) {
			/* Another engine was first: our digests are in no one's language. */
			free(cache->fresh.rows);
			cache->fresh = (struct stattable){ .boot = cache->fresh.boot };
			cache->secret = secret;
			statcache_map(cache);
		}
		cache->has_secret = true;
	}
	open_clock(cache);
	return 0;
}

/* Rows from the kernel's clock, where the file system's (a server's) is behind it, would look
 * recorded later than they were. */
static void correct_clock(struct statcache *cache)
{
	int64_t kernel_ns, skew_ns;
	uint64_t i;

	if (!cache->clock_is_local)
		return;
	kernel_ns = statcache_local_clock_ns();
	cache->clock_read_ns = 0;
	skew_ns = statcache_clock_ns(cache) - kernel_ns;
	cache->clock_is_local = false;
	if (skew_ns >= 0)
		return;
	for (i = 0; i < cache->fresh.capacity; i++) {
		struct stat_row *row = &cache->fresh.rows[i];

		if (!row->check)
			continue;
		row->recorded_ns += skew_ns;
		stat_row_seal(row, cache->fresh.boot);
	}
}

/* ---- A few rows: in place ---- */

static int write_at(int fd, const void *data, size_t len, uint64_t offset, struct err *err)
{
	ssize_t n;

	do
		n = pwrite(fd, data, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	return err_errno(err, "cannot write the stat table");
}

static int put_in_place(struct statcache *cache, int fd, struct err *err)
{
	/* The mapping shows what pwrite() does, so probing for the next row sees this one. */
	struct stattable *table = &cache->saved;
	uint64_t i, n_rows = ((struct stat_head *)cache->map)->n_rows;

	for (i = 0; i < cache->fresh.capacity; i++) {
		const struct stat_row *row = &cache->fresh.rows[i];
		uint64_t slot;

		if (!row->check)
			continue;
		slot = stattable_slot(table, row->dev, row->ino);
		if (slot == table->capacity)
			return err_set(err, ERR_INVALID, "the stat table is full");
		n_rows += !table->rows[slot].check;
		if (write_at(fd, row, sizeof *row, sizeof(struct stat_head) + slot * sizeof *row,
			     err) < 0)
			return -1;
	}
	return write_at(fd, &n_rows, sizeof n_rows, offsetof(struct stat_head, n_rows), err);
}

static bool has_room(const struct statcache *cache)
{
	uint64_t n_rows;

	if (!cache->map)
		return false;
	n_rows = ((const struct stat_head *)cache->map)->n_rows;
	return cache->fresh.n <= cache->saved.capacity / 8 &&
	       (n_rows + cache->fresh.n) * 5 <= cache->saved.capacity * 4;
}

/* ---- Many: a new file ---- */

static int compare_recorded(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x > y ? -1 : x < y;
}

/* The instant before which rows are dropped, so that about `limit` stay. */
static int64_t drop_before(const struct stattable *table, uint64_t n, uint64_t limit)
{
	int64_t *recorded, before;
	uint64_t i, used = 0;

	if (n <= limit)
		return INT64_MIN;
	recorded = xcalloc(n, sizeof *recorded);
	for (i = 0; i < table->capacity && used < n; i++)
		if (table->rows[i].check)
			recorded[used++] = table->rows[i].recorded_ns;
	qsort(recorded, used, sizeof *recorded, compare_recorded);
	before = used > limit ? recorded[limit] : INT64_MIN;
	free(recorded);
	return before;
}

static uint64_t count_rows(const struct stattable *table)
{
	uint64_t i, n = 0;

	for (i = 0; i < table->capacity; i++)
		n += table->rows[i].check != 0;
	return n;
}

static void merge(struct statcache *cache, struct stattable *into)
{
	uint64_t n_saved = count_rows(&cache->saved), limit, i;
	int64_t before;
	bool added;

	limit = (cache->counts.n_hits + cache->fresh.n) * ROWS_KEPT_RATIO;
	before = drop_before(&cache->saved, n_saved, limit > ROWS_KEPT ? limit : ROWS_KEPT);
	for (i = 0; i < cache->saved.capacity; i++) {
		const struct stat_row *row = &cache->saved.rows[i];

		if (row->recorded_ns >= before && stat_row_is_good(row, cache->saved.boot))
			stattable_put(into, row, &added);
	}
	for (i = 0; i < cache->fresh.capacity; i++)
		if (cache->fresh.rows[i].check)
			stattable_put(into, &cache->fresh.rows[i], &added);
}

static int write_new(struct statcache *cache, int dirfd, struct err *err)
{
	uint64_t n = count_rows(&cache->saved) + cache->fresh.n;
	uint64_t capacity = n + n / 2 < CAPACITY_MIN ? CAPACITY_MIN : n + n / 2;
	size_t len = sizeof(struct stat_head) + capacity * sizeof(struct stat_row);
	char *file CLEANUP(xfree_ptr)
	= xcalloc(1, len);
	struct stat_head *head = (struct stat_head *)file;
	struct stattable table = {
		.rows = (struct stat_row *)(file + sizeof *head),
		.capacity = capacity,
		.boot = cache->fresh.boot,
	};

	merge(cache, &table);
	memcpy(head->magic, "wfstat\0\1", 8);
	head->version = STAT_VERSION;
	head->row_bytes = sizeof(struct stat_row);
	head->capacity = capacity;
	head->secret_id = hash_checksum(&cache->secret, sizeof cache->secret);
	head->check = statcache_head_check(head);
	head->n_rows = table.n;
	return fs_replace(dirfd, "stat", 0600, file, len, 0, err);
}

/* ---- Saving ---- */

static int save_locked(struct statcache *cache, int dirfd, struct err *err)
{
	int fd, result;

	statcache_map(cache);
	if (!has_room(cache))
		return write_new(cache, dirfd, err);
	fd = openat(dirfd, "stat", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(err, "cannot write the stat table");
	result = put_in_place(cache, fd, err);
	close(fd);
	return result;
}

static int save(struct statcache *cache, struct err *err)
{
	struct lock lock = LOCK_NOT_HELD;
	int result, dirfd = open(cache->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0)
		return err_errno(err, "cannot open '%s'", cache->dir);
	result = lock_wait(&lock, dirfd, "lock", LOCK_EXCLUSIVE, LOCK_WAIT_MS, err);
	if (result == 0) {
		result = save_locked(cache, dirfd, err);
		lock_release(&lock);
	}
	close(dirfd);
	return result;
}

int statcache_save(struct statcache *cache, struct err *err)
{
	if (!cache->fresh.n)
		return 0;
	if (statcache_prepare(cache, err) < 0)
		return -1;
	correct_clock(cache);
	if (!cache->fresh.n)
		return 0;
	if (save(cache, err) < 0)
		return err_wrap(err, "cannot save the stat table");
	free(cache->fresh.rows);
	cache->fresh = (struct stattable){ .boot = cache->fresh.boot };
	statcache_map(cache);
	return 0;
}
