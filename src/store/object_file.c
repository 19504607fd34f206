/*
 * Contents in files of their own, named by digest.
 */
#include "store/cache_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#endif

#include "base/xalloc.h"
#include "sys/fs.h"

#define COPY_BYTES ((size_t)128 << 10)

void object_file_path(const struct digest *digest, char path[OBJECT_PATH_LEN + 3])
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(digest, hex);
	memcpy(path, "objects/", 8);
	memcpy(path + 8, hex, 2);
	path[10] = '/';
	memcpy(path + 11, hex + 2, sizeof hex - 2);
}

bool object_file_has(int dirfd, const struct digest *digest, uint64_t size_bytes)
{
	char path[OBJECT_PATH_LEN + 3];
	struct stat st;

	object_file_path(digest, path);
	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == size_bytes;
}

/* By reference if the file system can: then only the reading is left. */
static bool clone_whole(int from, int to)
{
#ifdef FICLONE
	return ioctl(to, FICLONE, from) == 0;
#else
	(void)from, (void)to;
	return false;
#endif
}

static int copy_hashing(const struct cache *cache, int from, int to, struct digest *digest,
			uint64_t *size_bytes, struct err *err)
{
	char *buffer CLEANUP(xfree_ptr)
	= xmalloc(COPY_BYTES);
	struct hash_stream *stream = hash_stream_new(cache->secret);
	int result = 0;

	*size_bytes = 0;
	while (result == 0) {
		ssize_t n = read(from, buffer, COPY_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			result = err_errno(err, "cannot read");
		if (n <= 0)
			break;
		hash_stream_add(stream, buffer, (size_t)n);
		*size_bytes += (uint64_t)n;
		result = fs_write_all(to, buffer, (size_t)n, err);
	}
	*digest = hash_stream_digest(stream);
	hash_stream_free(stream);
	return result;
}

/* 0: `to` has the content of that digest; 1: it has another; -1. The digest is always taken of what
 * arrived, so nobody can change it behind. */
static int transfer(const struct cache *cache, int from, int to, const struct digest *digest,
		    uint64_t size_bytes, struct err *err)
{
	struct digest got;
	uint64_t got_bytes;
	int result;

	if (clone_whole(from, to))
		result = hash_fd(cache->secret, from, &got, &got_bytes, err);
	else
		result = copy_hashing(cache, from, to, &got, &got_bytes, err);
	if (result < 0)
		return -1;
	return got_bytes == size_bytes && digest_equal(&got, digest) ? 0 : 1;
}

static int make_shard(int dirfd, const char *path, struct err *err)
{
	char shard[] = "objects/00";

	memcpy(shard, path, sizeof shard - 1);
	if (mkdirat(dirfd, shard, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return err_errno(err, "cannot make '%s'", shard);
	return fs_mkdir_p(dirfd, shard, 0700, err);
}

int object_file_put(const struct cache *cache, int fd, const struct digest *digest,
		    uint64_t size_bytes, struct err *err)
{
	char path[OBJECT_PATH_LEN + 3];
	struct fs_temp temp;
	int result;

	object_file_path(digest, path);
	if (make_shard(cache->dirfd, path, err) < 0 ||
	    fs_temp_open(&temp, cache->dirfd, path, 0600, err) < 0)
		return -1;
	result = transfer(cache, fd, temp.fd, digest, size_bytes, err);
	if (result == 0)
		return fs_temp_commit(&temp, 0, err);
	fs_temp_abort(&temp);
	return result < 0 ? -1 : err_set(err, ERR_BUSY, "it changed meanwhile");
}

int object_file_get(const struct cache *cache, int to_fd, const struct digest *digest,
		    uint64_t size_bytes, struct err *err)
{
	char path[OBJECT_PATH_LEN + 3];
	int fd, result;

	object_file_path(digest, path);
	fd = openat(cache->dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return store_is_none(errno) ? 1 : err_errno(err, "cannot read '%s'", path);
	result = transfer(cache, fd, to_fd, digest, size_bytes, err);
	close(fd);
	if (result > 0)
		unlinkat(cache->dirfd, path, 0);
	return result;
}

int object_file_check(const struct cache *cache, const char *path, const struct digest *digest,
		      struct err *err)
{
	int fd = openat(cache->dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), result;
	struct digest got;
	uint64_t size_bytes;

	if (fd < 0)
		return err_errno(err, "cannot read '%s'", path);
	result = hash_fd(cache->secret, fd, &got, &size_bytes, err);
	close(fd);
	if (result < 0)
		return -1;
	return digest_equal(&got, digest) ? 0 : 1;
}

/* ---- All of them ---- */

static int each_in_shard(const struct cache *cache, const char *shard, object_file_fn fn,
			 void *data, struct err *err)
{
	char dir_path[] = "objects/00", hex[DIGEST_HEX_LEN + 1], path[OBJECT_PATH_LEN + 3];
	struct fs_dir dir;
	struct fs_entry entry;
	struct digest digest;
	struct stat st;
	int result;

	memcpy(dir_path + 8, shard, 2);
	if (fs_dir_open(&dir, cache->dirfd, dir_path, err) != 0)
		return -1;
	while ((result = fs_dir_next(&dir, &entry, err)) > 0) {
		if (strlen(entry.name) != DIGEST_HEX_LEN - 2 ||
		    fstatat(fs_dir_fd(&dir), entry.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		memcpy(hex, shard, 2);
		memcpy(hex + 2, entry.name, DIGEST_HEX_LEN - 1);
		if (digest_from_hex(hex, &digest) < 0)
			continue;
		object_file_path(&digest, path);
		result = fn(data, cache->dirfd, path, &digest, (uint64_t)st.st_size,
			    (int64_t)st.st_mtime * 1000);
		if (result < 0)
			break;
	}
	fs_dir_close(&dir);
	return result;
}

int object_file_each(const struct cache *cache, object_file_fn fn, void *data, struct err *err)
{
	struct fs_dir dir;
	struct fs_entry entry;
	int result = fs_dir_open(&dir, cache->dirfd, "objects", err);

	if (result != 0)
		return result < 0 ? -1 : 0;
	while ((result = fs_dir_next(&dir, &entry, err)) > 0) {
		if (entry.type != DT_DIR || strlen(entry.name) != 2)
			continue;
		result = each_in_shard(cache, entry.name, fn, data, err);
		if (result < 0)
			break;
	}
	fs_dir_close(&dir);
	return result;
}
