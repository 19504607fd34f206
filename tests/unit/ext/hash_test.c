/*
 * One digest for the same bytes, whichever way they come in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext/hash.h"

/* XXH3-128 of nothing, from the reference implementation. */
static void test_known_value(void **state)
{
	struct digest digest = hash_bytes(NULL, "", 0);
	char hex[DIGEST_HEX_LEN + 1];

	(void)state;
	digest_to_hex(&digest, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_true(hash_checksum(NULL, 0) == 0x2d06800538d394c2);
}

static void test_secret_changes_it(void **state)
{
	struct hash_secret secret;
	struct digest with, without = hash_bytes(NULL, "abc", 3);

	(void)state;
	for (size_t i = 0; i < sizeof secret.bytes; i++)
		secret.bytes[i] = (uint8_t)(i * 37 + 11);
	with = hash_bytes(&secret, "abc", 3);
	assert_false(digest_equal(&with, &without));
}

static void check_size(size_t size, const struct hash_secret *secret)
{
	FILE *file = tmpfile();
	char *data = malloc(size + 1);
	struct hash_stream *stream = hash_stream_new(secret);
	struct err err = ERR_INIT;
	struct digest whole, pieces, read_back;
	uint64_t size_bytes = 1;

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 31 + (i >> 8));
	whole = hash_bytes(secret, data, size);
	for (size_t at = 0; at < size; at += 1000)
		hash_stream_add(stream, data + at, size - at < 1000 ? size - at : 1000);
	pieces = hash_stream_digest(stream);
	assert_true(digest_equal(&whole, &pieces));

	assert_int_equal(fwrite(data, 1, size, file), size);
	fflush(file);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(hash_fd(secret, fileno(file), &read_back, &size_bytes, &err), 0);
	assert_true(digest_equal(&whole, &read_back));
	assert_true(size_bytes == size);
	hash_stream_free(stream);
	free(data);
	fclose(file);
}

static void test_all_ways_agree(void **state)
{
	static const size_t sizes[] = {
		0, 1, 240, 4096, (128 << 10) - 1, 128 << 10, (128 << 10) + 1, 700000
	};
	struct hash_secret secret;

	(void)state;
	memset(&secret, 0x5a, sizeof secret);
	for (size_t i = 0; i < sizeof secret.bytes; i++)
		secret.bytes[i] = (uint8_t)(secret.bytes[i] ^ i);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		check_size(sizes[i], NULL);
		check_size(sizes[i], &secret);
	}
}

static void test_read_error(void **state)
{
	struct err err = ERR_INIT;
	struct digest digest;

	(void)state;
	assert_int_equal(hash_fd(NULL, -1, &digest, NULL, &err), -1);
	assert_int_equal(err.errnum, EBADF);
	err_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_value),
		cmocka_unit_test(test_secret_changes_it),
		cmocka_unit_test(test_all_ways_agree),
		cmocka_unit_test(test_read_error),
	};

	return cmocka_run_group_tests_name("ext/hash", tests, NULL, NULL);
}
