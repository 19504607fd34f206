/*
 * The form of a journal's line, for the half that writes and the half that reads.
 */
#ifndef STORE_JOURNAL_IMPL_H
#define STORE_JOURNAL_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "sys/behind.h"

#define JOURNAL_FILE	  "journal.ndjson"
#define JOURNAL_MANIFEST  "workflow.json" /* of the run, in the same folder */
#define JOURNAL_DAMAGED	  "journal.damaged"
#define JOURNAL_MAX_BYTES ((size_t)1 << 30)
#define JOURNAL_SUM_LEN	  26 /* ,"sum":"0123456789abcdef"} */

/* Turns the JSON object at the end of `line`, from `start`, into a whole line of the journal. */
void journal_seal(struct strbuf *line, size_t start);

/* Does the line (without its line feed) end in the right checksum of itself? */
bool journal_is_sealed(const char *text, size_t len);

struct journal_line {
	const char *text; /* without the line feed */
	size_t len;
	uint64_t seq;
	bool is_good; /* whole, checksum right, seq above all before */
};

struct journal_scan {
	const char *text;
	size_t len, pos;
	uint64_t last_seq;
};

/* The next line, good or bad; false at the end. */
bool journal_next_line(struct journal_scan *scan, struct journal_line *line);

/* ---- journal_syncer.c: one sync at a time, behind the loop's back ---- */

struct journal_syncer { /* zeroed: idle */
	struct behind behind;
	bool with_names;
	int fd, dirfd;
	int result;
	struct err err;
};

int journal_sync_file(int fd, struct err *err);
/* A new file is on disk when its name is, and the name of its folder; and of no use without the file
 * that says what the run is. */
int journal_sync_names(int dirfd, struct err *err);

/* Not while one is started. */
void journal_syncer_start(struct journal_syncer *syncer, int fd, int dirfd, bool with_names);
bool journal_syncer_is_busy(const struct journal_syncer *syncer);
bool journal_syncer_has_done(const struct journal_syncer *syncer); /* and nothing went wrong */
/* Waits for what was started: 0: all that was written before the start is on disk. */
int journal_syncer_wait(struct journal_syncer *syncer, struct err *err);

#endif
