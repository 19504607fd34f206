/*
 * A value of the expression language. Strings and lists live in the arena of whoever made them.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_LIST, VALUE_MAP };

struct value {
	enum value_kind kind;
	bool boolean;
	double number;
	/* VALUE_STRING; for a VALUE_NUMBER its spelling where it was written, or NULL. */
	const char *text;
	size_t len; /* of text */
	size_t n;   /* VALUE_LIST, VALUE_MAP */
	const struct value *items;
	const char *const *keys; /* VALUE_MAP */
};

struct value value_null(void);
struct value value_bool(bool boolean);
struct value value_number(double number);
struct value value_string(const char *text); /* borrowed; NULL gives null */
struct value value_string_n(const char *text, size_t len);
/* A copy in the arena with a NUL behind it; the text itself may hold NUL bytes. */
struct value value_string_copy(struct arena *arena, const char *text, size_t len);

bool value_is_true(const struct value *value); /* null, false, 0, "", empty list are false */
const struct value *value_member(const struct value *map, const char *key, size_t len);

/* As `${…}` gives it to a text: null is "", a number its shortest form, a list its items one a line,
 * a map JSON. */
void value_to_text(const struct value *value, struct strbuf *out);
void value_to_json(const struct value *value, struct strbuf *out);
int value_from_json(struct arena *arena, const char *text, size_t len, struct value *value,
		    struct err *err);
const char *value_kind_name(enum value_kind kind); /* "a string", … */

#endif
