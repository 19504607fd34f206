/*
 * Values: made, asked, written as text and as JSON, read from JSON.
 */
#include "model/value.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "ext/json.h"

struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

struct value value_bool(bool boolean)
{
	return (struct value){ .kind = VALUE_BOOL, .boolean = boolean };
}

struct value value_number(double number)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

struct value value_string(const char *text)
{
	return text ? value_string_n(text, strlen(text)) : value_null();
}

struct value value_string_n(const char *text, size_t len)
{
	return (struct value){ .kind = VALUE_STRING, .text = text ? text : "", .len = len };
}

struct value value_string_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return value_string_n(copy, len);
}

bool value_is_true(const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: return false;
	case VALUE_BOOL: return value->boolean;
	case VALUE_NUMBER: return value->number != 0;
	case VALUE_STRING: return value->len > 0;
	case VALUE_LIST:
	case VALUE_MAP: return value->n > 0;
	}
	return false;
}

const struct value *value_member(const struct value *map, const char *key, size_t len)
{
	if (map->kind != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++) {
		if (strlen(map->keys[i]) == len && memcmp(map->keys[i], key, len) == 0)
			return &map->items[i];
	}
	return NULL;
}

const char *value_kind_name(enum value_kind kind)
{
	switch (kind) {
	case VALUE_NULL: return "null";
	case VALUE_BOOL: return "true or false";
	case VALUE_NUMBER: return "a number";
	case VALUE_STRING: return "a string";
	case VALUE_LIST: return "a list";
	case VALUE_MAP: return "a map";
	}
	return "a value";
}

static void add_number(double number, struct strbuf *out)
{
	struct jsonw w = { .out = out };

	if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
		strbuf_addf(out, "%lld", (long long)number);
	else
		jsonw_double(&w, number);
}

void value_to_text(const struct value *value, struct strbuf *out)
{
	switch (value->kind) {
	case VALUE_NULL: break;
	case VALUE_BOOL: strbuf_addstr(out, value->boolean ? "true" : "false"); break;
	case VALUE_NUMBER:
		if (value->text)
			strbuf_add(out, value->text, value->len);
		else
			add_number(value->number, out);
		break;
	case VALUE_STRING: strbuf_add(out, value->text, value->len); break;
	case VALUE_LIST:
		for (size_t i = 0; i < value->n; i++) {
			if (i > 0)
				strbuf_addch(out, '\n');
			value_to_text(&value->items[i], out);
		}
		break;
	case VALUE_MAP: value_to_json(value, out); break;
	}
}

static void write_json(struct jsonw *w, const struct value *value);

static void write_json_number(struct jsonw *w, double number)
{
	if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
		jsonw_int(w, (int64_t)number);
	else
		jsonw_double(w, number);
}

static void write_json_list(struct jsonw *w, const struct value *list)
{
	jsonw_array(w);
	for (size_t i = 0; i < list->n; i++)
		write_json(w, &list->items[i]);
	jsonw_array_end(w);
}

static void write_json_map(struct jsonw *w, const struct value *map)
{
	jsonw_object(w);
	for (size_t i = 0; i < map->n; i++) {
		jsonw_key(w, map->keys[i]);
		write_json(w, &map->items[i]);
	}
	jsonw_object_end(w);
}

static void write_json(struct jsonw *w, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL: jsonw_null(w); break;
	case VALUE_BOOL: jsonw_bool(w, value->boolean); break;
	case VALUE_NUMBER: write_json_number(w, value->number); break;
	case VALUE_STRING: jsonw_string_n(w, value->text, value->len); break;
	case VALUE_LIST: write_json_list(w, value); break;
	case VALUE_MAP: write_json_map(w, value); break;
	}
}

void value_to_json(const struct value *value, struct strbuf *out)
{
	struct jsonw w = { .out = out };

	write_json(&w, value);
}

static struct value from_json(struct arena *arena, const struct json *json);

static struct value from_json_items(struct arena *arena, const struct json *json)
{
	struct value *items = ARENA_ARRAY(arena, struct value, json->n);

	for (size_t i = 0; i < json->n; i++)
		items[i] = from_json(arena, &json->items[i]);
	return (struct value){
		.kind = json->kind == JSON_OBJECT ? VALUE_MAP : VALUE_LIST,
		.n = json->n,
		.items = items,
		.keys = json->keys,
	};
}

static struct value from_json(struct arena *arena, const struct json *json)
{
	struct value value = value_number(json->number);

	switch (json->kind) {
	case JSON_NULL: return value_null();
	case JSON_BOOL: return value_bool(json->boolean);
	case JSON_NUMBER:
		if (json->is_integer) { /* all digits of a long id stay */
			value.number = (double)json->integer;
			value.text = arena_printf(arena, "%lld", (long long)json->integer);
			value.len = strlen(value.text);
		}
		return value;
	case JSON_STRING: return value_string_n(json->text, json->len);
	case JSON_ARRAY:
	case JSON_OBJECT: break;
	}
	return from_json_items(arena, json); /* the tree is at most 64 deep */
}

int value_from_json(struct arena *arena, const char *text, size_t len, struct value *value,
		    struct err *err)
{
	const struct json *json = json_parse(arena, text, len, err);

	if (!json)
		return -1;
	*value = from_json(arena, json);
	return 0;
}
