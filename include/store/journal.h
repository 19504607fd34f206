/*
 * journal.ndjson: the truth about a run. One event a line, append only, `seq` and checksum each.
 * A record counts only with its newline, as JSON, with its checksum and the next seq. A bad tail (a
 * torn line, NUL padding) is cut before appending; bad lines followed by good ones are moved aside.
 * Readers never lock, repair or write.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/sink.h"

struct journal; /* the writer; the caller holds the run's lock */

/* Creates, or opens for going on: repairs the tail first. *n_lost gets the lines moved aside. */
struct journal *journal_open(const char *run_dir, uint64_t *n_lost, struct err *err);
/* Gives the event its seq. Gathered, one write() at flush. */
int journal_append(struct journal *journal, struct event *event, struct err *err);
int journal_flush(struct journal *journal, struct err *err);
/* Flushes and waits until all is on disk. A failed fsync is final for this journal. */
int journal_sync(struct journal *journal, struct err *err);
/* The same without waiting, in a thread; that it failed is told by the next sync, of either kind. While
 * one is at work this does nothing. */
int journal_sync_behind(struct journal *journal, struct err *err);
/* All up to this seq is known to be on disk. It waits for nothing. */
bool journal_is_synced(const struct journal *journal, uint64_t seq);
/* Monotonic instant at which gathered or unsynced lines should be synced (100 ms; the first at once, for
 * the journal's name is on no disk before that), 0: none. */
int64_t journal_sync_due_ms(struct journal *journal);
void journal_close(struct journal *journal); /* flushes, begins no sync */
/* The journal among other sinks: takes what is journalled; its close is journal_close(). The events
 * that the other sinks see have no seq then. */
struct sink journal_sink(struct journal *journal);

/* Every good event in order, from a run's folder; a missing journal is an empty one. `fn` returns
 * -1 to stop, and journal_read() returns -1 then with no error set. *n_bad gets the lines that did not
 * count or are missing between two that do; a line of a type that only newer versions know is
 * passed over. */
typedef int (*journal_fn)(void *data, const struct event *event);
int journal_read(const char *run_dir, journal_fn fn, void *data, uint64_t *n_bad, struct err *err);
/* Only those with a seq above `after`. *last_seq (or NULL): of the last good line, 0 if there is none. */
int journal_read_after(const char *run_dir, uint64_t after, journal_fn fn, void *data,
		       uint64_t *last_seq, uint64_t *n_bad, struct err *err);

#endif
