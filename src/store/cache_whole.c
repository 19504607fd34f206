/*
 * Looking at the whole cache: how much there is, whether it is what it says, and away with all of it.
 */
#include "store/cache_impl.h"

#include <unistd.h>

#include "sys/fs.h"

static int count_file(void *data, int dirfd, const char *path, const struct digest *digest,
		      uint64_t size_bytes, int64_t mtime_ms)
{
	struct cache_info *info = data;

	(void)dirfd, (void)path, (void)digest, (void)mtime_ms;
	info->n_objects++;
	info->object_bytes += size_bytes;
	return 0;
}

int cache_info(struct cache *cache, struct cache_info *info, struct err *err)
{
	uint32_t i;

	*info = (struct cache_info){ 0 };
	cache_load(cache);
	if (cache_check(cache, err) < 0)
		return -1;
	for (i = 0; i < cache->records.rows.n; i++) {
		const struct slab_row *row = &cache->records.rows.v[i];

		if (slab_find(&cache->records, &row->key) != i ||
		    !slab_is_of_use(&cache->records, i))
			continue;
		info->n_records++;
		info->record_bytes += row->len;
		if (!info->oldest_unix_ms || row->stamp_ms < info->oldest_unix_ms)
			info->oldest_unix_ms = row->stamp_ms;
	}
	for (i = 0; i < cache->objects.rows.n; i++) {
		if (slab_find(&cache->objects, &cache->objects.rows.v[i].key) != i)
			continue;
		info->n_objects++;
		info->object_bytes += cache->objects.rows.v[i].len;
	}
	return cache->dirfd < 0 ? 0 : object_file_each(cache, count_file, info, err);
}

struct verification {
	const struct cache *cache;
	uint64_t *n_checked, *n_bad;
	struct err *err;
};

static int verify_file(void *data, int dirfd, const char *path, const struct digest *digest,
		       uint64_t size_bytes, int64_t mtime_ms)
{
	struct verification *work = data;
	int result = object_file_check(work->cache, path, digest, work->err);

	(void)size_bytes, (void)mtime_ms;
	if (result < 0)
		return -1;
	++*work->n_checked;
	if (result > 0 && unlinkat(dirfd, path, 0) == 0)
		++*work->n_bad;
	return 0;
}

static int verify_pack(struct cache *cache, struct verification *work)
{
	uint32_t i;

	for (i = 0; i < cache->objects.rows.n; i++) {
		struct slab_row row = cache->objects.rows.v[i];
		struct digest got = { 0 };

		if (slab_find(&cache->objects, &row.key) != i)
			continue;
		++*work->n_checked;
		strbuf_clear(&cache->scratch);
		if (slab_read(&cache->objects, &row, &cache->scratch))
			got = hash_bytes(cache->secret, strbuf_str(&cache->scratch),
					 cache->scratch.len);
		if (digest_equal(&got, &row.key))
			continue;
		if (cache_check(cache, work->err) < 0)
			return -1;
		++*work->n_bad;
		slab_kill(&cache->objects, &row.key);
	}
	return 0;
}

static int verify_records(struct cache *cache, struct verification *work)
{
	uint32_t i;

	for (i = 0; i < cache->records.rows.n; i++) {
		struct arena arena CLEANUP(arena_release) = { 0 };
		struct digest key = cache->records.rows.v[i].key;
		struct record record = { 0 };

		if (slab_find(&cache->records, &key) != i)
			continue;
		++*work->n_checked;
		if (cache_read_record(cache, i, &arena, &record))
			continue;
		if (cache_check(cache, work->err) < 0)
			return -1;
		++*work->n_bad;
		slab_kill(&cache->records, &key);
	}
	return 0;
}

int cache_verify(struct cache *cache, uint64_t *n_checked, uint64_t *n_bad, struct err *err)
{
	struct verification work = { cache, n_checked, n_bad, err };

	*n_checked = *n_bad = 0;
	if (cache->dirfd < 0)
		return 0;
	cache_load(cache);
	if (cache_check(cache, err) < 0 || verify_pack(cache, &work) < 0 ||
	    verify_records(cache, &work) < 0 ||
	    object_file_each(cache, verify_file, &work, err) < 0)
		return err_wrap(err, "cannot verify the cache");
	return cache_flush(cache, err);
}

int cache_clear(struct cache *cache, struct err *err)
{
	struct lock lock = LOCK_NOT_HELD;
	int result;

	if (cache->dirfd < 0)
		return 0;
	if (cache_lock(cache, &lock, 0, err) < 0)
		return -1;
	result = slab_remove(&cache->records, err);
	if (result == 0)
		result = slab_remove(&cache->objects, err);
	if (result == 0)
		result = fs_remove_tree(cache->dirfd, "objects", err);
	lock_release(&lock);
	cache->is_ready = false; /* objects/ is gone */
	return result < 0 ? err_wrap(err, "cannot clear the cache") : 0;
}
