/*
 * The canonical form: what it looks like, that it keeps every comment, that the form of a form is itself
 * and says the same, for every workflow that the tests have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ext/yaml.h"
#include "model/dialect.h"
#include "model/format.h"
#include "model/workflow.h"

static void read_file(const char *path, struct strbuf *out)
{
	FILE *file = fopen(path, "r");
	char buf[4096];
	size_t n;

	if (!file)
		fail_msg("cannot open '%s'", path);
	while ((n = fread(buf, 1, sizeof buf, file)) > 0)
		strbuf_add(out, buf, n);
	fclose(file);
}

static int form_of(const char *text, size_t len, bool is_json, struct strbuf *out, struct err *err)
{
	struct diags diags = { .file = "w", .text = text, .text_len = len };
	int rc = format_document(&diags, is_json, NULL, out, err);

	diags_release(&diags);
	return rc;
}

static void expect_form(const char *text, const char *want, bool is_json)
{
	struct strbuf got = STRBUF_INIT;
	struct err err = ERR_INIT;

	if (form_of(text, strlen(text), is_json, &got, &err) < 0)
		fail_msg("%s", err_msg(&err));
	assert_string_equal(strbuf_str(&got), want);
	strbuf_clear(&got);
	assert_int_equal(form_of(want, strlen(want), is_json, &got, &err), 0);
	assert_string_equal(strbuf_str(&got), want);
	strbuf_release(&got);
}

static void test_keys_stand_in_the_order_of_the_table(void **state)
{
	(void)state;
	expect_form("steps:\n"
		    "- run: 'true'\n"
		    "  retry: {delay: 1s, attempts: 2}\n"
		    "  id: a\n"
		    "vars: {z: 1, a: 2}\n"
		    "name: n\n",
		    "name: n\n"
		    "vars: {z: 1, a: 2}\n"
		    "steps:\n"
		    "  - id: a\n"
		    "    run: \"true\"\n"
		    "    retry: {attempts: 2, delay: 1s}\n",
		    false);
}

static void test_quotes_where_needed(void **state)
{
	(void)state;
	expect_form(
		"vars: {a: 'x', b: \"1\", c: 'no', d: 'a: b', e: \"a\\tb\", f: 'say \"x\"', g: "
		"'',\n"
		" h: '${params.x}', i: '# no', j: 'a # b', k: '*.c', l: 'a,b', m: \"\\u00e9\"}\n"
		"steps:\n"
		"  - id: 'a'\n"
		"    run: 'a, b'\n",
		"vars:\n"
		"  a: x\n"
		"  b: \"1\"\n"
		"  c: \"no\"\n"
		"  d: \"a: b\"\n"
		"  e: \"a\\tb\"\n"
		"  f: say \"x\"\n"
		"  g: \"\"\n"
		"  h: ${params.x}\n"
		"  i: \"# no\"\n"
		"  j: \"a # b\"\n"
		"  k: \"*.c\"\n"
		"  l: a,b\n"
		"  m: \xc3\xa9\n"
		"steps:\n"
		"  - id: a\n"
		"    run: a, b\n",
		false);
}

/* A comment goes with its key; one that stands apart at the top stays there. */
static void test_comments_move_along(void **state)
{
	(void)state;
	expect_form("# the file\n"
		    "\n"
		    "# the steps\n"
		    "steps: # here\n"
		    "- id: a # first\n"
		    "  run: |  # text\n"
		    "     # none of ours\n"
		    "     true\n"
		    "  # below\n"
		    "# the name\n"
		    "name: x\n",
		    "# the file\n"
		    "\n"
		    "# the name\n"
		    "name: x\n"
		    "# the steps\n"
		    "steps:  # here\n"
		    "  - id: a  # first\n"
		    "    run: |  # text\n"
		    "      # none of ours\n"
		    "      true\n"
		    "    # below\n",
		    false);
}

static void test_other_line_ends_and_marks(void **state)
{
	(void)state;
	expect_form("\xef\xbb\xbf---\r\nsteps:\r\n\r\n\r\n- id: a\r\n  run: |\r\n   x\r\n\r\n\r\n"
		    "- id: b\r\n  run: y\r\n...\r\n",
		    "steps:\n  - id: a\n    run: |\n      x\n\n  - id: b\n    run: y\n", false);
}

