/*
 * The only file that knows xxHash.
 */
#include "ext/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/xalloc.h"

enum { READ_SIZE = 128 << 10 };

struct hash_stream {
	XXH3_state_t *state;
	const struct hash_secret *secret;
};

static struct digest canonical(XXH128_hash_t hash)
{
	struct digest digest;
	XXH128_canonical_t bytes;

	XXH128_canonicalFromHash(&bytes, hash);
	memcpy(digest.bytes, bytes.digest, sizeof digest.bytes);
	return digest;
}

struct digest hash_bytes(const struct hash_secret *secret, const void *data, size_t len)
{
	if (!data)
		data = "";
	if (!secret)
		return canonical(XXH3_128bits(data, len));
	return canonical(XXH3_128bits_withSecret(data, len, secret->bytes, sizeof secret->bytes));
}

uint64_t hash_checksum(const void *data, size_t len)
{
	return XXH3_64bits(data ? data : "", len);
}

struct hash_stream *hash_stream_new(const struct hash_secret *secret)
{
	struct hash_stream *stream = xmalloc(sizeof *stream);

	stream->secret = secret;
	stream->state = XXH3_createState();
	if (!stream->state)
		xalloc_die();
	hash_stream_reset(stream);
	return stream;
}

void hash_stream_reset(struct hash_stream *stream)
{
	if (stream->secret)
		XXH3_128bits_reset_withSecret(stream->state, stream->secret->bytes,
					      sizeof stream->secret->bytes);
	else
		XXH3_128bits_reset(stream->state);
}

void hash_stream_add(struct hash_stream *stream, const void *data, size_t len)
{
	if (len)
		XXH3_128bits_update(stream->state, data, len);
}

struct digest hash_stream_digest(const struct hash_stream *stream)
{
	return canonical(XXH3_128bits_digest(stream->state));
}

void hash_stream_free(struct hash_stream *stream)
{
	if (!stream)
		return;
	XXH3_freeState(stream->state);
	free(stream);
}

/* Fills buf unless the file ends. -1 with errno. */
static ssize_t read_full(int fd, unsigned char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, buf + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

/* The rest of a file that does not fit into one piece. */
static int hash_pieces(const struct hash_secret *secret, int fd, unsigned char *buf,
		       struct digest *digest, uint64_t *size)
{
	struct hash_stream *stream = hash_stream_new(secret);
	ssize_t got = READ_SIZE;

	while (got > 0) {
		hash_stream_add(stream, buf, (size_t)got);
		*size += (uint64_t)got;
		got = got < READ_SIZE ? 0 : read_full(fd, buf, READ_SIZE);
	}
	*digest = hash_stream_digest(stream);
	hash_stream_free(stream);
	return got < 0 ? -1 : 0;
}

int hash_fd(const struct hash_secret *secret, int fd, struct digest *digest, uint64_t *size_bytes,
	    struct err *err)
{
	unsigned char buf[READ_SIZE];
	ssize_t got = read_full(fd, buf, sizeof buf);
	uint64_t size = 0;

	if (got < 0)
		return err_errno(err, "cannot read");
	if (got < READ_SIZE) {
		*digest = hash_bytes(secret, buf, (size_t)got);
		size = (uint64_t)got;
	} else if (hash_pieces(secret, fd, buf, digest, &size) < 0) {
		return err_errno(err, "cannot read");
	}
	if (size_bytes)
		*size_bytes = size;
	return 0;
}

void hash_library_version(struct strbuf *out)
{
	unsigned number = XXH_versionNumber();

	strbuf_addf(out, "%u.%u.%u", number / 10000, number / 100 % 100, number % 100);
}
