/*
 * JSON Schema, the part of draft 2020-12 that says something about one document: types, enum, const,
 * numbers, lengths, items, properties, the combinations, and references within the schema. A keyword
 * that is not among them is an error, never passed over: `format`, `if`, `$dynamicRef`, remote `$ref`,
 * `unevaluated…`, …
 */
#ifndef RUN_GATE_SCHEMA_IMPL_H
#define RUN_GATE_SCHEMA_IMPL_H

#include "base/arena.h"
#include "base/err.h"
#include "ext/json.h"

/* The schema itself: -1 where it holds something that is not known. */
int json_schema_check(const struct json *schema, struct arena *arena, struct err *err);

/* What is wrong with a document by a schema that was checked, "/items/3: must be a number, is a
 * string"; NULL: nothing. */
const char *json_schema_fault(const struct json *schema, const struct json *json,
			      struct arena *arena);

#endif
