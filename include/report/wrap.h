/*
 * Text for a terminal that is narrower than it.
 */
#ifndef REPORT_WRAP_H
#define REPORT_WRAP_H

#include <stddef.h>

#include "base/strbuf.h"

/* Appends the text, which may set colours and holds nothing else that moves the cursor but line feeds. A
 * line wider than `columns` (0: no limit) goes on in further ones, `indent` columns in, each from where a
 * word begins; a word that is wider than a line is not broken. */
void wrap_text(const char *text, size_t len, size_t columns, size_t indent, struct strbuf *out);

#endif
