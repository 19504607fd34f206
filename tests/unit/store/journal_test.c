/*
 * Journals: every way in which a tail can be torn, damage in the middle, going on afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/journal.h"
#include "sys/clock.h"
#include "unit/store/scratch.h"

struct seen {
	uint64_t n, n_bad, last_seq;
	char steps[64];
};

static int note(void *data, const struct event *event)
{
	struct seen *seen = data;

	seen->n++;
	seen->last_seq = event->seq;
	if (event->step && seen->n < sizeof seen->steps)
		seen->steps[seen->n - 1] = event->step[0];
	return 0;
}

static struct seen read_all(const struct scratch *scratch)
{
	struct seen seen = { 0 };

	assert_int_equal(journal_read(scratch->path, note, &seen, &seen.n_bad, NULL), 0);
	return seen;
}

static void append(struct journal *journal, const char *step)
{
	struct event event = { .type = EV_STEP_START,
			       .at_ms = 1795000000000,
			       .step = step,
			       .cookie = "c",
			       .attempt = 1 };

	assert_int_equal(journal_append(journal, &event, NULL), 0);
	assert_true(event.seq > 0);
}

static void write_three(const struct scratch *scratch)
{
	struct journal *journal = journal_open(scratch->path, NULL, NULL);

	assert_non_null(journal);
	append(journal, "a");
	append(journal, "b");
	append(journal, "c");
	assert_int_equal(journal_sync(journal, NULL), 0);
	journal_close(journal);
}

static void reads_back_what_was_written(void **state)
{
	struct seen seen;

	assert_int_equal(read_all(*state).n, 0);
	write_three(*state);
	seen = read_all(*state);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.n_bad, 0);
	assert_int_equal(seen.last_seq, 3);
	assert_string_equal(seen.steps, "abc");
}

static void goes_on_with_the_next_seq(void **state)
{
	struct journal *journal;
	uint64_t n_lost = 9;

	write_three(*state);
	journal = journal_open(((struct scratch *)*state)->path, &n_lost, NULL);
	assert_int_equal(n_lost, 0);
	append(journal, "d");
	journal_close(journal);
	assert_int_equal(read_all(*state).last_seq, 4);
}

static void is_due_within_100_ms_until_synced(void **state)
{
	struct journal *journal = journal_open(((struct scratch *)*state)->path, NULL, NULL);
	int64_t now_ms = (int64_t)clock_monotonic_ms();

	assert_int_equal(journal_sync_due_ms(journal), 0);
	append(journal, "a");
	assert_in_range(journal_sync_due_ms(journal) - now_ms, 0, 99); /* the names go first */
	assert_int_equal(journal_flush(journal, NULL), 0);
	assert_true(journal_sync_due_ms(journal) > 0);
	assert_int_equal(journal_sync(journal, NULL), 0);
	assert_int_equal(journal_sync_due_ms(journal), 0);
	now_ms = (int64_t)clock_monotonic_ms();
	append(journal, "b");
	assert_in_range(journal_sync_due_ms(journal) - now_ms, 100, 1100);
	journal_close(journal);
}

/* However much of the tail is missing, what was whole stays and the journal can go on. */
static void survives_a_tail_torn_at_every_byte(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t len;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &whole);
	for (len = 0; len <= whole.len; len++) {
		struct journal *journal;
		struct seen before, after;
		uint64_t n_lost = 0;

		scratch_write_n(scratch, "journal.ndjson", whole.buf, len);
		before = read_all(scratch);
		journal = journal_open(scratch->path, &n_lost, NULL);
		assert_non_null(journal);
		assert_int_equal(n_lost, 0);
		append(journal, "z");
		journal_close(journal);
		after = read_all(scratch);
		assert_int_equal(after.n, before.n + 1);
		assert_int_equal(after.n_bad, 0);
		assert_int_equal(after.last_seq, before.n + 1);
		assert_int_equal(after.steps[after.n - 1], 'z');
	}
}

