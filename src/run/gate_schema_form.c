/*
 * Is a schema one that is understood? Its keywords are known, and their values of the form that they need.
 */
#include <regex.h>
#include <string.h>

#include "gate_keyword_impl.h"

#include "base/compat.h"

/* "#", "#/$defs/name" */
const struct json *json_schema_ref(const struct json *root, struct arena *arena, const char *ref)
{
	const struct json *at = root;

	if (*ref++ != '#')
		return NULL;
	while (at && *ref == '/') {
		size_t len = strcspn(++ref, "/");

		at = json_get(at, arena_strndup(arena, ref, len));
		ref += len;
	}
	return *ref ? NULL : at;
}

static int check(const struct json *root, const struct json *schema, struct arena *arena,
		 struct err *err);

/* ECMA's classes and look-arounds are not POSIX's. */
static bool is_pattern(const char *text)
{
	regex_t regex;

	for (const char *at = text; *at; at++)
		if ((at[0] == '(' && at[1] == '?') ||
		    (at[0] == '\\' && at[1] && strchr("dDwWsSbBpPukcxtnrfv0123456789", at[1])) ||
		    (strchr("*+?}", at[0]) && at[1] == '?'))
			return false;
		else if (at[0] == '\\' && at[1])
			at++;
	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	regfree(&regex);
	return true;
}

static bool is_type(const struct json *json)
{
	static const char *const names[] = { "null",   "boolean", "number", "integer",
					     "string", "array",	  "object" };

	for (size_t i = 0; json->kind == JSON_STRING && i < ARRAY_SIZE(names); i++)
		if (strcmp(json->text, names[i]) == 0)
			return true;
	return false;
}

static bool are_all(const struct json *list, bool (*test)(const struct json *))
{
	for (size_t i = 0; list->kind == JSON_ARRAY && i < list->n; i++)
		if (!test(&list->items[i]))
			return false;
	return list->kind == JSON_ARRAY;
}

static bool is_text(const struct json *json)
{
	return json->kind == JSON_STRING;
}

static bool has_form(const struct json *root, const struct json *value, enum form form,
		     struct arena *arena)
{
	switch (form) {
	case FORM_ANY: return true;
	case FORM_TEXT: return value->kind == JSON_STRING;
	case FORM_NUMBER: return value->kind == JSON_NUMBER;
	case FORM_COUNT:
		return value->kind == JSON_NUMBER && value->is_integer && value->integer >= 0;
	case FORM_BOOL: return value->kind == JSON_BOOL;
	case FORM_LIST: return value->kind == JSON_ARRAY;
	case FORM_NAMES: return are_all(value, is_text);
	case FORM_TYPES: return is_type(value) || are_all(value, is_type);
	case FORM_PATTERN: return value->kind == JSON_STRING && is_pattern(value->text);
	case FORM_REF:
		return value->kind == JSON_STRING &&
		       json_schema_ref(root, arena, value->text) != NULL;
	case FORM_SCHEMA: return value->kind == JSON_OBJECT || value->kind == JSON_BOOL;
	case FORM_SCHEMAS: return value->kind == JSON_ARRAY && value->n;
	case FORM_MAP: return value->kind == JSON_OBJECT;
	case FORM_PATTERN_MAP:
		for (size_t i = 0; value->kind == JSON_OBJECT && i < value->n; i++)
			if (!is_pattern(value->keys[i]))
				return false;
		return value->kind == JSON_OBJECT;
	}
	return false;
}

static int check_value(const struct json *root, const struct json *value, enum form form,
		       struct arena *arena, struct err *err)
{
	if (form == FORM_SCHEMA)
		return check(root, value, arena, err);
	if (form != FORM_SCHEMAS && form != FORM_MAP && form != FORM_PATTERN_MAP)
		return 0;
	for (size_t i = 0; i < value->n; i++)
		if (check(root, &value->items[i], arena, err) < 0)
			return -1;
	return 0;
}

static int check(const struct json *root, const struct json *schema, struct arena *arena,
		 struct err *err)
{
	if (schema->kind != JSON_OBJECT && schema->kind != JSON_BOOL)
		return err_set(err, ERR_VALUE, "a schema must be an object, true or false");
	for (size_t i = 0; schema->kind == JSON_OBJECT && i < schema->n; i++) {
		const struct keyword *keyword = json_schema_keyword(schema->keys[i]);

		if (!keyword)
			return err_set(err, ERR_VALUE, "the schema's keyword '%s' is not supported",
				       schema->keys[i]);
		if (!has_form(root, &schema->items[i], keyword->form, arena))
			return err_set(err, ERR_VALUE,
				       "the schema's '%s' has a value that is wrong or not "
				       "supported",
				       schema->keys[i]);
		if (check_value(root, &schema->items[i], keyword->form, arena, err) < 0)
			return -1;
	}
	return 0;
}

int json_schema_check(const struct json *schema, struct arena *arena, struct err *err)
{
	return check(schema, schema, arena, err);
}
