/*
 * What a node is: the kinds of plain scalars, look-up, names for messages.
 */
#include <string.h>

#include "yaml_impl.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_number(const char *s)
{
	bool has_digits;

	if (*s == '-' || *s == '+')
		s++;
	has_digits = is_digit(*s);
	while (is_digit(*s))
		s++;
	if (*s == '.')
		for (s++; is_digit(*s); s++)
			has_digits = true;
	if (!has_digits)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '-' || *s == '+')
			s++;
		if (!is_digit(*s))
			return false;
		while (is_digit(*s))
			s++;
	}
	return *s == '\0';
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

enum yaml_kind yaml_plain_kind(const char *text, size_t len)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", NULL
	};

	if (len <= 5) {
		if (is_one_of(text, nulls))
			return YAML_NULL;
		if (is_one_of(text, bools))
			return YAML_BOOL;
	}
	if (len && (is_digit(text[0]) || strchr("+-.", text[0])) && is_number(text))
		return strlen(text) == len ? YAML_NUMBER : YAML_STRING;
	return YAML_STRING;
}

struct yaml_node yaml_string(struct span at, const char *text)
{
	return (struct yaml_node){
		.kind = YAML_STRING, .span = at, .text = text, .len = (uint32_t)strlen(text)
	};
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_pairs; i++)
		if (strcmp(map->pairs[i].key.text, key) == 0)
			return &map->pairs[i].value;
	return NULL;
}

struct span yaml_text_span(const struct yaml_node *scalar)
{
	struct span span = scalar->span;

	if (scalar->quoted == '|' || scalar->quoted == '>') {
		span.line++;
		span.col = (uint16_t)(scalar->indent + 1);
		span.len = 0;
	} else if (scalar->quoted) {
		span.col += span.col < UINT16_MAX;
	}
	return span;
}

const char *yaml_kind_name(const struct yaml_node *node)
{
	static const char *const names[] = {
		[YAML_NULL] = "nothing",
		[YAML_BOOL] = "a boolean",
		[YAML_NUMBER] = "a number",
		[YAML_STRING] = "a string",
		[YAML_SEQ] = "a list",
		[YAML_MAP] = "a mapping",
		[YAML_BAD] = "something refused",
	};

	return names[node->kind];
}
