/*
 * "%20" for a blank: texts as they stand in URLs, and in names of files.
 */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stddef.h>

#include "base/strbuf.h"

#define PERCENT_URL "-._~" /* what RFC 3986 keeps besides letters and digits */

/* Appends the text; of ASCII letters, digits and what is in `kept` each as it is, every other byte as %XX. */
void percent_encode(struct strbuf *out, const char *text, size_t len, const char *kept);

/* Appends what it stands for. -1: a '%' without two hexadecimal digits, or a NUL. */
int percent_decode(struct strbuf *out, const char *text, size_t len);

#endif
