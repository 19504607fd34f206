/*
 * The door to xxHash: XXH3-128 with a per-clone secret, as canonical (big-endian) bytes. Equality
 * only; never a trust key for what leaves the machine.
 */
#ifndef EXT_HASH_H
#define EXT_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/strbuf.h"

#define HASH_SECRET_SIZE 192 /* bytes, from the system's random source */

/* The secret of a clone; NULL where a value never leaves the process (tests, checksums). */
struct hash_secret {
	uint8_t bytes[HASH_SECRET_SIZE];
};

struct digest hash_bytes(const struct hash_secret *secret, const void *data, size_t len);
uint64_t hash_checksum(const void *data, size_t len); /* XXH3-64, no secret: journal, tables */

struct hash_stream; /* bytes that come in pieces; the same digest as hash_bytes() of all */

/* The secret is borrowed and must outlive the stream. */
struct hash_stream *hash_stream_new(const struct hash_secret *secret);
void hash_stream_reset(struct hash_stream *stream);
void hash_stream_add(struct hash_stream *stream, const void *data, size_t len);
struct digest hash_stream_digest(const struct hash_stream *stream);
void hash_stream_free(struct hash_stream *stream);

/* Reads fd from where it stands to its end, in pieces of 128 KiB, on the calling thread: XXH3 is
 * sequential. *size_bytes (or NULL) gets what was read. Fails with ERR_SYSTEM. */
int hash_fd(const struct hash_secret *secret, int fd, struct digest *digest, uint64_t *size_bytes,
	    struct err *err);

/* Of the library at run time, as "0.8.1". */
void hash_library_version(struct strbuf *out);

#endif
