/*
 * Records and objects, looked up and gathered; gc and verification are cache_gc.c.
 */
#include "store/cache_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/recordbody_impl.h"
#include "store/secret_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"

#define LOCK_WAIT_MS   5000
#define WORTH_A_THREAD (32 << 10)
#define PENDING_BYTES  ((size_t)4 << 20) /* flushed when more is waiting */

static int open_dir(struct cache *cache)
{
	cache->dirfd = open(cache->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cache->records.dirfd = cache->objects.dirfd = cache->dirfd;
	return cache->dirfd;
}

struct cache *cache_open(const char *dir, const struct hash_secret *secret, struct err *err)
{
	struct cache *cache = xcalloc(1, sizeof *cache);

	cache->dir = xstrdup(dir);
	cache->secret = secret;
	slab_init(&cache->records, -1, "records");
	slab_init(&cache->objects, -1, "objects/pack");
	if (open_dir(cache) < 0 && errno != ENOENT) {
		err_errno(err, "cannot open the cache '%s'", dir);
		cache_close(cache);
		return NULL;
	}
	return cache;
}

void cache_close(struct cache *cache)
{
	if (!cache)
		return;
	behind_wait(&cache->loading);
	if (cache->records.pending.n || cache->objects.pending.n)
		cache_flush(cache, NULL);
	slab_release(&cache->records);
	slab_release(&cache->objects);
	lock_release(&cache->flush_lock);
	strbuf_release(&cache->scratch);
	if (cache->dirfd >= 0)
		close(cache->dirfd);
	free(cache->dir);
	free(cache->spool);
	free(cache);
}

static void load_slabs(void *data)
{
	struct cache *cache = data;

	slab_load(&cache->records);
	slab_load(&cache->objects);
}

void cache_load(struct cache *cache)
{
	if (cache->is_loaded)
		return;
	cache->is_loaded = true;
	if (cache->loading.is_started)
		behind_wait(&cache->loading);
	else
		load_slabs(cache);
}

int cache_check(struct cache *cache, struct err *err)
{
	struct slab *slabs[] = { &cache->records, &cache->objects };
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(slabs); i++) {
		if (slab_check_read(slabs[i], result < 0 ? NULL : err) < 0)
			result = -1;
		slabs[i]->read_errno = 0;
	}
	if (result == 0)
		return 0;
	cache->is_loaded = false;
	return err_wrap(err, "the cache '%s'", cache->dir);
}

