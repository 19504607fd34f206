/*
 * See gate_schema_impl.h. One row a keyword: of what form its value must be, and who judges it. That the values
 * are of these forms is gate_schema_form.c's.
 */
#include "gate_keyword_impl.h"

#include <math.h>
#include <regex.h>
#include <string.h>

#include "base/compat.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 64, WORK_MAX = 20000000 };

struct judge {
	const struct json *root;
	struct arena *arena;
	unsigned depth, n_judged;
};

static const char *fault(struct judge *judge, const struct json *schema, const struct json *json,
			 const char *at);

static const char *say(struct judge *judge, const char *at, const char *what)
{
	return arena_printf(judge->arena, "%s: %s", *at ? at : "/", what);
}

/* ---- Types and equality ---- */

static const char *type_name(const struct json *json)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	  [JSON_BOOL] = "boolean", [JSON_NUMBER] = "number",
		[JSON_STRING] = "string", [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object"
	};

	return names[json->kind];
}

/* Within so much above a whole number. From 2^53 on all are. */
static bool is_whole(double number, double tolerance)
{
	return fabs(number) >= 9007199254740992.0 ||
	       fabs(number - (double)(int64_t)number) <= tolerance;
}

static bool has_type(const struct json *json, const char *name)
{
	if (strcmp(name, "integer") == 0)
		return json->kind == JSON_NUMBER && (json->is_integer || is_whole(json->number, 0));
	return strcmp(name, type_name(json)) == 0;
}

static bool is_equal(const struct json *a, const struct json *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case JSON_NULL: return true;
	case JSON_BOOL: return a->boolean == b->boolean;
	case JSON_NUMBER:
		return a->is_integer && b->is_integer ? a->integer == b->integer
						      : a->number == b->number;
	case JSON_STRING: return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	default: break;
	}
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct json *other = a->kind == JSON_ARRAY ? &b->items[i]
								 : json_get(b, a->keys[i]);

		if (!other || !is_equal(&a->items[i], other))
			return false;
	}
	return true;
}

static const char *judge_type(struct judge *judge, const struct json *schema UNUSED,
			      const struct json *value, const struct json *json, const char *at)
{
	if (value->kind == JSON_STRING ? has_type(json, value->text) : false)
		return NULL;
	for (size_t i = 0; value->kind == JSON_ARRAY && i < value->n; i++)
		if (has_type(json, value->items[i].text))
			return NULL;
	return say(judge, at,
		   arena_printf(judge->arena, "must be of type %s, is %s",
				value->kind == JSON_STRING ? value->text : "of the list",
				type_name(json)));
}

static const char *judge_enum(struct judge *judge, const struct json *schema UNUSED,
			      const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; i < value->n; i++)
		if (is_equal(&value->items[i], json))
			return NULL;
	return say(judge, at, "is none of the values of 'enum'");
}

static const char *judge_const(struct judge *judge, const struct json *schema UNUSED,
			       const struct json *value, const struct json *json, const char *at)
{
	return is_equal(value, json) ? NULL : say(judge, at, "is not the value of 'const'");
}

/* ---- Numbers ---- */

static const char *compare(struct judge *judge, bool fails, const struct json *json, const char *at,
			   const char *word, double bound)
{
	return json->kind == JSON_NUMBER && fails
		       ? say(judge, at,
			     arena_printf(judge->arena, "must be %s %g, is %g", word, bound,
					  json->number))
		       : NULL;
}

#define NUMBER_JUDGE(name, test, word)                                                         \
	static const char *judge_##name(struct judge *judge, const struct json *schema UNUSED, \
					const struct json *value, const struct json *json,     \
					const char *at)                                        \
	{                                                                                      \
		return compare(judge, !(json->number test value->number), json, at, word,      \
			       value->number);                                                 \
	}

NUMBER_JUDGE(minimum, >=, "at least")
NUMBER_JUDGE(maximum, <=, "at most")
NUMBER_JUDGE(more_than, >, "more than")
NUMBER_JUDGE(less_than, <, "less than")

