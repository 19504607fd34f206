/*
 * What the files of the YAML door share: the text as libyaml is to see it, and the words for what
 * libyaml finds wrong.
 */
#ifndef EXT_YAML_IMPL_H
#define EXT_YAML_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "ext/yaml.h"

/* A place of the rewritten text where the original had `gone` more characters before it. Lines and
 * columns count from 0; gone adds up along a line. */
struct yaml_shift {
	uint32_t line, col, gone;
};

struct yaml_source {
	const char *text; /* what libyaml reads: diags->text, or `rewritten` */
	size_t len;
	struct strbuf rewritten;
	VEC(struct yaml_shift) shifts; /* sorted */
};

/* Checks size, UTF-8, control characters and line breaks; rewrites surrogate pairs of JSON. -1 with
 * an error in diags. */
int yaml_source_init(struct yaml_source *source, struct diags *diags, bool is_json);
void yaml_source_release(struct yaml_source *source);
/* The column of the original document for one that libyaml saw; all from 0. */
size_t yaml_source_col(const struct yaml_source *source, size_t line, size_t col);

/* One failure of libyaml: lines and columns from 0, both of the original document. */
struct yaml_problem {
	const char *context; /* "while scanning an alias", or NULL */
	const char *problem;
	size_t line, col, context_line, context_col;
};

/* Puts the failure into diags in the words of people who do not know YAML's grammar. */
void yaml_problem_report(struct diags *diags, const struct yaml_problem *problem);

/* The kind of a plain scalar by the core schema of YAML 1.2. */
enum yaml_kind yaml_plain_kind(const char *text, size_t len);

/* A span from 0-based places, cut to what it can hold. */
struct span yaml_span(size_t line, size_t col, size_t len);

/* "quote it: "*.c"" for the word of the source at line, col (from 0). */
void yaml_hint_quote(struct diags *diags, struct diag *diag, size_t line, size_t col);

#endif
