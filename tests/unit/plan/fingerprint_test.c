/*
 * Material: no two facts share a text, and a difference names what differs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "plan/fingerprint.h"

static const char *argv_one[] = { "sh", "-c", "make" };

static struct facts some_facts(void)
{
	return (struct facts){
		.action = "shell", .argv = { 3, argv_one }, .dir = "", .platform = "linux x86_64"
	};
}

static void expect_material(const struct facts *facts, const char *expected)
{
	struct strbuf material = STRBUF_INIT;

	fingerprint_material(facts, &material);
	assert_string_equal(strbuf_str(&material), expected);
	strbuf_release(&material);
}

static void test_text(void **state)
{
	struct fact_pair env[] = { { "A=B", "x=y" }, { "C", NULL }, { "D", "" } };
	struct entry inputs[] = { { .path = "a b", .kind = ENTRY_FILE, .digest = { { 0xAB } } },
				  { .path = "gone", .kind = ENTRY_ABSENT } };
	struct facts facts = some_facts();

	(void)state;
	facts.env = (struct fact_pairs){ 3, env };
	facts.inputs = (struct fact_entries){ 2, inputs };
	facts.stdin_text = "one\ntwo\\";
	expect_material(&facts, "wf-material 1\n"
				"action shell\n"
				"arg sh\n"
				"arg -c\n"
				"arg make\n"
				"dir .\n"
				"stdin one\\ntwo\\\\\n"
				"env A\\eB=x=y\n"
				"env C\n"
				"env D=\n"
				"input a\\sb file ab000000000000000000000000000000\n"
				"input gone absent\n"
				"platform linux x86_64\n");
}

static void diff(const struct facts *before, const struct facts *after, const char *expected)
{
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT, text = STRBUF_INIT;
	struct arena arena = { 0 };
	struct reasons reasons = { 0 };
	size_t i;

	fingerprint_material(before, &a);
	fingerprint_material(after, &b);
	fingerprint_diff(a.buf, a.len, b.buf, b.len, &arena, &reasons);
	for (i = 0; i < reasons.list.n; i++) {
		reason_render(&reasons.list.v[i], &text);
		strbuf_addch(&text, '\n');
	}
	assert_string_equal(strbuf_str(&text), expected);
	vec_release(&reasons.list);
	arena_release(&arena);
	strbuf_release(&a);
	strbuf_release(&b);
	strbuf_release(&text);
}

static void test_nothing_differs(void **state)
{
	struct facts facts = some_facts();

	(void)state;
	diff(&facts, &facts, "");
}

static void test_most_telling_first(void **state)
{
	struct facts before = some_facts(), after = some_facts();
	const char *other[] = { "sh", "-eu", "make all" }, *globs[] = { "*.c" };
	struct fact_pair env[] = { { "CC", "gcc" } }, values[] = { { "params.x", "1" } };
	struct entry input = { .path = "a=b c", .kind = ENTRY_FILE };
	struct fact_pair upstream[] = { { "gen", "00" } }, upstream_now[] = { { "gen", "11" } };

	(void)state;
	after.argv.v = other;
	after.dir = "sub";
	after.env = (struct fact_pairs){ 1, env };
	after.values = (struct fact_pairs){ 1, values };
	after.inputs = (struct fact_entries){ 1, &input };
	after.globs = (struct fact_list){ 1, globs };
	before.upstream = (struct fact_pairs){ 1, upstream };
	after.upstream = (struct fact_pairs){ 1, upstream_now };
	after.platform = "linux aarch64";
	diff(&before, &after,
	     "command changed: command (make → make all)\n"
	     "command changed: shell (sh -c → sh -eu)\n"
	     "command changed: dir (. → sub)\n"
	     "environment changed: CC (unset → gcc)\n"
	     "value changed: params.x (unset → 1)\n"
	     "input added: a=b c\n"
	     "outputs changed of: gen\n"
	     "definition changed: inputs (added *.c)\n"
	     "definition changed: platform (linux x86_64 → linux aarch64)\n");
}

static void test_order_of_a_list(void **state)
{
	const char *one[] = { "a", "b" }, *two[] = { "b", "a" };
	struct facts before = some_facts(), after = some_facts();

	(void)state;
	before.globs = (struct fact_list){ 2, one };
	after.globs = (struct fact_list){ 2, two };
	diff(&before, &after, "definition changed: order\n");
}

/* What is equal in front and behind is not read: the reasons are the same. */
static void test_one_of_many(void **state)
{
	struct entry old[] = { { .path = "a", .kind = ENTRY_FILE, .digest = { { 1 } } },
			       { .path = "b", .kind = ENTRY_FILE, .digest = { { 2 } } },
			       { .path = "c", .kind = ENTRY_FILE, .digest = { { 3 } } } };
	struct entry new[] = { old[0], old[1], old[2] };
	const char *words[] = { "make", "-c", "make" }, *fewer[] = { "make" };
	struct facts before = some_facts(), after = some_facts();

	(void)state;
	new[1].digest.bytes[0] = 4;
	before.inputs = (struct fact_entries){ 3, old };
	after.inputs = (struct fact_entries){ 3, new };
	diff(&before, &after, "input changed: b\n");
	after.inputs = (struct fact_entries){ 1, new };
	diff(&before, &after, "input removed: b\ninput removed: c\n");
	diff(&after, &before, "input added: b\ninput added: c\n");
	after.inputs = (struct fact_entries){ 2, &old[1] };
	diff(&before, &after, "input removed: a\n");
	after.inputs = before.inputs;
	before.action = after.action = "argv";
	before.argv = (struct fact_list){ 3, words };
	after.argv = (struct fact_list){ 1, fewer };
	diff(&before, &after, "command changed: argv (make -c make → make)\n");
}

