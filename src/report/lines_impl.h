/*
 * What lines that scroll away are made with.
 */
#ifndef REPORT_LINES_IMPL_H
#define REPORT_LINES_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "console_impl.h"

/* "✓ ID     ", up to the column where the rest begins. */
void lines_begin(const struct console *c, struct line *line, enum role role, enum glyph glyph,
		 const char *id);

/* The column that a text at the right ends in; 0: there is no such, the reader is no terminal. */
size_t lines_right_edge(const struct console *c);
/* At the right edge, without one after two blanks. False: no room, nothing was added. */
bool lines_add_right(const struct console *c, struct line *line, enum role role, const char *text);

const char *lines_signal_name(int signo); /* "SIGTERM", or NULL */
size_t lines_measure_ids(const struct console *c);

#endif
