/*
 * Writes JSON into a strbuf, one token at a time, commas and quotes done. Strings that are not UTF-8
 * come out valid: each bad byte as U+FFFD. Compact by default (a journal line); `indent` > 0 gives
 * pretty output for people.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct jsonw {
	struct strbuf *out;
	int indent; /* spaces a level, 0: one line */
	int depth;
	bool need_comma;
	bool after_key;
};

void jsonw_object(struct jsonw *w); /* { */
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w); /* [ */
void jsonw_array_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_string(struct jsonw *w, const char *s); /* NULL: null */
void jsonw_string_n(struct jsonw *w, const char *s, size_t len);
void jsonw_int(struct jsonw *w, int64_t number);
void jsonw_uint(struct jsonw *w, uint64_t number);
void jsonw_double(struct jsonw *w, double number); /* shortest form that reads back the same */
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);
void jsonw_instant(struct jsonw *w, int64_t unix_ms); /* "2026-11-20T21:32:01.042Z" */

/* key and value in one call */
void jsonw_kv_string(struct jsonw *w, const char *key, const char *s);
void jsonw_kv_int(struct jsonw *w, const char *key, int64_t number);
void jsonw_kv_uint(struct jsonw *w, const char *key, uint64_t number);
void jsonw_kv_bool(struct jsonw *w, const char *key, bool value);

#endif