static void test_control_characters(void **state)
{
	struct fact_pair old[] = { { "X", "\x1b[2J" } }, new[] = { { "X", "" } };
	struct facts before = some_facts(), after = some_facts();

	(void)state;
	before.env = (struct fact_pairs){ 1, old };
	after.env = (struct fact_pairs){ 1, new };
	diff(&before, &after, "environment changed: X (^[[2J → '')\n");
}

/* Records come from disk: whatever stands there, nothing breaks. */
static void test_broken_material(void **state)
{
	static const char *const broken[] = { "",	 "\n\n",     "input",	  "input \n",
					      "env =\n", "arg\n",    "action \n", "nonsense",
					      "\\",	 "input a\\" };
	struct facts facts = some_facts();
	struct strbuf now = STRBUF_INIT;
	size_t i;

	(void)state;
	fingerprint_material(&facts, &now);
	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		struct arena arena = { 0 };
		struct reasons reasons = { 0 };

		fingerprint_diff(broken[i], strlen(broken[i]), now.buf, now.len, &arena, &reasons);
		assert_true(reasons.list.n > 0);
		fingerprint_diff(now.buf, now.len, broken[i], strlen(broken[i]), &arena, &reasons);
		vec_release(&reasons.list);
		arena_release(&arena);
	}
	strbuf_release(&now);
}

static void test_digest(void **state)
{
	struct hash_secret secret = { { 1, 2, 3 } };
	struct digest a = fingerprint_digest(NULL, "x", 1), b = fingerprint_digest(NULL, "y", 1);
	struct digest c = fingerprint_digest(&secret, "x", 1);
	struct entry one = { .path = "a", .kind = ENTRY_FILE },
		     two = { .path = "a", .kind = ENTRY_EXEC };
	struct digest tree_one = fingerprint_tree(NULL, &one, 1);
	struct digest tree_two = fingerprint_tree(NULL, &two, 1);

	(void)state;
	assert_false(digest_equal(&a, &b));
	assert_false(digest_equal(&a, &c));
	assert_false(digest_equal(&tree_one, &tree_two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_nothing_differs),
		cmocka_unit_test(test_most_telling_first),
		cmocka_unit_test(test_order_of_a_list),
		cmocka_unit_test(test_one_of_many),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_broken_material),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("plan/fingerprint", tests, NULL, NULL);
}
