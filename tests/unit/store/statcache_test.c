/*
 * The stat table: what it may answer, what it must read again, and how it is shared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "store/statcache.h"
#include "unit/store/scratch.h"

static struct statcache *open_cache(const struct scratch *scratch)
{
	struct statcache *cache = statcache_open(scratch_path(scratch, "git/wf"), NULL);

	assert_non_null(cache);
	return cache;
}

static struct digest digest_of(struct statcache *cache, const struct scratch *scratch,
			       const char *name)
{
	struct digest digest;
	struct file_id id;

	assert_int_equal(fs_stat(scratch->fd, name, &id, NULL), 0);
	assert_int_equal(statcache_digest(cache, scratch->fd, name, &id, &digest, NULL), 0);
	return digest;
}

static struct statcache_counts counts_of(const struct statcache *cache)
{
	struct statcache_counts counts;

	statcache_count(cache, &counts);
	return counts;
}

static void save_and_close(struct statcache *cache)
{
	assert_int_equal(statcache_save(cache, NULL), 0);
	statcache_close(cache);
}

static void small_content_is_at_hand_until_the_next(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	char *large = calloc(1, STATCACHE_RECENT_BYTES + 2);
	struct digest hello, empty, long_one;
	const struct strbuf *recent;

	memset(large, 'x', STATCACHE_RECENT_BYTES + 1);
	scratch_write(scratch, "a", "hello");
	scratch_write(scratch, "empty", "");
	scratch_write(scratch, "large", large);
	hello = digest_of(cache, scratch, "a");
	recent = statcache_recent(cache, &hello);
	assert_non_null(recent);
	assert_int_equal(recent->len, 5);
	assert_memory_equal(recent->buf, "hello", 5);
	empty = digest_of(cache, scratch, "empty");
	assert_null(statcache_recent(cache, &hello));
	assert_int_equal(statcache_recent(cache, &empty)->len, 0);
	long_one = digest_of(cache, scratch, "large");
	assert_null(statcache_recent(cache, &long_one));
	large[STATCACHE_RECENT_BYTES] = '\0';
	scratch_write(scratch, "large", large);
	long_one = digest_of(cache, scratch, "large");
	assert_int_equal(statcache_recent(cache, &long_one)->len, STATCACHE_RECENT_BYTES);
	free(large);
	statcache_close(cache);
}

static void reading_makes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct file_id id;

	scratch_write(scratch, "a", "hello");
	digest_of(cache, scratch, "a");
	statcache_close(cache);
	assert_int_equal(fs_stat(scratch->fd, "git", &id, NULL), 1);
}

static void a_settled_file_is_read_once(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct digest first, again;

	scratch_write(scratch, "a", "hello");
	scratch_settle();
	first = digest_of(cache, scratch, "a");
	save_and_close(cache);

	cache = open_cache(scratch);
	again = digest_of(cache, scratch, "a");
	assert_true(digest_equal(&first, &again));
	assert_int_equal(counts_of(cache).n_reads, 0);
	assert_int_equal(counts_of(cache).n_hits, 1);
	assert_int_equal(counts_of(cache).n_rows, 1);
	statcache_close(cache);
}

/* The table on disk knows "a". */
static void need_no_reading(const struct scratch *scratch)
{
	struct statcache *cache = open_cache(scratch);

	digest_of(cache, scratch, "a");
	assert_int_equal(counts_of(cache).n_reads, 0);
	statcache_close(cache);
}

/* What was written just before it was read is read again, once, by the next run: by the kernel's clock
 * nobody knows better. */
static void a_racy_file_is_read_twice(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);

	scratch_write(scratch, "a", "hello");
	digest_of(cache, scratch, "a");
	save_and_close(cache);
	scratch_settle();
	cache = open_cache(scratch);
	digest_of(cache, scratch, "a");
	assert_int_equal(counts_of(cache).n_reads, 1);
	save_and_close(cache);
	need_no_reading(scratch);
}

static void where_times_are_exact_it_is_read_once(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	uint64_t dev;

	assert_int_equal(statcache_prepare(cache, NULL), 0);
	if (!fs_times_are_exact(scratch->path, &dev)) {
		statcache_close(cache);
		skip();
	}
	scratch_write(scratch, "a", "hello");
	digest_of(cache, scratch, "a");
	digest_of(cache, scratch, "a");
	assert_int_equal(counts_of(cache).n_reads, 1);
	save_and_close(cache);
	need_no_reading(scratch);
}

static bool answers(struct statcache *cache, int64_t mtime_ns, int64_t ctime_ns)
{
	static uint64_t ino = 1000;
	struct file_id id = { .dev = 1, .ino = ino++, .mtime_ns = mtime_ns, .ctime_ns = ctime_ns };
	struct digest digest = { { 1 } };

	statcache_add(cache, &id, &digest);
	return statcache_lookup(cache, &id, &digest);
}

