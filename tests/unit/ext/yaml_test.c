/*
 * Trees, places and refusals of YAML documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ext/yaml.h"

struct doc {
	struct arena arena;
	struct diags diags;
	const struct yaml_node *root;
};

static struct doc load_as(const char *text, bool is_json)
{
	struct doc doc = { .diags = { .file = "w.yml", .text = text, .text_len = strlen(text) } };

	doc.root = yaml_parse(&doc.arena, &doc.diags, is_json);
	return doc;
}

static struct doc load(const char *text)
{
	return load_as(text, false);
}

static void drop(struct doc *doc)
{
	diags_release(&doc->diags);
	arena_release(&doc->arena);
}

static void test_node_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct yaml_node) <= 24);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		enum yaml_kind kind;
	} rows[] = {
		{ "yes", YAML_STRING },	     { "on", YAML_STRING },   { "true", YAML_BOOL },
		{ "False", YAML_BOOL },	     { "null", YAML_NULL },   { "~", YAML_NULL },
		{ "\"true\"", YAML_STRING }, { "1.10", YAML_NUMBER }, { "010", YAML_NUMBER },
		{ "-3", YAML_NUMBER },	     { "1e3", YAML_NUMBER },  { "1.2.3", YAML_STRING },
		{ ".", YAML_STRING },	     { "-x", YAML_STRING },   { "0x10", YAML_STRING },
		{ "30s", YAML_STRING },	     { "'5'", YAML_STRING },  { "+", YAML_STRING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[40];
		struct doc doc;

		snprintf(text, sizeof text, "a: %s\n", rows[i].text);
		doc = load(text);
		assert_non_null(doc.root);
		assert_int_equal(yaml_get(doc.root, "a")->kind, rows[i].kind);
		drop(&doc);
	}
}

static void test_numbers_stay_as_written(void **state)
{
	struct doc doc = load("[1.10, 010]");

	(void)state;
	assert_string_equal(doc.root->items[0].text, "1.10");
	assert_string_equal(doc.root->items[1].text, "010");
	drop(&doc);
}

static void test_places_count_characters(void **state)
{
	struct doc doc = load("ä: ö\nb: [ü, xy]\n");
	const struct yaml_node *list = yaml_get(doc.root, "b");

	(void)state;
	assert_int_equal(yaml_get(doc.root, "ä")->span.col, 4);
	assert_int_equal(list->span.line, 2);
	assert_int_equal(list->span.len, 7);
	assert_int_equal(list->items[1].span.col, 8);
	assert_int_equal(list->items[1].span.len, 2);
	drop(&doc);
}

static void test_block_indent(void **state)
{
	struct doc doc = load("a:\n  b: |\n      x\n       y\n  c: |2\n     z\n  d: 'q'\n");
	const struct yaml_node *map = yaml_get(doc.root, "a");
	struct span at;

	(void)state;
	assert_non_null(map);
	at = yaml_text_span(yaml_get(map, "b"));
	assert_int_equal(at.line, 3);
	assert_int_equal(at.col, 7);
	at = yaml_text_span(yaml_get(map, "c"));
	assert_int_equal(at.line, 6);
	assert_int_equal(at.col, 5);
	assert_string_equal(yaml_get(map, "c")->text, " z\n");
	assert_int_equal(yaml_text_span(yaml_get(map, "d")).col, 7);
	drop(&doc);
}

static void test_json(void **state)
{
	struct doc doc = load_as("{\"a\":\"\\ud83d\\ude00\\\\ud83d\", \"b\": [1,\ttrue, null], "
				 "\"c\":\"\\/\"}",
				 true);

	(void)state;
	assert_non_null(doc.root);
	assert_string_equal(yaml_get(doc.root, "a")->text, "\xf0\x9f\x98\x80\\ud83d");
	/* Places are those of the file, not of the rewritten text. */
	assert_int_equal(yaml_get(doc.root, "b")->span.col, 34);
	assert_string_equal(yaml_get(doc.root, "c")->text, "/");
	drop(&doc);
}

static void test_empty(void **state)
{
	struct doc doc = load("# nothing\n");

	(void)state;
	assert_int_equal(doc.root->kind, YAML_NULL);
	drop(&doc);
}

static void test_refused_goes_on(void **state)
{
	struct doc doc = load("a: *x\nb: &y 1\nc: !t 2\na: 3\n? [k]\n: 4\n");

	(void)state;
	assert_non_null(doc.root);
	assert_int_equal(doc.diags.n_errors, 5);
	assert_int_equal(doc.root->pairs[0].value.kind, YAML_BAD);
	drop(&doc);
}

