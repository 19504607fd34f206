/*
 * SHA-256 (FIPS 180-4), for what must hold against somebody who means it: records of trust. Contents of
 * the cache have ext/hash.h, which is faster by far.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX_LEN 64

struct sha256 {
	uint8_t bytes[32];
};

struct sha256 sha256_bytes(const void *data, size_t len);
void sha256_to_hex(const struct sha256 *digest, char hex[SHA256_HEX_LEN + 1]);

#endif
