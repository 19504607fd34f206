/*
 * Checkpoints: the state that comes back is the fold of the journal, a damaged one is passed over, and
 * of many the declared ones and the last ten stay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "store/checkpoint.h"
#include "store/journal.h"
#include "unit/store/scratch.h"

#define T0 INT64_C(1795210321042)

static int apply(void *data, const struct event *event)
{
	state_apply(data, event);
	return 0;
}

static char *text_of(const struct run_state *state)
{
	struct strbuf out = STRBUF_INIT;

	state_to_json(state, &out, 0);
	return strbuf_detach(&out);
}

static void add(struct journal *journal, struct run_state *state, struct event event)
{
	assert_int_equal(journal_append(journal, &event, NULL), 0);
	state_apply(state, &event);
}

static struct stepout_pair pair = { "name", "line\n\x01 \"quoted\" ü" };

/* One of every event that changes a state, told by `n`. */
static void add_some(struct journal *journal, struct run_state *state, unsigned n)
{
	static const char *const ids[] = { "a", "t", "t[x,\"y\"]", "t[z]", "b" };
	const char *id = ids[n / 7 % 5];
	struct event event = { .at_ms = T0 + n, .step = id, .attempt = n % 3 + 1, .attempts = 3 };

	switch (n * 2654435761u >> 13 & 7) {
	case 0:
		event.type = EV_STEP_JUDGED;
		event.text = "input changed: a.c";
		event.fingerprint = "9c1f";
		break;
	case 1:
		event.type = EV_STEP_START;
		event.cookie = "c/1.1";
		break;
	case 2:
		event.type = EV_STEP_PID;
		event.pid = 4242;
		event.pid_start = 77;
		event.text = "boot";
		break;
	case 3:
		event.type = EV_STEP_TRY;
		event.exit_code = -1;
		event.signal = 9;
		break;
	case 4:
		event.type = EV_STEP_EXPAND;
		event.step = "t";
		event.n_steps = 2;
		break;
	case 5:
		event.type = n % 2 ? EV_RUN_RESUME : EV_RUN_CANCEL;
		event.signal = 15;
		break;
	case 6:
		event.type = EV_RUN_END;
		event.run_status = (enum run_status)(n % RUN_STATUSES);
		break;
	default:
		event.type = EV_STEP_END;
		event.status = n % 2 ? STEP_PASSED : n % 3 ? STEP_SKIPPED : STEP_UNKNOWN;
		event.verdict = (enum verdict)(n % 4);
		event.log = "0-a.1.log";
		event.duration_ms = n;
		event.timed_out = n % 5 == 0;
		event.outputs = (struct stepout){ .pairs = &pair, .n = 1 };
	}
	add(journal, state, event);
}

static void from_any_checkpoint_on_the_state_is_that_of_the_whole_journal(void **test)
{
	const struct scratch *scratch = *test;
	struct journal *journal = journal_open(scratch->path, NULL, NULL);
	struct checkpoint_writer *writer = checkpoint_open(scratch->path);
	struct run_state live;

	state_init(&live);
	add(journal, &live,
	    (struct event){
		    .type = EV_RUN_START, .run = "r", .text = "w", .n_steps = 4, .at_ms = T0 });
	for (unsigned n = 0; n < 400; n++) {
		struct run_state state;
		uint64_t last_seq;
		char *got, *want;

		add_some(journal, &live, n);
		assert_int_equal(journal_flush(journal, NULL), 0);
		if (n % 7 == 3)
			assert_int_equal(checkpoint_write(writer, &live, CHECKPOINT_AUTOMATIC, "a",
							  T0, NULL),
					 0);
		state_init(&state);
		assert_int_equal(checkpoint_load(scratch->path, &state, NULL, NULL, NULL), n >= 3);
		assert_int_equal(journal_read_after(scratch->path, state.last_seq, apply, &state,
						    &last_seq, NULL, NULL),
				 0);
		assert_true(last_seq == n + 2);
		got = text_of(&state);
		want = text_of(&live);
		assert_string_equal(got, want);
		free(got);
		free(want);
		state_release(&state);
	}
	state_release(&live);
	checkpoint_close(writer);
	journal_close(journal);
}

static void what_was_rendered_is_the_state(void **test)
{
	const struct scratch *scratch = *test;
	struct checkpoint_writer *writer = checkpoint_open(scratch->path);
	struct journal *journal = journal_open(scratch->path, NULL, NULL);
	struct run_state live;
	const char *got;
	char *want;
	size_t len;

	state_init(&live);
	assert_null(checkpoint_rendered(NULL, &live, &len));
	assert_null(checkpoint_rendered(writer, &live, &len));
	for (unsigned n = 0; n < 20; n++)
		add_some(journal, &live, n);
	assert_int_equal(checkpoint_write(writer, &live, CHECKPOINT_END, "a", T0, NULL), 0);
	got = checkpoint_rendered(writer, &live, &len);
	want = text_of(&live);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(got, want, len);
	free(want);
	add_some(journal, &live, 20);
	assert_null(checkpoint_rendered(writer, &live, &len)); /* of what was before */
	state_release(&live);
	checkpoint_close(writer);
	journal_close(journal);
}

