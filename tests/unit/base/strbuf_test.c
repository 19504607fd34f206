/*
 * Text that grows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static void an_empty_one_is_text(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_clear(&sb);
	text = strbuf_detach(&sb);
	assert_string_equal(text, "");
	free(text);
	strbuf_release(&sb);
	strbuf_release(NULL);
}

static void grows_by_all_kinds_of_additions(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	int i;

	(void)state;
	strbuf_addstr(&sb, "ab");
	strbuf_addch(&sb, 'c');
	strbuf_add(&sb, "d\0e", 3);
	strbuf_pad(&sb, '-', 2);
	strbuf_addf(&sb, "%d", 42);
	assert_int_equal(sb.len, 10);
	assert_memory_equal(sb.buf, "abcd\0e--42", 11);
	strbuf_clear(&sb);
	for (i = 0; i < 1000; i++)
		strbuf_addf(&sb, "%03d,", i);
	assert_int_equal(sb.len, 4000);
	assert_int_equal(strlen(sb.buf), 4000);
	strbuf_setlen(&sb, 3);
	assert_string_equal(sb.buf, "000");
	strbuf_release(&sb);
}

static void formats_what_is_longer_than_the_room(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char word[501];

	(void)state;
	memset(word, 'x', 500);
	word[500] = '\0';
	strbuf_addf(&sb, "<%s>", word);
	assert_int_equal(sb.len, 502);
	assert_int_equal(sb.buf[501], '>');
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_is_text),
		cmocka_unit_test(grows_by_all_kinds_of_additions),
		cmocka_unit_test(formats_what_is_longer_than_the_room),
	};

	return cmocka_run_group_tests_name("base/strbuf", tests, NULL, NULL);
}
