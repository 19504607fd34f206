/*
 * A content digest as a plain value. Who computes it is ext/hash.h (XXH3-128, canonical byte order).
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct digest {
	uint8_t bytes[16];
};

#define DIGEST_HEX_LEN 32

static inline bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool digest_is_zero(const struct digest *digest);
void digest_to_hex(const struct digest *digest, char hex[DIGEST_HEX_LEN + 1]);
int digest_from_hex(const char *hex, struct digest *digest); /* 0, or -1 */

#endif