static const char *judge_multiple(struct judge *judge, const struct json *schema UNUSED,
				  const struct json *value, const struct json *json, const char *at)
{
	double quotient = value->number > 0 ? fabs(json->number / value->number) : 0;

	return compare(judge, !is_whole(quotient + 1e-9, 2e-9), json, at, "a multiple of",
		       value->number);
}

/* ---- Sizes ---- */

static size_t count_characters(const struct json *json)
{
	size_t n = 0;

	for (size_t i = 0; i < json->len; n++) {
		uint32_t code;

		i += utf8_decode(json->text + i, json->len - i, &code);
	}
	return n;
}

static const char *judge_size(struct judge *judge, enum json_kind kind, bool is_least,
			      const struct json *value, const struct json *json, const char *at)
{
	size_t n;

	if (json->kind != kind)
		return NULL;
	n = kind == JSON_STRING ? count_characters(json) : json->n;
	if (is_least ? n >= (size_t)value->integer : n <= (size_t)value->integer)
		return NULL;
	return say(judge, at,
		   arena_printf(judge->arena, "has %zu %s, %s are %lld", n,
				kind == JSON_STRING  ? "characters"
				: kind == JSON_ARRAY ? "items"
						     : "properties",
				is_least ? "needed" : "allowed", (long long)value->integer));
}

#define SIZE_JUDGE(name, kind, is_least)                                                       \
	static const char *judge_##name(struct judge *judge, const struct json *schema UNUSED, \
					const struct json *value, const struct json *json,     \
					const char *at)                                        \
	{                                                                                      \
		return judge_size(judge, kind, is_least, value, json, at);                     \
	}

SIZE_JUDGE(min_length, JSON_STRING, true)
SIZE_JUDGE(max_length, JSON_STRING, false)
SIZE_JUDGE(min_items, JSON_ARRAY, true)
SIZE_JUDGE(max_items, JSON_ARRAY, false)
SIZE_JUDGE(min_properties, JSON_OBJECT, true)
SIZE_JUDGE(max_properties, JSON_OBJECT, false)

/* ---- Strings ---- */

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static const char *judge_pattern(struct judge *judge, const struct json *schema UNUSED,
				 const struct json *value, const struct json *json, const char *at)
{
	if (json->kind != JSON_STRING || matches(value->text, json->text))
		return NULL;
	return say(judge, at, arena_printf(judge->arena, "does not match %s", value->text));
}

/* ---- Lists ---- */

static const char *item_at(struct judge *judge, const char *at, size_t i)
{
	return arena_printf(judge->arena, "%s/%zu", at, i);
}

static const char *judge_prefix(struct judge *judge, const struct json *schema UNUSED,
				const struct json *value, const struct json *json, const char *at)
{
	const char *found = NULL;

	for (size_t i = 0; json->kind == JSON_ARRAY && !found && i < value->n && i < json->n; i++)
		found = fault(judge, &value->items[i], &json->items[i], item_at(judge, at, i));
	return found;
}

static const char *judge_items(struct judge *judge, const struct json *schema,
			       const struct json *value, const struct json *json, const char *at)
{
	const struct json *prefix = json_get(schema, "prefixItems");
	const char *found = NULL;

	for (size_t i = prefix ? prefix->n : 0; json->kind == JSON_ARRAY && !found && i < json->n;
	     i++)
		found = fault(judge, value, &json->items[i], item_at(judge, at, i));
	return found;
}

static const char *judge_contains(struct judge *judge, const struct json *schema UNUSED,
				  const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; json->kind == JSON_ARRAY && i < json->n; i++)
		if (!fault(judge, value, &json->items[i], at))
			return NULL;
	return json->kind == JSON_ARRAY ? say(judge, at, "holds no item as 'contains' wants it")
					: NULL;
}

static const char *judge_unique(struct judge *judge, const struct json *schema UNUSED,
				const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; value->boolean && json->kind == JSON_ARRAY && i < json->n; i++)
		for (size_t k = i + 1; k < json->n; k++)
			if (is_equal(&json->items[i], &json->items[k]))
				return say(judge, at, "holds an item twice");
	return NULL;
}

/* ---- Objects ---- */

