/*
 * Sizes, digests, sets and arrays: the small values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bitset.h"
#include "base/digest.h"
#include "base/size.h"
#include "base/vec.h"
#include "base/xalloc.h"

static void sizes_are_read(void **state)
{
	static const char *const bad[] = { "", "K", "4KB", "1.5", "-1", "4 K", "16777216T", "1e3" };
	uint64_t size;
	size_t i;

	(void)state;
	assert_int_equal(size_parse("512M", &size), 0);
	assert_int_equal(size, 512 << 20);
	assert_int_equal(size_parse("4096", &size), 0);
	assert_int_equal(size, 4096);
	assert_int_equal(size_parse("1.5GiB", &size), 0);
	assert_int_equal(size, 1536ull << 20);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(size_parse(bad[i], &size), -1);
}

static void sizes_are_written(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{ 812, "812 B" },
		{ 4096, "4.0 KiB" },
		{ 1048575, "1.0 MiB" },
		{ 1288490189, "1.2 GiB" },
		{ UINT64_MAX, "16777216.0 TiB" },
	};
	struct strbuf out = STRBUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_format(&out, cases[i].size);
		assert_string_equal(strbuf_str(&out), cases[i].text);
		strbuf_clear(&out);
	}
	strbuf_release(&out);
}

static void digests_go_to_text_and_back(void **state)
{
	struct digest digest = { { 0 } }, back;
	char hex[DIGEST_HEX_LEN + 1];

	(void)state;
	assert_true(digest_is_zero(&digest));
	digest.bytes[0] = 0xa5;
	digest.bytes[15] = 0x0f;
	digest_to_hex(&digest, hex);
	assert_string_equal(hex, "a500000000000000000000000000000f");
	assert_int_equal(digest_from_hex(hex, &back), 0);
	assert_true(digest_equal(&digest, &back));
	hex[31] = 'x';
	assert_int_equal(digest_from_hex(hex, &back), -1);
	assert_int_equal(digest_from_hex("a5", &back), -1);
	assert_int_equal(digest_from_hex("a500000000000000000000000000000f0", &back), -1);
}

static void sets_hold_bits(void **state)
{
	struct bitset a, b;

	(void)state;
	bitset_init(&a, 130);
	bitset_init(&b, 130);
	bitset_set(&a, 0);
	bitset_set(&a, 129);
	bitset_set(&b, 64);
	bitset_or(&a, &b);
	assert_int_equal(bitset_count(&a), 3);
	assert_true(bitset_has(&a, 64));
	assert_false(bitset_has(&a, 65));
	assert_false(bitset_has(&a, 1000));
	bitset_unset(&a, 0);
	assert_int_equal(bitset_count(&a), 2);
	bitset_release(&a);
	bitset_release(&b);
}

static void arrays_grow(void **state)
{
	VEC(int) numbers = { 0 };
	char *text = xasprintf("%d", 5);
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		vec_push(&numbers, i);
	assert_int_equal(numbers.n, 1000);
	assert_int_equal(*vec_last(&numbers), 999);
	assert_int_equal(vec_pop(&numbers), 999);
	assert_int_equal(numbers.v[500], 500);
	vec_release(&numbers);
	assert_string_equal(text, "5");
	xfree_ptr(&text);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(digests_go_to_text_and_back),
		cmocka_unit_test(sets_hold_bits),
		cmocka_unit_test(arrays_grow),
	};

	return cmocka_run_group_tests_name("base/values", tests, NULL, NULL);
}
