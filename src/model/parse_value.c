/*
 * Values by type, and the walk over a mapping's pairs that every place shares.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "parse_impl.h"

enum { MAX_COUNT = 1000000, SEEN_WORDS = SCHEMA_ROWS_MAX / 64 };

bool parse_is_scalar(const struct yaml_node *node)
{
	return node->kind == YAML_STRING || node->kind == YAML_NUMBER || node->kind == YAML_BOOL;
}

char *parse_copy(struct reader *reader, const struct yaml_node *scalar)
{
	return arena_strndup(reader->arena, scalar->text, scalar->len);
}

bool parse_is_name(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	if (!*text || !strchr(letters, *text))
		return false;
	for (; *text; text++)
		if (!strchr(letters, *text) && !(*text >= '0' && *text <= '9'))
			return false;
	return true;
}

bool parse_number(const char *text, double *number)
{
	char *end;

	/* strtod() would take blanks, "inf" and hexadecimal digits. */
	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return false;
	*number = strtod(text, &end);
	return !*end && isfinite(*number);
}

/* What people write by habit, and what to write instead. */
static void hint_type(struct reader *reader, struct diag *diag, const struct schema_row *row,
		      const struct yaml_node *node)
{
	static const char *const yes[] = { "yes", "Yes", "YES", "on", "On", "ON", "y" };
	static const char *const no[] = { "no", "No", "NO", "off", "Off", "OFF", "n" };

	if (row->type == TYPE_DURATION && node->kind == YAML_NUMBER)
		diag_hint(reader->diags, diag, "write %ss", node->text);
	if (row->type == TYPE_OBJECT && row->inner == AT_RETRY && node->kind == YAML_NUMBER)
		diag_hint(reader->diags, diag, "write {attempts: %s}", node->text);
	if (row->inner == AT_ROLLBACK && row->type == TYPE_OBJECT && parse_is_scalar(node))
		diag_hint(reader->diags, diag, "write {strategy: %s}", node->text);
	if (strcmp(row->key, "env") == 0 && node->kind == YAML_SEQ)
		diag_hint(reader->diags, diag, "write {NAME: VALUE}");
	if (row->type == TYPE_PATHS && node->kind == YAML_NULL)
		diag_hint(reader->diags, diag, "write [] for none");
	if (node->kind != YAML_STRING)
		return;
	if (row->type != TYPE_BOOL && strcmp(row->key, "cache") != 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (strcmp(node->text, yes[i]) == 0 || strcmp(node->text, no[i]) == 0)
			diag_hint(reader->diags, diag, "write %s: '%s' is a string",
				  strcmp(node->text, yes[i]) == 0 ? "true" : "false", node->text);
	if (node->quoted && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
		diag_hint(reader->diags, diag, "leave the quotes out");
}

struct diag *parse_wrong_type(struct reader *reader, const struct schema_row *row,
			      const struct yaml_node *node)
{
	struct strbuf form CLEANUP(strbuf_release) = STRBUF_INIT;
	struct diag *diag;

	if (node->kind == YAML_BAD)
		return NULL;
	schema_row_form(row, &form);
	diag = diag_error(reader->diags, node->span, "'%s' must be %s, not %s", row->key,
			  strbuf_str(&form), yaml_kind_name(node));
	if (diag)
		hint_type(reader, diag, row, node);
	return diag;
}

/* As parse_wrong_type(), where the kind is right and the value is not. */
static struct diag *wrong_value(struct reader *reader, const struct schema_row *row,
				const struct yaml_node *node)
{
	struct strbuf form CLEANUP(strbuf_release) = STRBUF_INIT;

	schema_row_form(row, &form);
	return diag_error(reader->diags, node->span, "'%s' must be %s, not '%.60s'", row->key,
			  strbuf_str(&form), node->text);
}

void parse_keep_scalar(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else
		*(const struct yaml_node **)into = node;
}

void parse_keep_run(struct reader *reader, const struct schema_row *row,
		    const struct yaml_node *node, void *into)
{
	if (node->kind != YAML_SEQ && !parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else
		*(const struct yaml_node **)into = node;
}

void parse_missing(struct reader *reader, const struct yaml_node *map, enum schema_place place,
		   const char *key)
{
	diag_error(reader->diags, map->span, "%s needs '%s'", schema_place_name(place), key);
}

void parse_not_yet(struct reader *reader, struct span at, const char *what)
{
	diag_error(reader->diags, at, "'%s' is not supported yet", what);
}

static void read_string(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else
		*(const char **)into = parse_copy(reader, node);
}

int parse_text(struct reader *reader, const struct yaml_node *scalar, struct text *text)
{
	const char *raw = parse_copy(reader, scalar);

	if (!memchr(raw, '$', scalar->len)) {
		*text = (struct text){ .raw = raw, .span = yaml_text_span(scalar) };
		return 0;
	}
	return text_parse(reader->arena, raw, scalar->len, yaml_text_span(scalar), text,
			  reader->diags);
}

static void read_text(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else
		parse_text(reader, node, into);
}

static void read_number(struct reader *reader, const struct schema_row *row,
			const struct yaml_node *node, void *into)
{
	if (node->kind != YAML_NUMBER)
		parse_wrong_type(reader, row, node);
	else if (!parse_number(node->text, into))
		wrong_value(reader, row, node);
}

static void read_count(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	char *end;
	long count;

	if (node->kind != YAML_NUMBER) {
		parse_wrong_type(reader, row, node);
		return;
	}
	count = strtol(node->text, &end, 10);
	if (*end || count < 1)
		wrong_value(reader, row, node);
	else if (count > MAX_COUNT || node->len > 7)
		diag_error(reader->diags, node->span, "'%s' is too great: at most %d", row->key,
			   MAX_COUNT);
	else
		*(uint32_t *)into = (uint32_t)count;
}

static void read_bool(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	if (node->kind != YAML_BOOL)
		parse_wrong_type(reader, row, node);
	else
		*(bool *)into = node->text[0] == 't' || node->text[0] == 'T';
}

static void read_duration(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	uint64_t duration_ms;
	struct diag *diag;

	if (node->kind != YAML_STRING) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (duration_parse_ms(node->text, 0, &duration_ms) < 0) {
		diag = wrong_value(reader, row, node);
		diag_hint(reader->diags, diag, "units are ms, s, m, h and d: 500ms, 90s, 1h30m");
		return;
	}
	if (duration_ms == 0 && strcmp(row->key, "timeout") == 0) {
		diag = diag_error(reader->diags, node->span, "'timeout' must be more than 0");
		diag_hint(reader->diags, diag, "leave the key out for no limit");
		return;
	}
	*(uint64_t *)into = duration_ms;
}

const struct expr *parse_expr(struct reader *reader, const struct yaml_node *scalar)
{
	const char *text = parse_copy(reader, scalar);

	return expr_parse(reader->arena, text, scalar->len, yaml_text_span(scalar), reader->diags);
}

static void read_expr(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	if (!parse_is_scalar(node))
		parse_wrong_type(reader, row, node);
	else
		*(const struct expr **)into = parse_expr(reader, node);
}

/* "integer" for int, "exp" for exponential; NULL: none of them begins so. */
static const char *longer_or_shorter(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(word) < strlen(words[i]) ? strlen(word) : strlen(words[i]);

		if (len > 1 && strncmp(word, words[i], len) == 0)
			return words[i];
	}
	return NULL;
}

static void hint_nearest_choice(struct reader *reader, struct diag *diag,
				const struct schema_row *row, const char *word)
{
	const char *words[16], *nearest, *at = row->choices;
	size_t n = 0;

	while (at && n < ARRAY_SIZE(words)) {
		size_t len = strcspn(at, "|");

		words[n++] = arena_strndup(&reader->scratch, at, len);
		at = at[len] ? at + len + 1 : NULL;
	}
	nearest = longer_or_shorter(word, words, n);
	if (!nearest)
		nearest = nearest_word(word, words, n);
	if (nearest)
		diag_hint(reader->diags, diag, "did you mean '%s'?", nearest);
}

int parse_choice(struct reader *reader, const struct schema_row *row, const struct yaml_node *node)
{
	const char *at = row->choices;
	struct diag *diag;

	if (!parse_is_scalar(node)) {
		parse_wrong_type(reader, row, node);
		return -1;
	}
	for (int index = 0; at; index++) {
		size_t len = strcspn(at, "|");

		if (len == node->len && memcmp(at, node->text, len) == 0)
			return index;
		at = at[len] ? at + len + 1 : NULL;
	}
	diag = wrong_value(reader, row, node);
	if (diag)
		hint_nearest_choice(reader, diag, row, node->text);
	return -1;
}

bool parse_item_ok(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *item)
{
	if (parse_is_scalar(item))
		return true;
	if (item->kind != YAML_BAD)
		diag_error(reader->diags, item->span, "an item of '%s' must be a string, not %s",
			   row->key, yaml_kind_name(item));
	return false;
}

int parse_list(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
	       const struct yaml_node **items, size_t *n)
{
	*n = 0;
	*items = NULL;
	if (node->kind == YAML_SEQ) {
		*items = node->items;
		*n = node->n_items;
	} else if (parse_is_scalar(node)) {
		*items = node;
		*n = 1;
	} else {
		parse_wrong_type(reader, row, node);
		return -1;
	}
	return 0;
}

void parse_strings(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, const char ***strings, size_t *n)
{
	const struct yaml_node *items;
	size_t n_items;

	if (parse_list(reader, row, node, &items, &n_items) < 0)
		return;
	*strings = ARENA_ARRAY(reader->arena, const char *, n_items + 1);
	*n = 0;
	for (size_t i = 0; i < n_items; i++)
		if (parse_item_ok(reader, row, &items[i]))
			(*strings)[(*n)++] = parse_copy(reader, &items[i]);
}

void parse_texts(struct reader *reader, const struct schema_row *row, const struct yaml_node *node,
		 struct text **texts, size_t *n_texts)
{
	const struct yaml_node *items;
	size_t n;

	if (parse_list(reader, row, node, &items, &n) < 0)
		return;
	*texts = ARENA_ARRAY(reader->arena, struct text, n);
	*n_texts = 0;
	for (size_t i = 0; i < n; i++)
		if (parse_item_ok(reader, row, &items[i]) &&
		    parse_text(reader, &items[i], &(*texts)[*n_texts]) == 0)
			++*n_texts;
}

bool parse_pair_ok(struct reader *reader, const struct yaml_pair *pair,
		   const struct name_rule *rule, const char *form)
{
	struct diag *diag;

	if (pair->key.kind == YAML_BAD || pair->value.kind == YAML_BAD)
		return false;
	if (rule && !rule->is_name(pair->key.text)) {
		diag = diag_error(reader->diags, pair->key.span, "'%.60s' is %s", pair->key.text,
				  rule->fault);
		if (rule->hint)
			diag_hint(reader->diags, diag, "%s", rule->hint);
		return false;
	}
	if (parse_is_scalar(&pair->value))
		return true;
	diag_error(reader->diags, pair->value.span, "'%.60s' must be %s, not %s", pair->key.text,
		   form, yaml_kind_name(&pair->value));
	return false;
}

void parse_named_texts(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, const struct name_rule *rule,
		       struct env_var **texts, size_t *n)
{
	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	*texts = ARENA_ARRAY(reader->arena, struct env_var, node->n_pairs + 1);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		struct env_var *text = &(*texts)[*n];

		if (!parse_pair_ok(reader, pair, rule, "a string"))
			continue;
		text->name = parse_copy(reader, &pair->key);
		if (parse_text(reader, &pair->value, &text->value) == 0)
			++*n;
	}
}

void parse_by_type(struct reader *reader, const struct schema_row *row,
		   const struct yaml_node *node, void *into)
{
	static const read_fn readers[TYPE_COUNT_OF_TYPES] = {
		[TYPE_STRING] = read_string, [TYPE_TEXT] = read_text,
		[TYPE_NUMBER] = read_number, [TYPE_COUNT] = read_count,
		[TYPE_BOOL] = read_bool,     [TYPE_DURATION] = read_duration,
		[TYPE_EXPR] = read_expr,
	};

	if (!readers[row->type])
		BUG("key '%s' has a type without a reader", row->key);
	readers[row->type](reader, row, node, into);
}

static void unknown_key(struct reader *reader, enum schema_place place, const struct yaml_node *map,
			const struct yaml_pair *pair)
{
	const struct yaml_node *key = &pair->key;
	const struct schema_alias *alias = schema_find_alias(place, key->text);
	struct diag *diag;
	const char *nearest;

	diag = diag_error(reader->diags, key->span, "unknown key '%.60s' in %s", key->text,
			  schema_place_name(place));
	if (!diag)
		return;
	nearest = schema_nearest_key(place, key->text);
	if (alias)
		diag_hint(reader->diags, diag, "%s", alias->hint);
	else if (nearest)
		diag_hint(reader->diags, diag, "did you mean '%s'?", nearest);
	else if (map->flow && pair > map->pairs && pair->value.kind == YAML_NULL &&
		 pair[-1].key.kind != YAML_BAD)
		diag_hint(reader->diags, diag,
			  "in {} a ',' ends the value of '%.60s'; put that in quotes",
			  pair[-1].key.text);
}

/* ext/yaml.c reports a key that a file has twice; a kept document, which may be damaged, has not been there. */
struct seen_keys {
	uint64_t bits[SEEN_WORDS];
};

static bool is_second(struct seen_keys *seen, const struct schema_row *row)
{
	size_t index = (size_t)(row - schema_rows);
	uint64_t bit = UINT64_C(1) << index % 64, *word = &seen->bits[index / 64];
	bool was_set = *word & bit;

	*word |= bit;
	return was_set;
}

void parse_fields(struct reader *reader, enum schema_place place, const struct yaml_node *map,
		  void *base)
{
	struct seen_keys seen = { { 0 } };

	for (size_t i = 0; i < map->n_pairs; i++) {
		const struct yaml_node *key = &map->pairs[i].key, *value = &map->pairs[i].value;
		const struct bound *bound;
		void *into;

		if (key->kind == YAML_BAD)
			continue;
		bound = strmap_get_n(&reader->keys[place], key->text, key->len);
		if (!bound) {
			unknown_key(reader, place, map, &map->pairs[i]);
			continue;
		}
		if (is_second(&seen, bound->row)) {
			diag_error(reader->diags, key->span, "duplicate key '%.60s'", key->text);
			continue;
		}
		if (bound->row->is_later) {
			parse_not_yet(reader, key->span, key->text);
			continue;
		}
		if (value->kind == YAML_BAD)
			continue;
		into = (char *)base + bound->field->offset;
		if (bound->field->read)
			bound->field->read(reader, bound->row, value, into);
		else
			parse_by_type(reader, bound->row, value, into);
	}
}
