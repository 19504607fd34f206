/*
 * The last lines of what a step writes, as a terminal would have shown them: a carriage return begins
 * the line anew, so a progress bar is one line. Long lines are cut. Bounded memory, whatever comes.
 */
#ifndef REPORT_TAIL_IMPL_H
#define REPORT_TAIL_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

enum { TAIL_LINES = 20, TAIL_LINE_MAX = 2000 };

struct tail {
	struct strbuf lines[TAIL_LINES]; /* a ring */
	size_t first, n;		 /* complete ones */
	size_t n_dropped;		 /* that came before */
	struct strbuf current;		 /* without its line feed yet */
	bool has_return;		 /* a carriage return came: the next byte begins anew */
};

void tail_release(struct tail *tail);
void tail_clear(struct tail *tail);
void tail_add(struct tail *tail, const char *data, size_t len);
/* The i-th of tail_count(), oldest first; the unfinished line is the last one. */
size_t tail_count(const struct tail *tail);
const struct strbuf *tail_line(const struct tail *tail, size_t i);
/* The newest line that is not blank, or NULL. */
const struct strbuf *tail_last(const struct tail *tail);

#endif