/* By made-up stats, as kernels with exact times hide what this is for. */
static void what_is_too_young_is_no_answer(void **state)
{
	const int64_t ms = 1000000, s = 1000 * ms;
	struct statcache *cache = open_cache(*state);
	int64_t now = statcache_clock_ns(cache), old = now - 60 * s;

	assert_true(answers(cache, old, old));
	assert_true(answers(cache, now - 100 * ms - 1, old));
	assert_false(answers(cache, now - 10 * ms, old));
	assert_false(answers(cache, old, now - 10 * ms));
	assert_false(answers(cache, now + 5 * s, old));
	now = now / s * s; /* whole seconds */
	assert_false(answers(cache, now - 1 * s, old));
	assert_true(answers(cache, now - 5 * s, old));
	statcache_close(cache);
}

static void every_member_of_the_stat_counts(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct file_id id, other;
	struct digest digest;

	scratch_write(scratch, "a", "hello");
	scratch_settle();
	digest_of(cache, scratch, "a");
	assert_int_equal(fs_stat(scratch->fd, "a", &id, NULL), 0);
	assert_true(statcache_lookup(cache, &id, &digest));
	other = id, other.size_bytes++;
	assert_false(statcache_lookup(cache, &other, &digest));
	other = id, other.mtime_ns--;
	assert_false(statcache_lookup(cache, &other, &digest));
	other = id, other.ctime_ns--;
	assert_false(statcache_lookup(cache, &other, &digest));
	other = id, other.ino++;
	assert_false(statcache_lookup(cache, &other, &digest));
	other = id, other.dev++;
	assert_false(statcache_lookup(cache, &other, &digest));
	other = id, other.mode ^= 0100;
	assert_false(statcache_lookup(cache, &other, &digest));
	statcache_close(cache);
}

/* Written, recorded, written again with the same size as fast as it goes: never the old digest. */
static void no_edit_within_a_tick_is_missed(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	char text[32];
	int i;

	assert_int_equal(statcache_prepare(cache, NULL), 0);
	for (i = 0; i < 1000; i++) {
		struct digest before, after;

		snprintf(text, sizeof text, "content %04d", i);
		scratch_write(scratch, "a", text);
		before = digest_of(cache, scratch, "a");
		if (i % 100 == 0) {
			save_and_close(cache);
			cache = open_cache(scratch);
		}
		text[0] = 'C';
		scratch_write(scratch, "a", text);
		after = digest_of(cache, scratch, "a");
		assert_false(digest_equal(&before, &after));
		text[0] = 'c';
	}
	statcache_close(cache);
}

static void a_time_that_was_set_back_hides_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	int i;

	for (i = 0; i < 200; i++) {
		struct digest before, after;

		scratch_write(scratch, "a", "one");
		utimensat(scratch->fd, "a", old, 0);
		before = digest_of(cache, scratch, "a");
		scratch_write(scratch, "a", "two");
		utimensat(scratch->fd, "a", old, 0);
		after = digest_of(cache, scratch, "a");
		assert_false(digest_equal(&before, &after));
	}
	statcache_close(cache);
}

static void engines_agree_on_the_secret(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *one = open_cache(scratch), *two = open_cache(scratch);
	struct digest a, b;

	scratch_write(scratch, "a", "hello");
	scratch_settle();
	digest_of(two, scratch, "a"); /* with a secret that will not be the one */
	assert_int_equal(statcache_prepare(one, NULL), 0);
	assert_int_equal(statcache_save(two, NULL), 0);
	assert_memory_equal(statcache_secret(one), statcache_secret(two),
			    sizeof(struct hash_secret));
	a = digest_of(one, scratch, "a");
	b = digest_of(two, scratch, "a");
	assert_true(digest_equal(&a, &b));
	statcache_close(one);
	statcache_close(two);
}

static void name_of(char *name, size_t size, int i)
{
	snprintf(name, size, "f%d", i);
}

static void rows_of_two_engines_are_merged(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *one = open_cache(scratch), *two;
	char name[16];
	int i;

	assert_int_equal(statcache_prepare(one, NULL), 0);
	two = open_cache(scratch);
	for (i = 0; i < 600; i++) {
		name_of(name, sizeof name, i);
		scratch_write(scratch, name, name);
	}
	scratch_settle();
	for (i = 0; i < 600; i++) {
		name_of(name, sizeof name, i);
		digest_of(i % 2 ? one : two, scratch, name);
	}
	save_and_close(one); /* a new file */
	save_and_close(two); /* a new one again: many rows */
	one = open_cache(scratch);
	scratch_write(scratch, "late", "late");
	scratch_settle();
	digest_of(one, scratch, "late");
	save_and_close(one); /* in place: a single row */
	one = open_cache(scratch);
	for (i = 0; i < 600; i++) {
		name_of(name, sizeof name, i);
		digest_of(one, scratch, name);
	}
	digest_of(one, scratch, "late");
	assert_int_equal(counts_of(one).n_reads, 0);
	assert_int_equal(counts_of(one).n_rows, 601);
	statcache_close(one);
}

