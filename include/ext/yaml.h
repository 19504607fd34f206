/*
 * The door to libyaml: the text of a YAML or JSON document becomes a tree of nodes, each with its
 * place. YAML 1.2 core rules: only true, false, null (and ~, empty) are special, `yes` is a string.
 * Refused with a diagnostic: aliases, anchors, tags, more than one document, duplicate keys, keys
 * that are not scalars, depth over 64, more than 32 MiB, bad UTF-8, control characters, line breaks
 * other than LF and CR LF. Known traps get a hint.
 */
#ifndef EXT_YAML_H
#define EXT_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"

enum yaml_kind {
	YAML_NULL,
	YAML_BOOL,
	YAML_NUMBER,
	YAML_STRING,
	YAML_SEQ,
	YAML_MAP,
	YAML_BAD /* something refused that diags has already: say nothing more about it */
};

struct yaml_pair;

struct yaml_node {
	uint8_t kind;	/* enum yaml_kind; BOOL and NUMBER are plain scalars of that form */
	uint8_t quoted; /* '\'', '"', '|', '>' or 0: how a scalar was written */
	bool flow;	/* [..] or {..} */
	uint8_t indent; /* '|' and '>': how many columns the document adds to each line of text */
	struct span span;
	union {
		uint32_t len; /* of text, in bytes */
		uint32_t n_items;
		uint32_t n_pairs;
	};
	union {
		const char *text; /* scalars: as written (1.10 stays "1.10"), NUL-terminated */
		struct yaml_node *items;
		struct yaml_pair *pairs;
	};
};

struct yaml_pair {
	struct yaml_node key; /* a scalar */
	struct yaml_node value;
};

/* Parses diags->text. Returns the root in the arena, or NULL where the syntax is broken. What is
 * refused without being broken (an alias, a duplicate key) is in diags and the rest of the tree is
 * there, so that a reader can go on and report everything at once: ask diags->n_errors. An empty
 * document is a YAML_NULL node. `is_json` reads surrogate-pair escapes (\ud83d\ude00) too. */
struct yaml_node *yaml_parse(struct arena *arena, struct diags *diags, bool is_json);

/* The tree of diags->text as bytes to be kept, in *out, which is emptied first. */
void yaml_pack(const struct yaml_node *root, const struct diags *diags, bool is_json,
	       struct strbuf *out);
/* The tree again, in `bytes` themselves, which change and must outlive it; NULL: damaged, of another
 * version, or not of this very text. */
struct yaml_node *yaml_unpack(struct strbuf *bytes, const struct diags *diags, bool is_json);

/* A string that stands in no document; `at` is what it comes from. */
struct yaml_node yaml_string(struct span at, const char *text);

/* The value of `key` in a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Where the first character of a scalar's text stands: behind the quote, below the '|'. */
struct span yaml_text_span(const struct yaml_node *scalar);

/* "a string", "a list", … for messages. */
const char *yaml_kind_name(const struct yaml_node *node);

/* Of the library at run time, as "0.2.5". */
void yaml_library_version(struct strbuf *out);

#endif
