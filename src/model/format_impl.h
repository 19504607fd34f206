/*
 * What the format*.c files share: the source by lines, with the comments that no tree has, and the
 * tree by the lines that each of its nodes takes.
 */
#ifndef MODEL_FORMAT_IMPL_H
#define MODEL_FORMAT_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "ext/yaml.h"
#include "model/schema.h"

enum { FORMAT_STEP = 2, FORMAT_WIDTH = 100 }; /* columns */

/* What the keys of a mapping are: those of a place of the schema; names that people choose
 * (FORMAT_NAMES + the place of what stands under each of them); or nothing of ours. */
enum { FORMAT_FREE = AT_PLACES, FORMAT_NAMES };

struct form_line {
	const char *text;
	size_t len;	     /* without the line break */
	const char *comment; /* from '#' on, or NULL */
	bool is_own;	     /* nothing stands before the comment */
	bool is_blank;
	bool is_told; /* the comment is in the result */
};

struct form_item;

struct form_node {
	const struct yaml_node *node;
	uint32_t first, last; /* lines, from 1 */
	size_t n;
	struct form_item *items; /* of a list or mapping, as they stand in the source */
};

struct form_item {
	const struct yaml_node *key; /* NULL: of a list */
	struct form_node value;
	uint32_t first;	   /* the line of the key, or of the value */
	uint32_t from, to; /* its lines with the comments above and below */
	bool ends_line;	   /* nothing else of its list stands behind it in its last line */
};

struct form_source {
	struct arena *arena;
	const char *text, *end;
	struct form_line *lines; /* lines[0] is not used */
	uint32_t n_lines;
	const char *seen; /* up to here comments were looked for */
	struct form_node root;
};

/* ---- format_source.c ---- */

int form_source_read(struct form_source *source, struct arena *arena, const struct diags *diags,
		     const struct yaml_node *root, struct err *err);

/* ---- format_scalar.c ---- */

/* One line, without quotes where that says the same. */
void form_scalar(const struct yaml_node *scalar, bool in_flow, struct strbuf *out);
/* A list or mapping in brackets, in one line. */
void form_flow(struct arena *arena, const struct yaml_node *node, unsigned place,
	       struct strbuf *out);

/* ---- format.c ---- */

/* The indices of a mapping's keys in the order of the table; chosen names as they are. */
const size_t *form_order(struct arena *arena, const struct yaml_node *map, unsigned place);
/* What the keys are of what stands under `key` of such a mapping. */
unsigned form_place(unsigned place, const char *key);
size_t form_width(const char *text, size_t len); /* in characters */

/* ---- format_tree.c ---- */

/* YAML of another tree than that of the source, with its comments. */
void form_tree(struct form_source *source, const struct yaml_node *root, struct strbuf *out);

/* ---- format_yaml.c, format_json.c ---- */

void form_yaml(struct form_source *source, struct strbuf *out);
void form_json(struct arena *arena, const struct yaml_node *root, struct strbuf *out);

#endif