/* Whatever happens to the table: the right digest, at worst by reading. */
static void a_damaged_table_lies_never(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct strbuf table CLEANUP(strbuf_release) = STRBUF_INIT;
	struct digest right;
	size_t i, len;

	scratch_write(scratch, "a", "hello");
	scratch_settle();
	right = digest_of(cache, scratch, "a");
	save_and_close(cache);
	scratch_read(scratch, "git/wf/stat", &table);
	for (i = 0; i < table.len; i += i < 64 || table.buf[i] ? 1 : 97) {
		struct digest got;

		table.buf[i] ^= 0x20;
		scratch_write_n(scratch, "git/wf/stat", table.buf, table.len);
		table.buf[i] ^= 0x20;
		cache = open_cache(scratch);
		got = digest_of(cache, scratch, "a");
		assert_true(digest_equal(&got, &right));
		statcache_close(cache);
	}
	for (len = 0; len < table.len; len += 61) {
		scratch_write_n(scratch, "git/wf/stat", table.buf, len);
		cache = open_cache(scratch);
		digest_of(cache, scratch, "a");
		save_and_close(cache);
	}
}

static void a_lost_or_broken_secret_is_made_anew(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct digest digest;
	struct file_id id;

	scratch_write(scratch, "a", "hello");
	scratch_settle();
	digest_of(cache, scratch, "a");
	save_and_close(cache);
	scratch_write(scratch, "git/wf/secret", "short");
	assert_int_equal(fs_stat(scratch->fd, "a", &id, NULL), 0);
	cache = open_cache(scratch);
	assert_false(statcache_lookup(cache, &id, &digest)); /* rows of another secret */
	digest_of(cache, scratch, "a");
	save_and_close(cache);
	cache = open_cache(scratch);
	assert_true(statcache_lookup(cache, &id, &digest));
	statcache_close(cache);
}

/* A save gives up where the lock is busy for long, as it is on a loaded machine. */
static void save_when_free(struct statcache *cache)
{
	struct err err = ERR_INIT;

	while (statcache_save(cache, &err) < 0 && err.kind == ERR_BUSY)
		err_release(&err);
	err_release(&err);
}

static void saving_at_once_loses_no_table(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache;
	char name[16];
	pid_t pids[4];
	int i, j, status;

	for (i = 0; i < 80; i++) {
		name_of(name, sizeof name, i);
		scratch_write(scratch, name, name);
	}
	scratch_settle();
	for (i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (j = 0; j < 20; j++) {
			cache = open_cache(scratch);
			statcache_prepare(cache, NULL); /* as a run does: all with one secret */
			name_of(name, sizeof name, i * 20 + j);
			digest_of(cache, scratch, name);
			save_when_free(cache);
			statcache_close(cache);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	cache = open_cache(scratch);
	assert_int_equal(counts_of(cache).n_rows, 80);
	statcache_close(cache);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct statcache *cache = open_cache(scratch);
	struct file_id id = { .ino = 1 };
	struct digest digest;
	struct err err = ERR_INIT;

	assert_int_equal(statcache_digest(cache, scratch->fd, "missing", &id, &digest, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	err_release(&err);
	assert_int_equal(mkfifoat(scratch->fd, "pipe", 0600), 0);
	assert_int_equal(statcache_digest(cache, scratch->fd, "pipe", &id, &digest, &err), -1);
	err_release(&err);
	statcache_close(cache);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(small_content_is_at_hand_until_the_next),
		CASE(reading_makes_nothing),
		CASE(a_settled_file_is_read_once),
		CASE(a_racy_file_is_read_twice),
		CASE(where_times_are_exact_it_is_read_once),
		CASE(what_is_too_young_is_no_answer),
		CASE(every_member_of_the_stat_counts),
		CASE(no_edit_within_a_tick_is_missed),
		CASE(a_time_that_was_set_back_hides_nothing),
		CASE(engines_agree_on_the_secret),
		CASE(rows_of_two_engines_are_merged),
		CASE(a_damaged_table_lies_never),
		CASE(a_lost_or_broken_secret_is_made_anew),
		CASE(saving_at_once_loses_no_table),
		CASE(what_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests_name("store/statcache", tests, NULL, NULL);
}