void cache_load_behind(struct cache *cache)
{
	struct stat st;

	if (!cache->is_loaded && !cache->loading.is_started && cache->dirfd >= 0 &&
	    fstatat(cache->dirfd, "records.idx", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size >= WORTH_A_THREAD)
		behind_start_apart(&cache->loading, load_slabs, cache);
}

int cache_lock(struct cache *cache, struct lock *lock, uint64_t timeout_ms, struct err *err)
{
	if (lock_again(lock, cache->dirfd, "lock", LOCK_EXCLUSIVE, timeout_ms, err) < 0)
		return err_wrap(err, "the cache is in use");
	return 0;
}

/* Digests made with another secret than the clone's would be lies to everybody else. */
int cache_make_ready(struct cache *cache, struct err *err)
{
	struct hash_secret secret = *cache->secret;

	if (cache->is_ready)
		return 0;
	if (secret_install(cache->dir, &secret, err) < 0)
		return -1;
	if (memcmp(&secret, cache->secret, sizeof secret) != 0)
		return err_set(err, ERR_BUSY, "another engine made the cache meanwhile");
	if (cache->dirfd < 0 && open_dir(cache) < 0)
		return err_errno(err, "cannot open the cache '%s'", cache->dir);
	if (mkdirat(cache->dirfd, "objects", 0700) < 0 && errno != EEXIST)
		return err_errno(err, "cannot make '%s/objects'", cache->dir);
	cache->is_ready = true;
	return 0;
}

/* ---- Records ---- */

static uint64_t step_key(const char *workflow, const char *step)
{
	struct strbuf name CLEANUP(strbuf_release) = STRBUF_INIT;
	uint64_t key;

	strbuf_addstr(&name, workflow);
	strbuf_addch(&name, '\0');
	strbuf_addstr(&name, step);
	key = hash_checksum(name.buf, name.len);
	return key ? key : 1;
}

bool cache_read_record(struct cache *cache, uint32_t index, struct arena *arena,
		       struct record *record)
{
	const struct slab_row *row = &cache->records.rows.v[index];
	const char *body = slab_read_in(&cache->records, row, arena);

	if (!body || recordbody_read(body, row->len, arena, record) < 0)
		return false;
	record->fingerprint = row->key;
	record->failed = row->flags & SLAB_FAILED;
	record->is_bound = row->flags & SLAB_BOUND;
	record->duration_ms = row->value;
	record->finished_unix_ms = row->stamp_ms;
	return true;
}

static const struct record *read_or_forget(struct cache *cache, uint32_t index, struct arena *arena)
{
	struct record *record = ARENA_NEW(arena, struct record);

	if (cache_read_record(cache, index, arena, record))
		return record;
	if (!cache->records.read_errno)
		slab_kill(&cache->records, &cache->records.rows.v[index].key);
	return NULL;
}

const struct record *cache_find(struct cache *cache, const struct digest *fingerprint,
				struct arena *arena)
{
	const struct record *record;
	uint32_t index;

	cache_load(cache);
	index = slab_find(&cache->records, fingerprint);
	if (index == SLAB_NONE)
		return NULL;
	record = read_or_forget(cache, index, arena);
	if (record)
		slab_touch(&cache->records, index, clock_realtime_ms());
	return record;
}

const struct record *cache_find_last(struct cache *cache, const char *workflow, const char *step,
				     struct arena *arena)
{
	const struct record *record;
	uint32_t index;

	cache_load(cache);
	index = slab_find2(&cache->records, step_key(workflow, step));
	if (index == SLAB_NONE)
		return NULL;
	record = read_or_forget(cache, index, arena);
	if (!record || strcmp(record->workflow, workflow) != 0 || strcmp(record->step, step) != 0)
		return NULL;
	return record;
}

uint64_t cache_last_duration_ms(struct cache *cache, const char *workflow, const char *step)
{
	uint32_t index;

	cache_load(cache);
	index = slab_find2(&cache->records, step_key(workflow, step));
	return index == SLAB_NONE ? 0 : cache->records.rows.v[index].value;
}

static int flush_if_much(struct cache *cache, struct err *err)
{
	size_t waiting = cache->records.pending_data.len + cache->objects.pending_data.len;

	return waiting > PENDING_BYTES ? cache_flush(cache, err) : 0;
}

int cache_add_record(struct cache *cache, const struct record *record, struct err *err)
{
	struct slab_row row = {
		.key = record->fingerprint,
		.key2 = step_key(record->workflow, record->step),
		.value = record->duration_ms,
		.stamp_ms = record->finished_unix_ms,
		.flags = (record->failed ? SLAB_FAILED : 0) | (record->is_bound ? SLAB_BOUND : 0),
	};
	struct strbuf *data = &cache->records.pending_data;
	size_t start;

	cache_load(cache);
	start = data->len;
	recordbody_write(record, data);
	if (data->len - start > UINT32_MAX) {
		strbuf_setlen(data, start);
		return err_set(err, ERR_INVALID, "the record of '%s' is too large", record->step);
	}
	slab_add_written(&cache->records, &row, start);
	return flush_if_much(cache, err);
}

void cache_spend(struct cache *cache, const struct digest *fingerprint)
{
	cache_load(cache);
	slab_spend(&cache->records, fingerprint);
}

static int flush_locked(struct cache *cache, struct err *err)
{
	/* A record promises its objects: they are first. */
	if (slab_append(&cache->objects, err) < 0)
		return -1;
	return slab_append(&cache->records, err);
}

int cache_flush(struct cache *cache, struct err *err)
{
	int result;

	if (!slab_has_pending(&cache->records) && !slab_has_pending(&cache->objects))
		return 0;
	result = cache_make_ready(cache, err);
	if (result == 0)
		result = cache_lock(cache, &cache->flush_lock, LOCK_WAIT_MS, err);
	if (result == 0) {
		result = flush_locked(cache, err);
		lock_rest(&cache->flush_lock);
	}
	if (result < 0) {
		/* Not state: better forgotten than gathered for ever. */
		slab_drop_pending(&cache->records);
		slab_drop_pending(&cache->objects);
		return err_wrap(err, "cannot write to the cache");
	}
	return 0;
}

/* ---- Objects ---- */

bool cache_has_object(struct cache *cache, const struct digest *digest, uint64_t size_bytes)
{
	uint32_t index;

	cache_load(cache);
	if (size_bytes > CACHE_SMALL_BYTES)
		return cache->dirfd >= 0 && object_file_has(cache->dirfd, digest, size_bytes);
	index = slab_find(&cache->objects, digest);
	return index != SLAB_NONE && cache->objects.rows.v[index].len == size_bytes;
}

int cache_put_bytes(struct cache *cache, const struct digest *digest, const void *bytes, size_t len,
		    struct err *err)
{
	struct slab_row row = { .key = *digest, .stamp_ms = clock_realtime_ms() };
	struct digest got = hash_bytes(cache->secret, bytes, len);

	if (len > CACHE_SMALL_BYTES)
		BUG("%zu bytes are a file", len);
	if (!digest_equal(&got, digest))
		return err_set(err, ERR_BUSY, "it changed meanwhile");
	if (cache_has_object(cache, digest, len))
		return 0;
	slab_add(&cache->objects, &row, bytes, len);
	return flush_if_much(cache, err);
}

int cache_get_bytes(struct cache *cache, const struct digest *digest, uint64_t size_bytes,
		    struct strbuf *out, struct err *err)
{
	size_t start = out->len;
	struct digest got;
	uint32_t index;

	cache_load(cache);
	if (cache_check(cache, err) < 0)
		return -1;
	index = slab_find(&cache->objects, digest);
	if (index == SLAB_NONE)
		return 1;
	if (slab_read(&cache->objects, &cache->objects.rows.v[index], out) &&
	    out->len - start == size_bytes) {
		got = hash_bytes(cache->secret, strbuf_str(out) + start, (size_t)size_bytes);
		if (digest_equal(&got, digest))
			return 0;
	}
	strbuf_setlen(out, start);
	if (cache_check(cache, err) < 0)
		return -1;
	slab_kill(&cache->objects, digest);
	return 1;
}

static int put_small(struct cache *cache, int fd, const struct digest *digest, uint64_t size_bytes,
		     struct err *err)
{
	strbuf_clear(&cache->scratch);
	if (fs_read_fd(fd, CACHE_SMALL_BYTES, &cache->scratch, err) < 0)
		return -1;
	if (cache->scratch.len != size_bytes)
		return err_set(err, ERR_BUSY, "it changed meanwhile");
	return cache_put_bytes(cache, digest, strbuf_str(&cache->scratch), cache->scratch.len, err);
}

int cache_put_object(struct cache *cache, int dirfd, const char *path, const struct digest *digest,
		     uint64_t size_bytes, struct err *err)
{
	int fd, result;

	if (cache_has_object(cache, digest, size_bytes))
		return 0;
	if (cache_make_ready(cache, err) < 0)
		return -1;
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, "cannot read '%s'", path);
	if (size_bytes > CACHE_SMALL_BYTES)
		result = object_file_put(cache, fd, digest, size_bytes, err);
	else
		result = put_small(cache, fd, digest, size_bytes, err);
	close(fd);
	return result < 0 ? err_wrap(err, "cannot store '%s'", path) : 0;
}

