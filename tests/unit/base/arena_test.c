/*
 * Memory that goes all at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena arena = { 0 };
	size_t size, i;

	(void)state;
	for (size = 0; size < 3000; size += 7) {
		char *mem = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)mem % alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			assert_int_equal(mem[i], 0);
		memset(mem, 0xff, size);
		assert_string_equal(arena_strdup(&arena, "odd"), "odd");
	}
	arena_release(&arena);
	assert_null(arena.head);
}

static void large_pieces_do_not_waste_the_current_block(void **state)
{
	struct arena arena = { 0 };
	char *small = arena_alloc(&arena, 16), *large, *next;

	(void)state;
	large = arena_alloc(&arena, 1 << 20);
	memset(large, 1, 1 << 20);
	next = arena_alloc(&arena, 16);
	assert_ptr_equal(next, small + 16);
	arena_release(&arena);

	large = arena_alloc(&arena, 1 << 20);
	memset(large, 1, 1 << 20);
	small = arena_alloc(&arena, 16);
	assert_int_equal(*small, 0);
	arena_release(&arena);
	arena_release(NULL);
}

static void text_is_copied(void **state)
{
	struct arena arena = { 0 };
	int i;

	(void)state;
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&arena, "ab", 30), "ab");
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
	assert_memory_equal(arena_memdup(&arena, "a\0b", 3), "a\0b", 3);
	for (i = 0; i < 100000; i++) {
		char *a = arena_strdup(&arena, "same text"), *b = arena_alloc(&arena, 24);

		memset(b, 'z', 24);
		assert_string_equal(a, "same text");
	}
	assert_true(arena.used_bytes > 3000000);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(large_pieces_do_not_waste_the_current_block),
		cmocka_unit_test(text_is_copied),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
