/*
 * A packed tree is the same tree again; whatever is damaged or of another text is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ext/yaml.h"

static const char text[] = "steps:\n"
			   "  - {id: a, run: \"echo 'x'\", n: 1.10, empty: '', none: , list: []}\n"
			   "  - id: b\n"
			   "    run: |\n"
			   "      one\n"
			   "      two\n"
			   "    inputs: [a, [b, {c: d}], true]\n";

static struct diags diags_of(const char *source)
{
	return (struct diags){ .file = "x.yml", .text = source, .text_len = strlen(source) };
}

static void check_same(const struct yaml_node *a, const struct yaml_node *b)
{
	size_t n = a->kind == YAML_MAP ? 2 * (size_t)a->n_pairs : a->n_items;

	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->quoted, b->quoted);
	assert_int_equal(a->flow, b->flow);
	assert_int_equal(a->indent, b->indent);
	assert_memory_equal(&a->span, &b->span, sizeof a->span);
	assert_int_equal(a->len, b->len);
	if (a->kind != YAML_MAP && a->kind != YAML_SEQ) {
		assert_string_equal(a->text, b->text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_same(&a->items[i], &b->items[i]);
}

static void pack(const char *source, struct strbuf *out)
{
	struct diags diags = diags_of(source);
	struct arena arena = { 0 };
	const struct yaml_node *root = yaml_parse(&arena, &diags, false);

	assert_non_null(root);
	yaml_pack(root, &diags, false, out);
	arena_release(&arena);
	diags_release(&diags);
}

static void the_tree_comes_back(void **state)
{
	static const char *const sources[] = { text, "", "a", "[]", "{}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct diags diags = diags_of(sources[i]);
		struct arena arena = { 0 };
		struct strbuf bytes = STRBUF_INIT;
		const struct yaml_node *root = yaml_parse(&arena, &diags, false), *again;

		yaml_pack(root, &diags, false, &bytes);
		again = yaml_unpack(&bytes, &diags, false);
		assert_non_null(again);
		check_same(root, again);
		strbuf_release(&bytes);
		arena_release(&arena);
		diags_release(&diags);
	}
}

static void another_text_has_another_tree(void **state)
{
	struct diags diags = diags_of(text), other;
	struct strbuf bytes = STRBUF_INIT;
	char changed[sizeof text];

	(void)state;
	memcpy(changed, text, sizeof text);
	*strchr(changed, 'b') = 'c';
	other = diags_of(changed);
	pack(text, &bytes);
	assert_null(yaml_unpack(&bytes, &other, false));
	other = diags_of("steps: []\n");
	assert_null(yaml_unpack(&bytes, &other, false));
	assert_null(yaml_unpack(&bytes, &diags, true));
	assert_non_null(yaml_unpack(&bytes, &diags, false));
	strbuf_release(&bytes);
}

static void damage_is_seen(void **state)
{
	struct diags diags = diags_of(text);
	struct strbuf bytes = STRBUF_INIT, bad = STRBUF_INIT;

	(void)state;
	pack(text, &bytes);
	assert_null(yaml_unpack(&bad, &diags, false));
	for (size_t i = 0; i < bytes.len; i++) {
		strbuf_clear(&bad);
		strbuf_add(&bad, bytes.buf, bytes.len);
		bad.buf[i] ^= 4;
		assert_null(yaml_unpack(&bad, &diags, false));
		strbuf_clear(&bad);
		strbuf_add(&bad, bytes.buf, i);
		assert_null(yaml_unpack(&bad, &diags, false));
	}
	strbuf_release(&bad);
	strbuf_release(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tree_comes_back),
		cmocka_unit_test(another_text_has_another_tree),
		cmocka_unit_test(damage_is_seen),
	};

	return cmocka_run_group_tests_name("ext/yaml_pack", tests, NULL, NULL);
}
