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

#define JOURNAL_FILE	  "journal.ndjson"
#define JOURNAL_DAMAGED	  "journal.damaged"
#define JOURNAL_MAX_BYTES ((size_t)1 << 30)
#define JOURNAL_SUM_LEN	  26 /* ,"sum":"0123456789abcdef"} */

/* Turns the JSON object at the end of `line`, from `start`, into a whole line of the journal. */
void journal_seal(struct strbuf *line, size_t start);

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

#endif