/* The content into `to_fd`, checked before the file gets its name. 1: not there, or bad. */
static int get_content(struct cache *cache, int to_fd, const struct digest *digest,
		       uint64_t size_bytes, struct err *err)
{
	int result;

	if (size_bytes > CACHE_SMALL_BYTES)
		return object_file_get(cache, to_fd, digest, size_bytes, err);
	strbuf_clear(&cache->scratch);
	result = cache_get_bytes(cache, digest, size_bytes, &cache->scratch, err);
	if (result != 0)
		return result;
	return fs_write_all(to_fd, strbuf_str(&cache->scratch), cache->scratch.len, err);
}

static int make_parent(int dirfd, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *parent CLEANUP(xfree_ptr)
	= NULL;

	if (!slash || slash == path)
		return 0;
	parent = xstrndup(path, (size_t)(slash - path));
	return fs_mkdir_p(dirfd, parent, 0777, err);
}

static int open_target(struct fs_temp *temp, int dirfd, const char *path, mode_t mode,
		       struct err *err)
{
	struct err cause = ERR_INIT;
	bool is_missing;

	if (fs_temp_open(temp, dirfd, path, mode, &cause) == 0)
		return 0;
	is_missing = cause.errnum == ENOENT;
	if (!is_missing)
		err_copy(err, &cause);
	err_release(&cause);
	if (!is_missing)
		return -1;
	if (make_parent(dirfd, path, err) < 0)
		return -1;
	return fs_temp_open(temp, dirfd, path, mode, err);
}