static void test_duplicates_among_many(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct doc doc;

	(void)state;
	for (int i = 0; i < 40; i++)
		strbuf_addf(&text, "k%d: 1\n", i == 39 ? 7 : i);
	doc = load(strbuf_str(&text));
	assert_int_equal(doc.diags.n_errors, 1);
	assert_int_equal(doc.diags.list.v[0].span.line, 40);
	assert_string_equal(doc.diags.list.v[0].hint, "it is there already, in line 8");
	drop(&doc);
	strbuf_release(&text);
}

/* Text, line, column and message of what cannot be read. */
static void test_faults(void **state)
{
	static const struct {
		const char *text;
		unsigned line, col;
		const char *msg, *hint;
	} rows[] = {
		{ "i: [*.c]", 1, 5,
		  "a plain value cannot begin with '*': YAML reads an alias there",
		  "quote it: \"*.c\"" },
		{ "i: [!gen/**]", 1, 5,
		  "a plain value cannot begin with '!': YAML reads a tag there",
		  "quote it: \"!gen/**\"" },
		{ "if: !cancelled()", 1, 5,
		  "a plain value cannot begin with '!': YAML reads a tag there",
		  "quote it: \"!cancelled()\"" },
		{ "run: @x", 1, 6, "a plain value cannot begin with '@'", "quote it: \"@x\"" },
		{ "i: [src/{a,b}.c]", 1, 9, "expected ',' or ']'", "quote it: \"src/{a,b}.c\"" },
		{ "run: make: all", 1, 10, "a ': ' inside a plain value",
		  "quote it: \"make: all\"" },
		{ "run: echo \"a\": b", 1, 14, "a ': ' inside a plain value",
		  "quote it: 'echo \"a\": b'" },
		{ "a:\n\tb: 1", 2, 1, "a tab in the indentation",
		  "indent with spaces: YAML allows no tabs there" },
		{ "a:\n  b: 1\n c: 2", 3, 2, "the indentation does not fit",
		  "the keys of the mapping that begins in line 1 stand in column 1" },
		{ "a:x\nb: 1", 1, 1, "no blank after the colon", "write \"a: x\"" },
		{ "a: \"x", 1, 4, "a string without its closing quote", NULL },
		{ "a: [1, 2\nb: 3", 1, 4, "'[' without its ']'", NULL },
		{ "a: 1\n--- \nb: 2", 2, 1, "a second document in the file",
		  "one file is one workflow" },
		{ "x: {{ y }}", 1, 5, "a key must be a word, not a mapping",
		  "quote it: \"{{ y }}\"" },
		{ "a: \xff", 1, 4, "this is no UTF-8 text (byte 0xff)", "save the file as UTF-8" },
		{ "a: b\n c\x01", 2, 3, "control character 0x01 in the text", NULL },
		{ "a: \"x\xe2\x80\xa8\"", 1, 6, "line break U+2028 in the text",
		  "write it as an escape in double quotes: \"\\u2028\"" },
		{ "a: b\rc: d", 1, 5, "carriage return without a newline",
		  "end lines with LF or CR LF" },
		{ "a: \"\\0\"", 1, 4, "a NUL character in a string", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct doc doc = load(rows[i].text);
		const struct diag *diag = doc.diags.list.v;

		assert_true(doc.diags.n_errors >= 1);
		assert_string_equal(diag->msg, rows[i].msg);
		assert_int_equal(diag->span.line, rows[i].line);
		assert_int_equal(diag->span.col, rows[i].col);
		if (rows[i].hint)
			assert_string_equal(diag->hint, rows[i].hint);
		drop(&doc);
	}
}

static void test_depth(void **state)
{
	char text[2048];
	struct doc doc;

	(void)state;
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	doc = load(text);
	assert_non_null(doc.root);
	drop(&doc);
	memset(text, '[', 2000);
	text[2000] = '\0';
	doc = load(text);
	assert_null(doc.root);
	assert_string_equal(doc.diags.list.v[0].msg, "nested more than 64 deep");
	drop(&doc);
}

static void test_crlf_and_bom(void **state)
{
	struct doc doc = load("\xef\xbb\xbf"
			      "a: 1\r\nb: x\r\n");

	(void)state;
	assert_non_null(doc.root);
	assert_string_equal(yaml_get(doc.root, "b")->text, "x");
	assert_string_equal(yaml_get(doc.root, "a")->text, "1");
	drop(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_is_small),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_numbers_stay_as_written),
		cmocka_unit_test(test_places_count_characters),
		cmocka_unit_test(test_block_indent),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refused_goes_on),
		cmocka_unit_test(test_duplicates_among_many),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_crlf_and_bom),
	};

	return cmocka_run_group_tests_name("ext/yaml", tests, NULL, NULL);
}