static void cuts_a_tail_of_zeros(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	struct journal *journal;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &file);
	strbuf_pad(&file, '\0', 5000);
	scratch_write_n(scratch, "journal.ndjson", file.buf, file.len);
	assert_int_equal(read_all(scratch).n, 3);
	journal = journal_open(scratch->path, NULL, NULL);
	append(journal, "d");
	journal_close(journal);
	assert_int_equal(read_all(scratch).n, 4);
	assert_int_equal(read_all(scratch).n_bad, 0);
}

/* A flipped bit costs the line that it is in, and no other. */
static void every_flipped_bit_is_seen(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t i;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &whole);
	for (i = 0; i < whole.len * 8; i++) {
		struct seen seen;

		whole.buf[i / 8] ^= 1 << (i % 8);
		scratch_write_n(scratch, "journal.ndjson", whole.buf, whole.len);
		whole.buf[i / 8] ^= 1 << (i % 8);
		seen = read_all(scratch);
		/* a line feed that goes joins two lines */
		assert_in_range(seen.n, whole.buf[i / 8] == '\n' ? 1 : 2, 2);
		assert_true(seen.n_bad > 0);
	}
}

/* A writer finds as many good lines as a reader, and what it adds is found as well. */
static void goes_on_after_every_flipped_byte(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf whole CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t i;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &whole);
	for (i = 0; i < whole.len; i++) {
		struct seen before, after;
		struct journal *journal;

		whole.buf[i] ^= 1 << (i % 8);
		scratch_write_n(scratch, "journal.ndjson", whole.buf, whole.len);
		whole.buf[i] ^= 1 << (i % 8);
		before = read_all(scratch);
		journal = journal_open(scratch->path, NULL, NULL);
		assert_non_null(journal);
		append(journal, "z");
		journal_close(journal);
		after = read_all(scratch);
		assert_int_equal(after.n, before.n + 1);
		assert_true(after.last_seq > before.last_seq);
		assert_memory_equal(after.steps, before.steps, before.n);
		assert_int_equal(after.steps[before.n], 'z');
		assert_true(after.n_bad <= before.n_bad);
	}
}

static void moves_bad_lines_aside(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	struct journal *journal;
	struct seen seen;
	uint64_t n_lost = 0;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &file);
	*strstr(file.buf, "\"b\"") = '!';
	scratch_write_n(scratch, "journal.ndjson", file.buf, file.len);
	seen = read_all(scratch);
	assert_string_equal(seen.steps, "ac");
	assert_int_equal(seen.n_bad, 1);

	journal = journal_open(scratch->path, &n_lost, NULL);
	assert_int_equal(n_lost, 1);
	append(journal, "d");
	journal_close(journal);
	seen = read_all(scratch);
	assert_string_equal(seen.steps, "acd");
	assert_int_equal(seen.last_seq, 4);
	assert_int_equal(seen.n_bad, 1); /* still missing, still said */
	scratch_read(scratch, "journal.damaged", &file);
	assert_non_null(strstr(file.buf, "\"seq\":2"));
}

static void a_line_twice_counts_once(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;
	size_t len;

	write_three(scratch);
	scratch_read(scratch, "journal.ndjson", &file);
	len = file.len;
	strbuf_grow(&file, len);
	memcpy(file.buf + len, file.buf, len);
	scratch_write_n(scratch, "journal.ndjson", file.buf, 2 * len);
	assert_int_equal(read_all(scratch).n, 3);
	assert_int_equal(read_all(scratch).n_bad, 3);
}

