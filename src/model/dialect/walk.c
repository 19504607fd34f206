/*
 * A mapping of the document by the two tables: the words of the dialect, and for all else the rows of
 * the schema, which say what is an expression, a duration or one of some words.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialect_impl.h"

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789.")];
}

/* A bare number gets its unit. */
static struct yaml_node with_unit(struct dialect *d, const struct yaml_node *node, const char *unit)
{
	struct yaml_node first = tree_first(d, node);

	if (!tree_is_scalar(&first) || !is_number(first.text))
		return first;
	return tree_retext(&first, arena_join(d->arena, first.text, unit, ""));
}

void walk_seconds(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		  struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word), with_unit(d, &pair->value, "s"));
}

void walk_ms(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
	     struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word), with_unit(d, &pair->value, "ms"));
}

void walk_choice(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word), tree_first(d, &pair->value));
}

void walk_expr(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
	       struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word), text_expr(d, &pair->value));
}

/* ---- by the schema ---- */

static struct yaml_node walk_each(struct dialect *d, enum schema_place inner,
				  const struct yaml_node *node)
{
	struct yaml_node copy = *node;

	if (node->kind == YAML_MAP)
		return walk_map(d, inner, node);
	if (node->kind != YAML_SEQ)
		return text_copy(d, node);
	copy.items = ARENA_ARRAY(d->arena, struct yaml_node, node->n_items + 1);
	for (size_t i = 0; i < node->n_items; i++)
		copy.items[i] = walk_each(d, inner, &node->items[i]);
	return copy;
}

/* A mapping of names that people choose. */
static struct yaml_node walk_names(struct dialect *d, const struct schema_row *row,
				   const struct yaml_node *node)
{
	struct yaml_node copy = *node;
	bool are_exprs = strcmp(row->key, "vars") == 0;

	if (node->kind != YAML_MAP)
		return text_copy(d, node);
	copy.pairs = ARENA_ARRAY(d->arena, struct yaml_pair, node->n_pairs + 1);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_node *value = &node->pairs[i].value;

		copy.pairs[i].key = node->pairs[i].key;
		if (are_exprs)
			copy.pairs[i].value = text_expr(d, value);
		else
			copy.pairs[i].value = row->inner ? walk_each(d, row->inner, value)
							 : text_copy(d, value);
	}
	return copy;
}

static struct yaml_node walk_value(struct dialect *d, const struct schema_row *row,
				   const struct yaml_node *node)
{
	switch (row->type) {
	case TYPE_EXPR: return text_expr(d, node);
	case TYPE_CHOICE: return tree_first(d, node);
	case TYPE_DURATION: return with_unit(d, node, "s");
	case TYPE_MAP: return walk_names(d, row, node);
	case TYPE_OBJECT:
	case TYPE_OTHER: return row->inner ? walk_each(d, row->inner, node) : text_copy(d, node);
	default: return text_copy(d, node);
	}
}

void walk_pair(struct dialect *d, enum schema_place place, const struct yaml_pair *pair,
	       struct tree_map *out)
{
	const struct word *word;
	const struct schema_row *row;

	if (pair->key.kind == YAML_BAD || pair->value.kind == YAML_BAD)
		return;
	word = words_find(place, pair->key.text);
	row = schema_find(place, pair->key.text);
	if (word)
		word->read(d, word, pair, out);
	else
		tree_put(d, out, &pair->key, pair->key.text,
			 row ? walk_value(d, row, &pair->value) : text_copy(d, &pair->value));
}

struct yaml_node walk_map(struct dialect *d, enum schema_place place, const struct yaml_node *map)
{
	struct tree_map out = { 0 };

	if (map->kind != YAML_MAP)
		return text_copy(d, map);
	for (size_t i = 0; i < map->n_pairs; i++)
		walk_pair(d, place, &map->pairs[i], &out);
	return tree_of_map(&out, map->span, map->flow);
}

void walk_rename(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	const struct schema_row *row = schema_find(word->place, word->ours);

	tree_put(d, out, &pair->key, word->ours,
		 row ? walk_value(d, row, &pair->value) : text_copy(d, &pair->value));
}

/* ---- other words of several places ---- */

/* What stands in `config` stands beside it. */
void walk_config(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	if (pair->value.kind != YAML_MAP) {
		tree_wrong(d, &pair->value, "config", "a mapping");
		return;
	}
	for (size_t i = 0; i < pair->value.n_pairs; i++)
		walk_pair(d, word->place, &pair->value.pairs[i], out);
}

/* N more tries than the first. */
void walk_retry_count(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		      struct tree_map *out)
{
	struct tree_map retry = { 0 };
	char *end = NULL;
	long count = -1;

	if (tree_is_scalar(&pair->value))
		count = strtol(pair->value.text, &end, 10);
	if (!end || *end || end == pair->value.text || count < 0 || count > 1000) {
		diag_error(d->diags, pair->value.span, "'%s' must be a whole number from 0 on",
			   word->theirs);
		return;
	}
	if (!count)
		return;
	tree_add(d, &retry, pair->value.span, "attempts",
		 tree_plain(YAML_NUMBER, pair->value.span,
			    arena_printf(d->arena, "%ld", count + 1)));
	tree_put(d, out, &pair->key, "retry", tree_of_map(&retry, pair->value.span, true));
}

/* At the top it is said for all steps. */
void walk_defaults(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		   struct tree_map *out)
{
	struct yaml_pair inner = *pair;

	(void)out;
	inner.key = tree_retext(&pair->key, word->theirs);
	walk_pair(d, AT_DEFAULTS, &inner, &d->defaults);
}

/* A gate that is run: a command, or a list of them. */
static struct yaml_node gate_of(struct dialect *d, const struct yaml_node *node)
{
	struct tree_map gate = { 0 };

	if (node->kind == YAML_MAP)
		return walk_map(d, AT_GATE, node);
	if (node->kind != YAML_STRING)
		return *node;
	tree_add(d, &gate, node->span, "run", text_values(d, node));
	return tree_of_map(&gate, node->span, true);
}

void walk_gates(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		struct tree_map *out)
{
	tree_put(d, out, &pair->key, words_key(word), tree_each(d, &pair->value, false, gate_of));
}

/* A switch for what is always so: false would be something else. */
void walk_drop_true(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		    struct tree_map *out)
{
	(void)out;
	if (pair->value.kind != YAML_BOOL || strcasecmp(pair->value.text, "true") != 0)
		diag_error(d->diags, pair->value.span, "'%s' can only be true", word->theirs);
}