static const char *name_at(struct judge *judge, const char *at, const char *name)
{
	return arena_printf(judge->arena, "%s/%s", at, name);
}

static const char *judge_required(struct judge *judge, const struct json *schema UNUSED,
				  const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; json->kind == JSON_OBJECT && i < value->n; i++)
		if (!json_get(json, value->items[i].text))
			return say(judge, at,
				   arena_printf(judge->arena, "has no '%s'", value->items[i].text));
	return NULL;
}

static const char *judge_properties(struct judge *judge, const struct json *schema UNUSED,
				    const struct json *value, const struct json *json,
				    const char *at)
{
	const char *found = NULL;

	for (size_t i = 0; json->kind == JSON_OBJECT && !found && i < value->n; i++) {
		const struct json *member = json_get(json, value->keys[i]);

		if (member)
			found = fault(judge, &value->items[i], member,
				      name_at(judge, at, value->keys[i]));
	}
	return found;
}

static const char *judge_patterns(struct judge *judge, const struct json *schema UNUSED,
				  const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; json->kind == JSON_OBJECT && i < value->n; i++)
		for (size_t k = 0; k < json->n; k++) {
			const char *found = matches(value->keys[i], json->keys[k])
						    ? fault(judge, &value->items[i],
							    &json->items[k],
							    name_at(judge, at, json->keys[k]))
						    : NULL;

			if (found)
				return found;
		}
	return NULL;
}

static bool is_named(const struct json *schema, const char *name)
{
	const struct json *patterns = json_get(schema, "patternProperties");
	const struct json *properties = json_get(schema, "properties");

	if (properties && json_get(properties, name))
		return true;
	for (size_t i = 0; patterns && i < patterns->n; i++)
		if (matches(patterns->keys[i], name))
			return true;
	return false;
}

static const char *judge_additional(struct judge *judge, const struct json *schema,
				    const struct json *value, const struct json *json,
				    const char *at)
{
	for (size_t i = 0; json->kind == JSON_OBJECT && i < json->n; i++) {
		const char *found;

		if (is_named(schema, json->keys[i]))
			continue;
		if (value->kind == JSON_BOOL && !value->boolean)
			return say(
				judge, at,
				arena_printf(judge->arena, "'%s' is not allowed", json->keys[i]));
		found = fault(judge, value, &json->items[i], name_at(judge, at, json->keys[i]));
		if (found)
			return found;
	}
	return NULL;
}

static const char *judge_names(struct judge *judge, const struct json *schema UNUSED,
			       const struct json *value, const struct json *json, const char *at)
{
	for (size_t i = 0; json->kind == JSON_OBJECT && i < json->n; i++) {
		struct json name = { .kind = JSON_STRING,
				     .text = json->keys[i],
				     .len = strlen(json->keys[i]) };
		const char *found = fault(judge, value, &name, name_at(judge, at, json->keys[i]));

		if (found)
			return found;
	}
	return NULL;
}

/* ---- Combinations ---- */

static size_t count_holding(struct judge *judge, const struct json *value, const struct json *json,
			    const char *at)
{
	size_t n = 0;

	for (size_t i = 0; i < value->n; i++)
		n += !fault(judge, &value->items[i], json, at);
	return n;
}

static const char *judge_all(struct judge *judge, const struct json *schema UNUSED,
			     const struct json *value, const struct json *json, const char *at)
{
	const char *found = NULL;

	for (size_t i = 0; !found && i < value->n; i++)
		found = fault(judge, &value->items[i], json, at);
	return found;
}

static const char *judge_any(struct judge *judge, const struct json *schema UNUSED,
			     const struct json *value, const struct json *json, const char *at)
{
	return count_holding(judge, value, json, at) ? NULL
						     : say(judge, at, "fits none of 'anyOf'");
}

static const char *judge_one(struct judge *judge, const struct json *schema UNUSED,
			     const struct json *value, const struct json *json, const char *at)
{
	size_t n = count_holding(judge, value, json, at);

	if (n == 1)
		return NULL;
	return say(judge, at, n ? "fits more than one of 'oneOf'" : "fits none of 'oneOf'");
}