static void never_follows_a_link(void **state)
{
	const struct scratch *scratch = *state;
	struct err err = ERR_INIT;

	scratch_write(scratch, "victim", "precious");
	assert_int_equal(symlinkat("victim", scratch->fd, "journal.ndjson"), 0);
	assert_null(journal_open(scratch->path, NULL, &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	err_release(&err);
}

static void a_full_disk_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct journal *journal;
	struct err err = ERR_INIT;
	int fd, saved;

	/* The journal's descriptor becomes /dev/full behind its back. */
	fd = open("/dev/null", O_RDONLY);
	close(fd);
	journal = journal_open(scratch->path, NULL, NULL);
	assert_non_null(journal);
	/* dirfd took `fd`, the file the next one */
	saved = open("/dev/full", O_WRONLY);
	if (saved < 0) {
		journal_close(journal);
		skip();
	}
	assert_int_equal(dup2(saved, fd + 1), fd + 1);
	append(journal, "a");
	assert_int_equal(journal_sync(journal, &err), -1);
	assert_int_equal(err.errnum, ENOSPC);
	close(saved);
	err_release(&err);
	journal_close(journal);
}

static void a_sync_behind_is_one(void **state)
{
	const struct scratch *scratch = *state;
	struct journal *journal = journal_open(scratch->path, NULL, NULL);
	int i;

	assert_int_equal(journal_sync_behind(journal, NULL), 0);
	for (i = 0; i < 50; i++) {
		append(journal, "a");
		assert_true(journal_sync_due_ms(journal) > 0);
		assert_int_equal(journal_sync_behind(journal, NULL), 0);
	}
	assert_int_equal(journal_sync(journal, NULL), 0);
	assert_int_equal(journal_sync_due_ms(journal), 0);
	append(journal, "a");
	assert_int_equal(journal_sync_behind(journal, NULL), 0);
	journal_close(journal);
}

static void a_sync_behind_that_failed_is_told_by_the_next(void **state)
{
	const struct scratch *scratch = *state;
	struct journal *journal;
	struct event event = { .type = EV_NOTE, .text = "late" };
	struct err err = ERR_INIT;
	int fd, fds[2];

	/* A pipe takes writes, but cannot be synced. */
	fd = open("/dev/null", O_RDONLY);
	close(fd);
	journal = journal_open(scratch->path, NULL, NULL);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], fd + 1), fd + 1);
	append(journal, "a");
	assert_int_equal(journal_sync_behind(journal, &err), 0);
	assert_false(journal_is_synced(journal, 1));
	assert_int_equal(journal_sync(journal, &err), -1);
	assert_false(journal_is_synced(journal, 1));
	assert_non_null(strstr(err_msg(&err), "cannot sync the journal"));
	err_release(&err);
	assert_int_equal(journal_append(journal, &event, NULL), -1);
	assert_int_equal(journal_sync_behind(journal, NULL), -1);
	close(fds[0]);
	close(fds[1]);
	journal_close(journal);
}

static bool comes_to_disk(const struct journal *journal, uint64_t seq)
{
	for (int ms = 0; ms < 5000; ms++) {
		if (journal_is_synced(journal, seq))
			return true;
		clock_sleep_ms(1);
	}
	return false;
}

static void it_is_known_what_is_on_disk(void **state)
{
	const struct scratch *scratch = *state;
	struct journal *journal = journal_open(scratch->path, NULL, NULL);

	append(journal, "a");
	assert_int_equal(journal_flush(journal, NULL), 0);
	assert_false(journal_is_synced(journal, 1));
	assert_int_equal(journal_sync(journal, NULL), 0);
	assert_true(journal_is_synced(journal, 1));
	append(journal, "b");
	assert_int_equal(journal_sync_behind(journal, NULL), 0);
	append(journal, "c");
	assert_true(comes_to_disk(journal, 2));
	assert_false(journal_is_synced(journal, 3));
	journal_close(journal);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reads_back_what_was_written),
		CASE(goes_on_with_the_next_seq),
		CASE(is_due_within_100_ms_until_synced),
		CASE(survives_a_tail_torn_at_every_byte),
		CASE(cuts_a_tail_of_zeros),
		CASE(every_flipped_bit_is_seen),
		CASE(goes_on_after_every_flipped_byte),
		CASE(moves_bad_lines_aside),
		CASE(a_line_twice_counts_once),
		CASE(never_follows_a_link),
		CASE(a_full_disk_is_an_error),
		CASE(a_sync_behind_is_one),
		CASE(a_sync_behind_that_failed_is_told_by_the_next),
		CASE(it_is_known_what_is_on_disk),
	};

	return cmocka_run_group_tests_name("store/journal", tests, NULL, NULL);
}