static void write_at(struct checkpoint_writer *writer, uint64_t seq, enum checkpoint_kind kind)
{
	struct run_state state;

	state_init(&state);
	state_apply(
		&state,
		&(struct event){
			.type = EV_RUN_START, .seq = seq, .run = "r", .text = "w", .at_ms = T0 });
	assert_int_equal(checkpoint_write(writer, &state, kind, "x[a/b]", T0, NULL), 0);
	state_release(&state);
}

static unsigned count_files(const struct scratch *scratch)
{
	struct fs_dir dir;
	struct fs_entry entry;
	unsigned n = 0;

	if (fs_dir_open(&dir, scratch->fd, "checkpoints", NULL) != 0)
		return 0;
	while (fs_dir_next(&dir, &entry, NULL) > 0)
		n++;
	fs_dir_close(&dir);
	return n;
}

static uint64_t newest(const struct scratch *scratch)
{
	struct run_state state;
	uint64_t seq;

	state_init(&state);
	checkpoint_load(scratch->path, &state, NULL, NULL, NULL);
	seq = state.last_seq;
	state_release(&state);
	return seq;
}

static void declared_ones_and_the_last_ten_stay_also_across_writers(void **test)
{
	const struct scratch *scratch = *test;

	for (uint64_t seq = 1; seq <= 30; seq++) {
		struct checkpoint_writer *writer = checkpoint_open(scratch->path);

		write_at(writer, seq, seq % 10 ? CHECKPOINT_AUTOMATIC : CHECKPOINT_DECLARED);
		checkpoint_close(writer);
	}
	assert_int_equal(count_files(scratch), 10 + 3);
	assert_true(newest(scratch) == 30);
	assert_int_equal(faccessat(scratch->fd, "checkpoints/10-x_a_b_.json", F_OK, 0), 0);
	assert_int_equal(faccessat(scratch->fd, "checkpoints/18-x_a_b_.json", F_OK, 0), -1);
	assert_int_equal(faccessat(scratch->fd, "checkpoints/19-x_a_b_.json", F_OK, 0), 0);
}

static void note_bad(void *data, const char *name, const char *why)
{
	strbuf_addf(data, "%s: %s\n", name, why);
}

static void each_flipped_byte_leads_to_the_one_before(void **test)
{
	const struct scratch *scratch = *test;
	struct checkpoint_writer *writer = checkpoint_open(scratch->path);
	struct strbuf good = STRBUF_INIT, told = STRBUF_INIT;

	write_at(writer, 3, CHECKPOINT_AUTOMATIC);
	write_at(writer, 9, CHECKPOINT_END);
	checkpoint_close(writer);
	scratch_read(scratch, "checkpoints/9-x_a_b_.json", &good);
	for (size_t i = 0; i < good.len; i++) {
		good.buf[i] ^= 1;
		scratch_write_n(scratch, "checkpoints/9-x_a_b_.json", good.buf, good.len);
		good.buf[i] ^= 1;
		assert_true(newest(scratch) == 3);
	}
	for (size_t len = 0; len < good.len; len += 7) {
		scratch_write_n(scratch, "checkpoints/9-x_a_b_.json", good.buf, len);
		assert_true(newest(scratch) == 3);
	}
	assert_int_equal(checkpoint_verify(scratch->path, note_bad, &told, NULL), 0);
	assert_string_equal(told.buf, "9-x_a_b_.json: its checksum is wrong\n");
	strbuf_release(&good);
	strbuf_release(&told);
}

/* Of what was prepared nothing is seen until it is committed, and nothing is left if it never is. */
static void one_is_prepared_beside_its_place(void **test)
{
	const struct scratch *scratch = *test;
	struct checkpoint_writer *writer = checkpoint_open(scratch->path);
	struct run_state state;

	write_at(writer, 3, CHECKPOINT_END);
	state_init(&state);
	for (uint64_t seq = 5; seq <= 9; seq += 2) {
		state.last_seq = seq;
		assert_int_equal(checkpoint_prepare(writer, &state, CHECKPOINT_END, "a", T0, NULL),
				 0);
		assert_int_equal(newest(scratch), seq == 5 ? 3 : 5);
		if (seq == 5)
			assert_int_equal(checkpoint_commit(writer, NULL), 0);
		assert_int_equal(newest(scratch), 5);
	}
	checkpoint_close(writer);
	assert_int_equal(count_files(scratch), 2);
	state_release(&state);
}

static void no_folder_is_no_checkpoint(void **test)
{
	const struct scratch *scratch = *test;
	struct checkpoint_writer *writer = checkpoint_open(scratch->path);

	assert_true(newest(scratch) == 0);
	checkpoint_close(writer);
	assert_int_equal(count_files(scratch), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(from_any_checkpoint_on_the_state_is_that_of_the_whole_journal),
		CASE(what_was_rendered_is_the_state),
		CASE(declared_ones_and_the_last_ten_stay_also_across_writers),
		CASE(each_flipped_byte_leads_to_the_one_before),
		CASE(one_is_prepared_beside_its_place),
		CASE(no_folder_is_no_checkpoint),
	};

	return cmocka_run_group_tests_name("store/checkpoint", tests, NULL, NULL);
}
