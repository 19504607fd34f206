/*
 * Words of people: taken once, in the order in which they were put; what is no word is moved aside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/inbox.h"
#include "unit/store/scratch.h"

#define T0 INT64_C(1795210321042)

struct taken {
	struct strbuf words, bad;
};

static void on_word(void *data, const struct inbox_word *word)
{
	struct taken *taken = data;

	strbuf_addf(&taken->words, "%s %s by %s|", word->verb, word->step ? word->step : "-",
		    word->by);
}

static void on_bad(void *data, const char *name, const char *why)
{
	struct taken *taken = data;

	assert_true(*why);
	strbuf_addf(&taken->bad, "%s|", name);
}

static void expect_taken(const struct scratch *scratch, int n, const char *words, const char *bad)
{
	struct taken taken = { 0 };

	assert_int_equal(inbox_take(scratch->path, on_word, on_bad, &taken, NULL), n);
	assert_string_equal(strbuf_str(&taken.words), words);
	assert_string_equal(strbuf_str(&taken.bad), bad);
	strbuf_release(&taken.words);
	strbuf_release(&taken.bad);
}

static void put(const struct scratch *scratch, const char *verb, const char *step, int64_t at_ms)
{
	struct inbox_word word = { .verb = verb, .step = step, .by = "ann \"a\" ü" };
	struct arena arena = { 0 };
	const char *path;

	assert_int_equal(inbox_put(scratch->path, &word, at_ms, &arena, &path, NULL), 0);
	assert_int_equal(access(path, R_OK), 0);
	arena_release(&arena);
}

static void no_inbox_is_an_empty_one(void **state)
{
	int64_t seen_ns = 0;

	expect_taken(*state, 0, "", "");
	assert_false(inbox_may_have(((struct scratch *)*state)->path, T0, &seen_ns));
}

static void words_come_once_in_their_order(void **state)
{
	put(*state, "skip", "test[a b,\"c\"]", T0 + 5);
	put(*state, "pause", NULL, T0);
	put(*state, "cancel", NULL, T0 + 10);
	expect_taken(*state, 3,
		     "pause - by ann \"a\" ü|skip test[a b,\"c\"] by ann \"a\" ü|"
		     "cancel - by ann \"a\" ü|",
		     "");
	expect_taken(*state, 0, "", "");
}

/* The clock may stand still between two words. */
static void words_of_one_millisecond_both_come(void **state)
{
	put(*state, "pause", NULL, T0);
	put(*state, "pause", NULL, T0);
	expect_taken(*state, 2, "pause - by ann \"a\" ü|pause - by ann \"a\" ü|", "");
}

static void what_is_no_word_is_moved_aside(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf kept = STRBUF_INIT;

	put(scratch, "pause", NULL, T0);
	scratch_write(scratch, "inbox/1.json", "{\"verb\":\"can");
	scratch_write(scratch, "inbox/2.json", "{\"step\":\"a\"}");
	scratch_write(scratch, "inbox/3.json", "[1]");
	scratch_write(scratch, "inbox/note.txt", "not for us");
	scratch_write(scratch, "inbox/.4.json.12ab.tmp", "{\"verb\":\"cancel\"}");
	expect_taken(scratch, 1, "pause - by ann \"a\" ü|", "1.json|2.json|3.json|");
	expect_taken(scratch, 0, "", "");
	scratch_read(scratch, "inbox/1.json.bad", &kept);
	assert_string_equal(strbuf_str(&kept), "{\"verb\":\"can");
	assert_int_equal(access(scratch_path(scratch, "inbox/note.txt"), F_OK), 0);
	strbuf_release(&kept);
}

static void one_look_tells_whether_there_may_be_more(void **state)
{
	const struct scratch *scratch = *state;
	struct file_id id;
	int64_t seen_ns = 0, now_ms;

	put(scratch, "pause", NULL, T0);
	assert_int_equal(fs_stat(AT_FDCWD, scratch_path(scratch, "inbox"), &id, NULL), 0);
	now_ms = id.mtime_ns / 1000000;
	/* So young that another word could come without moving the time: asked again. */
	assert_true(inbox_may_have(scratch->path, now_ms, &seen_ns));
	assert_true(inbox_may_have(scratch->path, now_ms, &seen_ns));
	assert_true(inbox_may_have(scratch->path, now_ms + 5000, &seen_ns));
	assert_false(inbox_may_have(scratch->path, now_ms + 5000, &seen_ns));
	scratch_settle();
	put(scratch, "cancel", NULL, T0);
	assert_true(inbox_may_have(scratch->path, now_ms + 5000, &seen_ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
		TEST(no_inbox_is_an_empty_one),
		TEST(words_come_once_in_their_order),
		TEST(words_of_one_millisecond_both_come),
		TEST(what_is_no_word_is_moved_aside),
		TEST(one_look_tells_whether_there_may_be_more),
#undef TEST
	};

	return cmocka_run_group_tests_name("store/inbox", tests, NULL, NULL);
}
