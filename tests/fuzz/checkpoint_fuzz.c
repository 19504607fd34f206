/*
 * Input: one byte, then the text of a checkpoint; with an odd byte it gets the right checksum. It is a
 * state, which written and read again is the same state, or it is passed over with a reason.
 */
#include "fuzz/scratch.h"

#include "store/checkpoint.h"
#include "store/journal_impl.h"

static void complain(void *data, const char *name, const char *why)
{
	if (!*name || !*why)
		abort();
	++*(size_t *)data;
}

static void to_text(const struct run_state *state, struct strbuf *out)
{
	state_to_json(state, out, 0);
}

/* The seq of a state is in the name of its file and must not be 0. */
static void write_and_read(struct run_state *state)
{
	struct checkpoint_writer *writer = checkpoint_open(scratch_dir);
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct run_state again;

	to_text(state, &first);
	if (checkpoint_write(writer, state, CHECKPOINT_END, "b", 1, NULL) < 0)
		abort();
	checkpoint_close(writer);
	state_init(&again);
	if (checkpoint_load(scratch_dir, &again, NULL, NULL, NULL) != 1)
		abort();
	to_text(&again, &second);
	if (strcmp(strbuf_str(&first), strbuf_str(&second)) != 0)
		abort();
	state_release(&again);
	strbuf_release(&first);
	strbuf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf text = STRBUF_INIT;
	struct run_state state;
	size_t n_bad = 0, n_known = 0;
	int found;

	if (!size)
		return 0;
	scratch_fresh();
	scratch_mkdir("checkpoints");
	strbuf_add(&text, data + 1, size - 1);
	if (*data & 1 && size > 1 && data[size - 1] == '}')
		journal_seal(&text, 0);
	scratch_write("checkpoints/31-a.json", strbuf_str(&text), text.len);
	state_init(&state);
	found = checkpoint_load(scratch_dir, &state, complain, &n_bad, NULL);
	if (found < 0 || (found == 0) != (n_bad == 1))
		abort();
	if (checkpoint_verify(scratch_dir, complain, &n_known, NULL) < 0 || n_known != n_bad)
		abort();
	if (found && state.last_seq >= 31)
		write_and_read(&state);
	state_release(&state);
	strbuf_release(&text);
	return 0;
}
