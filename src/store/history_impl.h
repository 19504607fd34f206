/*
 * One line of the history, as text and as an entry.
 */
#ifndef STORE_HISTORY_IMPL_H
#define STORE_HISTORY_IMPL_H

#include "base/strbuf.h"
#include "store/history.h"

/* Appends the line with its line feed. */
void history_line_write(const struct history_entry *entry, struct strbuf *out);
/* From line[0, len), which it may write to; texts of the entry point into it or into the arena.
 * -1: none of ours. */
int history_line_read(char *line, size_t len, struct arena *arena, struct history_entry *entry);

#endif
