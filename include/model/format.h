/*
 * The canonical form of a workflow file: YAML stays YAML, JSON stays JSON. Keys stand in the order of
 * the schema table, two blanks deeper a level; quotes where they are needed; a list or mapping in
 * brackets stays so where it fits the line. Names that people choose (params, env, vars, pools) and
 * steps keep their order. Comments and blank lines stay with what they belong to.
 *
 * The form of a form is itself, and what it says is what the document said: format_document()
 * reads its own result and compares before it answers.
 */
#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/strbuf.h"

struct dialect_world;

/* Appends the form of diags->text, which the caller has found to be a workflow, to `out`. -1: it
 * cannot be formed without a loss, and the error says where; `out` is then worth nothing. A document in
 * the dialect (model/dialect.h) gets the canonical spelling; `world` is that of its names, or NULL. */
int format_document(struct diags *diags, bool is_json, const struct dialect_world *world,
		    struct strbuf *out, struct err *err);

#endif
