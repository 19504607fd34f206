/*
 * The only file that knows jansson: its tree is copied into the arena and dropped.
 */
/* Four names are in both headers: jansson's get another one here. */
#define JSON_NULL   JANSSON_NULL
#define JSON_STRING JANSSON_STRING
#define JSON_ARRAY  JANSSON_ARRAY
#define JSON_OBJECT JANSSON_OBJECT
#include <jansson.h>
#undef JSON_NULL
#undef JSON_STRING
#undef JSON_ARRAY
#undef JSON_OBJECT

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ext/json.h"

enum { MAX_DEPTH = 64 };

/* 0, or -1: nested too deep. */
static int copy(struct arena *arena, json_t *from, struct json *to, unsigned depth);

static int copy_array(struct arena *arena, json_t *from, struct json *to, unsigned depth)
{
	to->kind = JSON_ARRAY;
	to->n = json_array_size(from);
	to->items = ARENA_ARRAY(arena, struct json, to->n);
	for (size_t i = 0; i < to->n; i++)
		if (copy(arena, json_array_get(from, i), &to->items[i], depth + 1) < 0)
			return -1;
	return 0;
}

static int copy_object(struct arena *arena, json_t *from, struct json *to, unsigned depth)
{
	const char **keys;
	size_t i = 0;

	to->kind = JSON_OBJECT;
	to->n = json_object_size(from);
	to->items = ARENA_ARRAY(arena, struct json, to->n);
	keys = ARENA_ARRAY(arena, const char *, to->n);
	to->keys = keys;
	for (void *at = json_object_iter(from); at; at = json_object_iter_next(from, at), i++) {
		keys[i] = arena_strdup(arena, json_object_iter_key(at));
		if (copy(arena, json_object_iter_value(at), &to->items[i], depth + 1) < 0)
			return -1;
	}
	return 0;
}

static void copy_string(struct arena *arena, const json_t *from, struct json *to)
{
	to->kind = JSON_STRING;
	to->len = json_string_length(from);
	to->text = arena_strndup(arena, json_string_value(from), to->len);
}

static void copy_number(const json_t *from, struct json *to)
{
	to->kind = JSON_NUMBER;
	to->is_integer = json_is_integer(from);
	if (to->is_integer)
		to->integer = json_integer_value(from);
	to->number = json_number_value(from);
}

static int copy(struct arena *arena, json_t *from, struct json *to, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return -1;
	switch (json_typeof(from)) {
	case JANSSON_OBJECT: return copy_object(arena, from, to, depth);
	case JANSSON_ARRAY: return copy_array(arena, from, to, depth);
	case JANSSON_STRING: copy_string(arena, from, to); return 0;
	case JSON_INTEGER:
	case JSON_REAL: copy_number(from, to); return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		to->kind = JSON_BOOL;
		to->boolean = json_is_true(from);
		return 0;
	case JANSSON_NULL: break;
	}
	to->kind = JSON_NULL;
	return 0;
}

struct json *json_parse(struct arena *arena, const char *text, size_t len, struct err *err)
{
	struct json *root = NULL;
	json_error_t error;
	json_t *tree;

	/* By itself it calls a failed allocation an invalid token, and a good line would not count. */
	json_set_alloc_funcs(xmalloc, free);
	tree = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!tree) {
		err_set(err, ERR_INVALID, "line %d, column %d: %s", error.line, error.column,
			error.text);
		return NULL;
	}
	root = ARENA_NEW(arena, struct json);
	if (copy(arena, tree, root, 1) < 0) {
		err_set(err, ERR_INVALID, "nested more than %d deep", MAX_DEPTH);
		root = NULL;
	}
	json_decref(tree);
	return root;
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (!object || object->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (strcmp(object->keys[i], key) == 0)
			return &object->items[i];
	return NULL;
}

const char *json_get_string(const struct json *object, const char *key, const char *fallback)
{
	const struct json *member = json_get(object, key);

	return member && member->kind == JSON_STRING ? member->text : fallback;
}

int64_t json_get_int(const struct json *object, const char *key, int64_t fallback)
{
	const struct json *member = json_get(object, key);

	return member && member->is_integer ? member->integer : fallback;
}

bool json_get_bool(const struct json *object, const char *key, bool fallback)
{
	const struct json *member = json_get(object, key);

	return member && member->kind == JSON_BOOL ? member->boolean : fallback;
}

void json_library_version(struct strbuf *out)
{
	strbuf_addstr(out, jansson_version_str());
}
