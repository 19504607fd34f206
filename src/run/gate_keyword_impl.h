/*
 * The keywords of JSON Schema that are understood: between gate_schema.c, which judges by them, and
 * gate_schema_form.c, which looks at the schema itself.
 */
#ifndef RUN_GATE_KEYWORD_IMPL_H
#define RUN_GATE_KEYWORD_IMPL_H

#include "gate_schema_impl.h"

enum form { /* of a keyword's value */
	    FORM_ANY,
	    FORM_TEXT,
	    FORM_NUMBER,
	    FORM_COUNT,
	    FORM_BOOL,
	    FORM_LIST,	  /* of anything */
	    FORM_NAMES,	  /* of strings */
	    FORM_TYPES,	  /* one, or a list */
	    FORM_PATTERN, /* a regular expression that POSIX has too */
	    FORM_REF,
	    FORM_SCHEMA,
	    FORM_SCHEMAS, /* a list of them */
	    FORM_MAP,	  /* a mapping of names to them */
	    FORM_PATTERN_MAP,
};

struct judge;

/* NULL: it holds. */
typedef const char *keyword_fn(struct judge *judge, const struct json *schema,
			       const struct json *value, const struct json *json, const char *at);

struct keyword {
	const char *name;
	enum form form;
	keyword_fn *judge; /* NULL: it says nothing about a document */
};

/* NULL: there is none of this name. */
const struct keyword *json_schema_keyword(const char *name);

/* What a "$ref" of this schema leads to, or NULL. */
const struct json *json_schema_ref(const struct json *root, struct arena *arena, const char *ref);

#endif