void cache_set_spool(struct cache *cache, const char *path)
{
	free(cache->spool);
	cache->spool = xstrdup(path);
}

static int open_spool(const char *path, mode_t mode)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, mode);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, mode);
	return fd;
}

/* The target's folder is made when it is missed. */
int cache_take_place(const char *spool, int dirfd, const char *path)
{
	if (renameat(AT_FDCWD, spool, dirfd, path) == 0)
		return 0;
	if (errno == ENOENT && make_parent(dirfd, path, NULL) == 0 &&
	    renameat(AT_FDCWD, spool, dirfd, path) == 0)
		return 0;
	unlink(spool);
	return -1;
}

/* False: the target is on another file system, or something is wrong that will be said there. */
static bool through_spool(struct cache *cache, int dirfd, const char *path,
			  const struct digest *digest, uint64_t size_bytes, mode_t mode,
			  int *result, struct err *err)
{
	int fd = cache->spool ? open_spool(cache->spool, mode) : -1;

	if (fd < 0)
		return false;
	*result = get_content(cache, fd, digest, size_bytes, err);
	if (fs_close(fd, *result ? NULL : err) < 0 && *result == 0)
		*result = -1;
	if (*result == 0)
		return cache_take_place(cache->spool, dirfd, path) == 0;
	unlink(cache->spool);
	return true;
}

int cache_get_object(struct cache *cache, int dirfd, const char *path, const struct digest *digest,
		     uint64_t size_bytes, bool executable, struct err *err)
{
	mode_t mode = executable ? 0777 : 0666;
	struct fs_temp temp;
	int result;

	cache_load(cache);
	if (!cache_has_object(cache, digest, size_bytes))
		return 1;
	if (through_spool(cache, dirfd, path, digest, size_bytes, mode, &result, err))
		return result < 0 ? err_wrap(err, "cannot restore '%s'", path) : result;
	result = open_target(&temp, dirfd, path, mode, err);
	if (result < 0)
		return err_wrap(err, "cannot restore '%s'", path);
	result = get_content(cache, temp.fd, digest, size_bytes, err);
	if (result == 0)
		result = fs_temp_commit(&temp, 0, err);
	else
		fs_temp_abort(&temp);
	return result < 0 ? err_wrap(err, "cannot restore '%s'", path) : result;
}