static void test_every_comment_survives(void **state)
{
	struct strbuf text = STRBUF_INIT, want = STRBUF_INIT;

	(void)state;
	read_file("tests/unit/model/format/comments.yml", &text);
	read_file("tests/unit/model/format/comments.form.yml", &want);
	expect_form(strbuf_str(&text), strbuf_str(&want), false);
	strbuf_release(&text);
	strbuf_release(&want);
}

static void test_json_stays_json(void **state)
{
	(void)state;
	expect_form("{\"steps\":[{\"run\":\"a \\u00e9\\n\",\"id\":\"a\"},\n\n"
		    "{\"id\":\"b\",\"inputs\":[],\"run\":[\"x\",\"y\"]}],\"name\":\"n\"}",
		    "{\n"
		    "  \"name\": \"n\",\n"
		    "  \"steps\": [\n"
		    "    {\"id\": \"a\", \"run\": \"a \xc3\xa9\\n\"},\n"
		    "    {\n"
		    "      \"id\": \"b\",\n"
		    "      \"run\": [\"x\", \"y\"],\n"
		    "      \"inputs\": []\n"
		    "    }\n"
		    "  ]\n"
		    "}\n",
		    true);
}

/* In a file that is called JSON a comment has no place in any form: it is refused, not dropped. */
static void test_json_with_comments_is_refused(void **state)
{
	static const char text[] = "{\"steps\": [] # none\n}\n";
	struct strbuf out = STRBUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(form_of(text, strlen(text), true, &out, &err), -1);
	assert_int_equal(err.kind, ERR_INVALID);
	err_release(&err);
	strbuf_release(&out);
}

/* ---- Every workflow of the tests ---- */

static size_t n_formed;

static struct workflow *load(struct arena *arena, const char *text, size_t len)
{
	struct diags diags = { .file = "w.yml", .text = text, .text_len = len };
	struct workflow *wf = workflow_load(arena, "w", &diags);

	diags_release(&diags);
	return wf;
}

/* Keys may stand in another order, and a string in other quotes; nothing else may differ. */
static bool is_same(const struct yaml_node *a, const struct yaml_node *b)
{
	bool same = a->kind == b->kind && a->len == b->len;

	if (a->kind == YAML_SEQ)
		for (uint32_t i = 0; same && i < a->n_items; i++)
			same = is_same(&a->items[i], &b->items[i]);
	else if (a->kind == YAML_MAP)
		for (uint32_t i = 0; same && i < a->n_pairs; i++) {
			const struct yaml_node *other = yaml_get(b, a->pairs[i].key.text);

			same = other && is_same(&a->pairs[i].value, other);
		}
	else if (a->kind != YAML_NULL) /* `~` and nothing are the same */
		same = same && strcmp(a->text, b->text) == 0;
	else
		same = a->kind == b->kind;
	return same;
}

static const struct yaml_node *tree_of(struct arena *arena, const char *text, size_t len)
{
	struct diags diags = { .file = "w.yml", .text = text, .text_len = len };
	const struct yaml_node *tree = yaml_parse(arena, &diags, false);

	/* What a document in the dialect says is said by its canonical tree. */
	if (tree && dialect_is_spoken(tree))
		tree = dialect_translate(arena, "w", tree, NULL, false, &diags);
	diags_release(&diags);
	return tree;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What stands behind a '#' in each line, in order of the alphabet: comments, and what looks like one. */
static void comments_of(char *text, struct strbuf *out)
{
	char *found[4096];
	size_t n = 0;

	for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
		char *mark = strstr(line, " #");

		mark = *line == '#' ? line : mark ? mark + 1 : NULL;
		for (size_t len = mark ? strlen(mark) : 0; len && mark[len - 1] == ' '; len--)
			mark[len - 1] = '\0';
		if (mark && n < ARRAY_SIZE(found))
			found[n++] = mark;
	}
	qsort(found, n, sizeof *found, by_text);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(out, "%s\n", found[i]);
}

