/*
 * UTF-8 one character at a time, without the locale of libc. What is not valid UTF-8 comes out as
 * U+FFFD, one byte at a time, so every text can be shown.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define UTF8_BAD UINT32_C(0xFFFD)

/* Decodes the character at s (len > 0 bytes are there); returns its size in bytes, at least 1. A bad
 * byte gives UTF8_BAD and 1; a real U+FFFD gives UTF8_BAD and 3. */
size_t utf8_decode(const char *s, size_t len, uint32_t *code);

/* All of it is UTF-8, and no NUL is in it. */
bool utf8_is_text(const char *s, size_t len);

/* Columns of a terminal: 0 (combining), 1 or 2 (East Asian wide, emoji). */
int utf8_width(uint32_t code);

/* The sum over a text; control characters count as what utf8_add_visible() makes of them. */
size_t utf8_text_width(const char *s, size_t len);

/* Appends text so that it can harm no terminal: control characters as "^X", a tab as a space, other
 * invisible and direction-changing characters and bad bytes as U+FFFD. */
void utf8_add_visible(struct strbuf *out, const char *s, size_t len);

#endif
