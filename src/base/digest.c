/*
 * Digests as hexadecimal text.
 */
#include "base/digest.h"

bool digest_is_zero(const struct digest *digest)
{
	static const struct digest zero;

	return digest_equal(digest, &zero);
}

void digest_to_hex(const struct digest *digest, char hex[DIGEST_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < DIGEST_HEX_LEN / 2; i++) {
		hex[2 * i] = digits[digest->bytes[i] >> 4];
		hex[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	hex[DIGEST_HEX_LEN] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int digest_from_hex(const char *hex, struct digest *digest)
{
	struct digest read;
	int i, high, low;

	for (i = 0; i < DIGEST_HEX_LEN / 2; i++) {
		high = hex_value(hex[2 * i]);
		low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (low < 0)
			return -1;
		read.bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (hex[DIGEST_HEX_LEN])
		return -1;
	*digest = read;
	return 0;
}
