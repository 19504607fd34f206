/*
 * checkpoints/<seq>-<step>.json: the whole state of a run as it was when the journal had `seq` events.
 * The journal stays the truth: a checkpoint saves reading what is before it, and says how things stood
 * at a moment that the workflow declared. Each is written at once and sealed with a checksum; a damaged
 * one is passed over for the one before. Those that a person may name later, of a declaration or a
 * pause, are durable; the others may be lost with the power, for the journal is not.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include <stdint.h>

#include "base/err.h"
#include "event/state.h"

enum checkpoint_kind {
	CHECKPOINT_AUTOMATIC,
	CHECKPOINT_DECLARED, /* never pruned */
	CHECKPOINT_PAUSE,
	CHECKPOINT_END,
	CHECKPOINT_KINDS
};

struct checkpoint_writer; /* of one run, whose lock the caller holds */

/* Nothing is touched before the first write. */
struct checkpoint_writer *checkpoint_open(const char *run_dir);
void checkpoint_close(struct checkpoint_writer *writer);

/* state->last_seq says up to where the journal is in it: that must be on disk already. `step`: the
 * current one, or NULL. Of those that are not declared the last 10 stay. */
int checkpoint_write(struct checkpoint_writer *writer, const struct run_state *state,
		     enum checkpoint_kind kind, const char *step, int64_t now_ms, struct err *err);

/* The same in two steps: the content, beside its place; then its place, when the journal is on disk. */
int checkpoint_prepare(struct checkpoint_writer *writer, const struct run_state *state,
		       enum checkpoint_kind kind, const char *step, int64_t now_ms,
		       struct err *err);
int checkpoint_commit(struct checkpoint_writer *writer, struct err *err);

/* The state as the last checkpoint_write() wrote it, the same as state_to_json() gives for this one; NULL:
 * there is none, or the journal has gone on since. Valid until the next write. */
const char *checkpoint_rendered(const struct checkpoint_writer *writer,
				const struct run_state *state, size_t *len);

/* Called with the file's name and what is wrong with it. */
typedef void checkpoint_bad_fn(void *data, const char *name, const char *why);

/* The newest good one into an initialised, empty state. 1: found; 0: there is none; -1: the folder
 * cannot be read. `bad` may be NULL. */
int checkpoint_load(const char *run_dir, struct run_state *state, checkpoint_bad_fn *bad,
		    void *data, struct err *err);
/* The one of this file name, with or without ".json", into an initialised, empty state. 1: found; 0: there is
 * none; -1: it cannot be read. */
int checkpoint_find(const char *run_dir, const char *word, struct run_state *state,
		    struct err *err);
/* Looks at each of them, the newest first. */
int checkpoint_verify(const char *run_dir, checkpoint_bad_fn *bad, void *data, struct err *err);

#endif
