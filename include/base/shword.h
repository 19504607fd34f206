/*
 * A text as one word of sh: what is written into scripts, and what people paste into a shell.
 */
#ifndef BASE_SHWORD_H
#define BASE_SHWORD_H

#include "base/strbuf.h"

/* As it is where nothing in it means anything to sh, else quoted. Not for the first word of a command:
 * "a=b" sets a variable there. */
void shword_add(struct strbuf *out, const char *word);
/* Always in single quotes. */
void shword_add_quoted(struct strbuf *out, const char *word);

#endif
