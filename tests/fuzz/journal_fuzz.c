/*
 * Input: one byte, then a journal; with an odd byte every line of it gets the right checksum, so that
 * what is behind that door is reached. What was good is there after the repair, in the same words; the
 * repaired journal takes a line, and nothing of it is bad any more.
 */
#include "fuzz/scratch.h"

#include "event/state.h"
#include "store/journal.h"
#include "store/journal_impl.h"

struct seen {
	struct strbuf text;
	struct run_state state;
	uint64_t n, last_seq;
};

static int see(void *data, const struct event *event)
{
	struct seen *seen = data;

	if (event->seq <= seen->last_seq)
		abort();
	seen->last_seq = event->seq;
	event_to_json(event, &seen->text);
	strbuf_addch(&seen->text, '\n');
	state_apply(&seen->state, event);
	seen->n++;
	return 0;
}

static void seal_lines(const uint8_t *data, size_t size, struct strbuf *out)
{
	const char *at = (const char *)data, *end = at + size;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t start = out->len;

		line_end = line_end ? line_end : end;
		strbuf_add(out, at, (size_t)(line_end - at));
		if (line_end > at && line_end[-1] == '}')
			journal_seal(out, start);
		else
			strbuf_addch(out, '\n');
		at = line_end + (line_end < end);
	}
}

static void read_all(struct seen *seen, uint64_t *n_bad)
{
	struct strbuf json = STRBUF_INIT;

	state_init(&seen->state);
	if (journal_read(scratch_dir, see, seen, n_bad, NULL) < 0)
		abort();
	state_to_json(&seen->state, &json, 0);
	strbuf_release(&json);
}

static void release(struct seen *seen)
{
	strbuf_release(&seen->text);
	state_release(&seen->state);
}

static void repair_and_append(void)
{
	struct event event = { .type = EV_STEP_START,
			       .step = "s",
			       .attempt = 1,
			       .attempts = 1,
			       .cookie = "c",
			       .at_ms = 1 };
	uint64_t n_lost;
	struct journal *journal = journal_open(scratch_dir, &n_lost, NULL);

	if (!journal || journal_append(journal, &event, NULL) < 0 ||
	    journal_flush(journal, NULL) < 0)
		abort();
	journal_close(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf text = STRBUF_INIT;
	struct seen before = { 0 }, after = { 0 };
	uint64_t n_bad;

	if (!size)
		return 0;
	scratch_fresh();
	if (*data & 1)
		seal_lines(data + 1, size - 1, &text);
	else
		strbuf_add(&text, data + 1, size - 1);
	scratch_write(JOURNAL_FILE, strbuf_str(&text), text.len);
	read_all(&before, &n_bad);
	repair_and_append();
	read_all(&after, &n_bad);
	if (after.n != before.n + 1 || after.text.len < before.text.len ||
	    memcmp(strbuf_str(&after.text), strbuf_str(&before.text), before.text.len) != 0)
		abort();
	release(&before);
	release(&after);
	strbuf_release(&text);
	return 0;
}
