/*
 * The door to jansson: JSON documents read into a tree (state files, values of expressions, what
 * steps print). Writing is base/jsonw.h. Refused: duplicate keys, bad UTF-8, depth over 64, trailing
 * text.
 */
#ifndef EXT_JSON_H
#define EXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_kind kind;
	bool boolean;
	bool is_integer;
	int64_t integer;  /* when is_integer */
	double number;	  /* any JSON_NUMBER */
	const char *text; /* JSON_STRING, NUL-terminated */
	size_t len;
	size_t n;		 /* items of an array, members of an object */
	struct json *items;	 /* arrays: values; objects: values */
	const char *const *keys; /* objects */
};

/* The tree lives in the arena. The message of a failure has line and column. */
struct json *json_parse(struct arena *arena, const char *text, size_t len, struct err *err);

/* NULL if `object` is no object or has no such key. */
const struct json *json_get(const struct json *object, const char *key);
const char *json_get_string(const struct json *object, const char *key, const char *fallback);
int64_t json_get_int(const struct json *object, const char *key, int64_t fallback);
bool json_get_bool(const struct json *object, const char *key, bool fallback);

/* Of the library at run time, as "2.14". */
void json_library_version(struct strbuf *out);

#endif