static void expect_same_comments(const char *from, const char *text, size_t len, const char *form)
{
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT, copy = STRBUF_INIT;

	strbuf_add(&copy, text, len);
	comments_of(copy.buf, &before);
	strbuf_clear(&copy);
	strbuf_addstr(&copy, form);
	comments_of(copy.buf, &after);
	if (strcmp(strbuf_str(&before), strbuf_str(&after)) != 0)
		fail_msg("%s: comments were\n%sand are\n%sin\n%s", from, strbuf_str(&before),
			 strbuf_str(&after), form);
	strbuf_release(&before);
	strbuf_release(&after);
	strbuf_release(&copy);
}

static void check_document(const char *from, const char *text, size_t len)
{
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
	struct arena arena = { 0 };
	struct err err = ERR_INIT;
	const struct workflow *wf = load(&arena, text, len), *again;

	if (wf) {
		if (form_of(text, len, false, &once, &err) < 0)
			fail_msg("%s: %s\n%.*s", from, err_msg(&err), (int)len, text);
		again = load(&arena, strbuf_str(&once), once.len);
		if (!again || again->n_steps != wf->n_steps || again->n_params != wf->n_params)
			fail_msg("%s: its form is another workflow:\n%s", from, strbuf_str(&once));
		if (!is_same(tree_of(&arena, text, len),
			     tree_of(&arena, strbuf_str(&once), once.len)))
			fail_msg("%s: its form says something else:\n%.*s\nand\n%s", from, (int)len,
				 text, strbuf_str(&once));
		if (!memchr(text, '\0', len))
			expect_same_comments(from, text, len, strbuf_str(&once));
		assert_int_equal(form_of(strbuf_str(&once), once.len, false, &twice, &err), 0);
		if (strcmp(strbuf_str(&once), strbuf_str(&twice)) != 0)
			fail_msg("%s: the form of its form is another:\n%s\nand\n%s", from,
				 strbuf_str(&once), strbuf_str(&twice));
		n_formed++;
	}
	strbuf_release(&once);
	strbuf_release(&twice);
	arena_release(&arena);
}

/* What stands between a line that ends in `open` and the next that is `close`, less its tabs. */
static void check_parts(const char *path, const char *text, const char *open, const char *close)
{
	struct strbuf part = STRBUF_INIT;
	bool is_in = false;

	for (const char *at = text, *eol; *at; at = *eol ? eol + 1 : eol) {
		const char *line = at + strspn(at, "\t");

		eol = strchrnul(at, '\n');
		if (is_in && strncmp(line, close, strlen(close)) == 0) {
			check_document(path, strbuf_str(&part), part.len);
			is_in = false;
		} else if (is_in) {
			strbuf_add(&part, line, (size_t)(eol - line));
			strbuf_addch(&part, '\n');
		} else if ((size_t)(eol - at) >= strlen(open) &&
			   strncmp(eol - strlen(open), open, strlen(open)) == 0) {
			strbuf_clear(&part);
			is_in = true;
		}
	}
	strbuf_release(&part);
}

static void for_files(const char *pattern, const char *open, const char *close)
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct strbuf text = STRBUF_INIT;

		read_file(found.gl_pathv[i], &text);
		if (open)
			check_parts(found.gl_pathv[i], strbuf_str(&text), open, close);
		else
			check_document(found.gl_pathv[i], strbuf_str(&text), text.len);
		strbuf_release(&text);
	}
	globfree(&found);
}

static void test_every_workflow_has_one_form(void **state)
{
	(void)state;
	for_files("tests/plan/*.case", "@workflow", "@");
	for_files("tests/e2e/*/*.t", "<<-\\EOT", "EOT");
	for_files("tests/e2e/*/*.t", "<<-EOT", "EOT");
	for_files("tests/bad/*.yml", NULL, NULL);
	for_files("tests/fuzz/corpus/*/*", NULL, NULL);
	for_files(".workflows/*.yml", NULL, NULL);
	for_files("README.md", "```yaml", "```");
	if (n_formed < 300)
		fail_msg("only %zu workflows were found", n_formed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_stand_in_the_order_of_the_table),
		cmocka_unit_test(test_quotes_where_needed),
		cmocka_unit_test(test_comments_move_along),
		cmocka_unit_test(test_other_line_ends_and_marks),
		cmocka_unit_test(test_every_comment_survives),
		cmocka_unit_test(test_json_stays_json),
		cmocka_unit_test(test_json_with_comments_is_refused),
		cmocka_unit_test(test_every_workflow_has_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