static const char *judge_not(struct judge *judge, const struct json *schema UNUSED,
			     const struct json *value, const struct json *json, const char *at)
{
	return fault(judge, value, json, at) ? NULL : say(judge, at, "fits what is under 'not'");
}

static const char *judge_ref(struct judge *judge, const struct json *schema UNUSED,
			     const struct json *value, const struct json *json, const char *at)
{
	return fault(judge, json_schema_ref(judge->root, judge->arena, value->text), json, at);
}

/* ---- Keywords ---- */

static const struct keyword keywords[] = {
	{ "type", FORM_TYPES, judge_type },
	{ "enum", FORM_LIST, judge_enum },
	{ "const", FORM_ANY, judge_const },
	{ "minimum", FORM_NUMBER, judge_minimum },
	{ "maximum", FORM_NUMBER, judge_maximum },
	{ "exclusiveMinimum", FORM_NUMBER, judge_more_than },
	{ "exclusiveMaximum", FORM_NUMBER, judge_less_than },
	{ "multipleOf", FORM_NUMBER, judge_multiple },
	{ "minLength", FORM_COUNT, judge_min_length },
	{ "maxLength", FORM_COUNT, judge_max_length },
	{ "pattern", FORM_PATTERN, judge_pattern },
	{ "prefixItems", FORM_SCHEMAS, judge_prefix },
	{ "items", FORM_SCHEMA, judge_items },
	{ "contains", FORM_SCHEMA, judge_contains },
	{ "minItems", FORM_COUNT, judge_min_items },
	{ "maxItems", FORM_COUNT, judge_max_items },
	{ "uniqueItems", FORM_BOOL, judge_unique },
	{ "required", FORM_NAMES, judge_required },
	{ "properties", FORM_MAP, judge_properties },
	{ "patternProperties", FORM_PATTERN_MAP, judge_patterns },
	{ "additionalProperties", FORM_SCHEMA, judge_additional },
	{ "propertyNames", FORM_SCHEMA, judge_names },
	{ "minProperties", FORM_COUNT, judge_min_properties },
	{ "maxProperties", FORM_COUNT, judge_max_properties },
	{ "allOf", FORM_SCHEMAS, judge_all },
	{ "anyOf", FORM_SCHEMAS, judge_any },
	{ "oneOf", FORM_SCHEMAS, judge_one },
	{ "not", FORM_SCHEMA, judge_not },
	{ "$ref", FORM_REF, judge_ref },
	{ "$defs", FORM_MAP, NULL },
	{ "definitions", FORM_MAP, NULL },
	{ "$schema", FORM_TEXT, NULL },
	{ "$id", FORM_TEXT, NULL },
	{ "$comment", FORM_TEXT, NULL },
	{ "title", FORM_TEXT, NULL },
	{ "description", FORM_TEXT, NULL },
	{ "default", FORM_ANY, NULL },
	{ "examples", FORM_LIST, NULL },
	{ "deprecated", FORM_BOOL, NULL },
	{ "readOnly", FORM_BOOL, NULL },
	{ "writeOnly", FORM_BOOL, NULL },
};

const struct keyword *json_schema_keyword(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	return NULL;
}

static const char *fault(struct judge *judge, const struct json *schema, const struct json *json,
			 const char *at)
{
	const char *found = NULL;

	if (schema->kind == JSON_BOOL)
		return schema->boolean ? NULL : say(judge, at, "is not allowed");
	if (judge->depth == DEPTH_MAX || ++judge->n_judged > WORK_MAX)
		return say(judge, at, "the schema refers to itself too often");
	judge->depth++;
	for (size_t i = 0; i < schema->n && !found; i++) {
		const struct keyword *keyword = json_schema_keyword(schema->keys[i]);

		if (keyword && keyword->judge)
			found = keyword->judge(judge, schema, &schema->items[i], json, at);
	}
	judge->depth--;
	return found;
}

const char *json_schema_fault(const struct json *schema, const struct json *json,
			      struct arena *arena)
{
	struct judge judge = { .root = schema, .arena = arena };

	return fault(&judge, schema, json, "");
}
