/*
 * JSON Schema, keyword by keyword: a schema, a document, and what is said of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/gate_schema_impl.h"

static const struct sample {
	const char *schema, *document;
	const char *fault; /* NULL: it fits */
} samples[] = {
	{ "true", "1", NULL },
	{ "false", "1", "/: is not allowed" },
	{ "{\"type\":\"integer\"}", "3", NULL },
	{ "{\"type\":\"integer\"}", "3.0", NULL },
	{ "{\"type\":\"integer\"}", "3.5", "/: must be of type integer, is number" },
	{ "{\"type\":[\"string\",\"null\"]}", "null", NULL },
	{ "{\"type\":[\"string\",\"null\"]}", "[]", "/: must be of type of the list, is array" },
	{ "{\"enum\":[1,\"a\",{\"x\":[1]}]}", "{\"x\":[1]}", NULL },
	{ "{\"enum\":[1,\"a\"]}", "2", "/: is none of the values of 'enum'" },
	{ "{\"const\":1}", "1.0", NULL },
	{ "{\"const\":\"a\"}", "\"b\"", "/: is not the value of 'const'" },
	{ "{\"minimum\":2,\"exclusiveMaximum\":4}", "2", NULL },
	{ "{\"minimum\":2}", "1", "/: must be at least 2, is 1" },
	{ "{\"exclusiveMaximum\":4}", "4", "/: must be less than 4, is 4" },
	{ "{\"exclusiveMinimum\":4}", "4", "/: must be more than 4, is 4" },
	{ "{\"maximum\":4}", "5", "/: must be at most 4, is 5" },
	{ "{\"multipleOf\":0.1}", "0.3", NULL },
	{ "{\"multipleOf\":2}", "3", "/: must be a multiple of 2, is 3" },
	{ "{\"minimum\":2}", "\"x\"", NULL },
	{ "{\"minLength\":2}", "\"\xc3\xa4\xc3\xb6\"", NULL },
	{ "{\"maxLength\":1}", "\"\xc3\xa4\xc3\xb6\"", "/: has 2 characters, allowed are 1" },
	{ "{\"pattern\":\"^a+$\"}", "\"aa\"", NULL },
	{ "{\"pattern\":\"^a+$\"}", "\"ab\"", "/: does not match ^a+$" },
	{ "{\"items\":{\"type\":\"null\"}}", "[null,1]", "/1: must be of type null, is number" },
	{ "{\"prefixItems\":[{\"const\":1}],\"items\":false}", "[1]", NULL },
	{ "{\"prefixItems\":[{\"const\":1}],\"items\":false}", "[1,2]", "/1: is not allowed" },
	{ "{\"contains\":{\"const\":1}}", "[2,1]", NULL },
	{ "{\"contains\":{\"const\":1}}", "[2]", "/: holds no item as 'contains' wants it" },
	{ "{\"minItems\":1}", "[]", "/: has 0 items, needed are 1" },
	{ "{\"uniqueItems\":true}", "[1,2,1.0]", "/: holds an item twice" },
	{ "{\"required\":[\"a\"]}", "{\"b\":1}", "/: has no 'a'" },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}",
	  "/a: must be of type string, is number" },
	{ "{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"a\":1,\"b\":2}",
	  "/: 'b' is not allowed" },
	{ "{\"patternProperties\":{\"^x\":{\"const\":1}},\"additionalProperties\":{\"const\":2}}",
	  "{\"xa\":1,\"b\":2}", NULL },
	{ "{\"patternProperties\":{\"^x\":{\"const\":1}}}", "{\"xa\":2}",
	  "/xa: is not the value of 'const'" },
	{ "{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}",
	  "/ab: has 2 characters, allowed are 1" },
	{ "{\"minProperties\":1}", "{}", "/: has 0 properties, needed are 1" },
	{ "{\"allOf\":[{\"minimum\":1},{\"maximum\":3}]}", "4", "/: must be at most 3, is 4" },
	{ "{\"anyOf\":[{\"const\":1},{\"const\":2}]}", "2", NULL },
	{ "{\"anyOf\":[{\"const\":1},{\"const\":2}]}", "3", "/: fits none of 'anyOf'" },
	{ "{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3",
	  "/: fits more than one of 'oneOf'" },
	{ "{\"not\":{\"const\":1}}", "1", "/: fits what is under 'not'" },
	{ "{\"$defs\":{\"n\":{\"const\":1}},\"items\":{\"$ref\":\"#/$defs/n\"}}", "[1,2]",
	  "/1: is not the value of 'const'" },
	{ "{\"properties\":{\"next\":{\"$ref\":\"#\"}},\"required\":[\"v\"]}",
	  "{\"v\":1,\"next\":{\"v\":2,\"next\":{}}}", "/next/next: has no 'v'" },
	{ "{\"$ref\":\"#\"}", "1", "/: the schema refers to itself too often" },
	{ "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1", "/: fits none of 'anyOf'" },
};

static const struct json *parse(struct arena *arena, const char *text)
{
	const struct json *json = json_parse(arena, text, strlen(text), NULL);

	assert_non_null(json);
	return json;
}

static void test_samples(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct arena arena = { 0 };
		const struct json *schema = parse(&arena, samples[i].schema);
		struct err err = ERR_INIT;
		const char *fault;

		if (json_schema_check(schema, &arena, &err) < 0)
			fail_msg("%s: %s", samples[i].schema, err_msg(&err));
		fault = json_schema_fault(schema, parse(&arena, samples[i].document), &arena);
		if (!fault || !samples[i].fault)
			assert_ptr_equal(fault, samples[i].fault);
		else
			assert_string_equal(fault, samples[i].fault);
		arena_release(&arena);
	}
}

static void test_refused(void **state UNUSED)
{
	static const char *const schemas[] = {
		"1",
		"{\"format\":\"date\"}",
		"{\"if\":true}",
		"{\"type\":\"text\"}",
		"{\"type\":[\"string\",1]}",
		"{\"minimum\":\"1\"}",
		"{\"minLength\":-1}",
		"{\"pattern\":\"\\\\d+\"}",
		"{\"pattern\":\"(?=a)\"}",
		"{\"pattern\":\"(\"}",
		"{\"items\":[1]}",
		"{\"anyOf\":[]}",
		"{\"anyOf\":[{\"typ\":\"x\"}]}",
		"{\"properties\":{\"a\":{\"typ\":\"x\"}}}",
		"{\"required\":[1]}",
		"{\"$ref\":\"http://example.com/x\"}",
		"{\"$ref\":\"#/$defs/none\"}",
		"{\"unevaluatedProperties\":false}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++) {
		struct arena arena = { 0 };
		struct err err = ERR_INIT;

		if (json_schema_check(parse(&arena, schemas[i]), &arena, &err) == 0)
			fail_msg("taken: %s", schemas[i]);
		err_release(&err);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
