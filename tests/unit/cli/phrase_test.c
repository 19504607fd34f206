/*
 * What phrases mean: each row of the table, and what is near it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "cli/phrase_impl.h"

static const char *const params[] = { "issue",	 "priority",	"spec",	   "target",	"pr",
				      "pattern", "environment", "service", "operations" };

#define NAME(id)                                     \
	{                                            \
		id, NULL, params, ARRAY_SIZE(params) \
	}

static const struct phrase_name templates[] = {
	NAME("api-integration"),
	NAME("bug-fix"),
	NAME("ci"),
	NAME("code-review"),
	NAME("deployment"),
	NAME("dev-session"),
	NAME("feature-implementation"),
	NAME("full-stack"),
	NAME("migration"),
	NAME("onboarding"),
	NAME("performance"),
	NAME("pre-commit"),
	NAME("refactor"),
	NAME("security-audit"),
	NAME("system-optimization"),
	NAME("web-app"),
};

static const struct phrase_world all = { templates, ARRAY_SIZE(templates), templates,
					 ARRAY_SIZE(templates) };

struct asked {
	struct arena arena;
	struct phrase_answer answer;
	struct strbuf command;
};

static void ask(struct asked *asked, const char *text, const struct phrase_world *world)
{
	memset(asked, 0, sizeof *asked);
	phrase_read(text, world, &asked->arena, &asked->answer);
	if (asked->answer.kind == PHRASE_FOUND)
		phrase_add_command(&asked->answer, &asked->command);
}

static void asked_release(struct asked *asked)
{
	arena_release(&asked->arena);
	strbuf_release(&asked->command);
}

static void expect(const char *text, const struct phrase_world *world, const char *means)
{
	struct asked asked;

	ask(&asked, text, world);
	if (asked.answer.kind != PHRASE_FOUND || strcmp(strbuf_str(&asked.command), means) != 0)
		fail_msg("'%s' means '%s' (kind %d) instead of '%s'", text,
			 strbuf_str(&asked.command), asked.answer.kind, means);
	asked_release(&asked);
}

static void test_each_row_by_its_example(void **state)
{
	(void)state;
	assert_true(phrase_n_rows > 80);
	for (size_t i = 0; i < phrase_n_rows; i++)
		expect(phrase_rows[i].example, &all, phrase_rows[i].means);
}

static const struct {
	const char *text, *means;
} others[] = {
	{ "Run the tests, please.", "run ci" },
	{ "could you run all the tests", "run ci" },
	{ "fix the bug: \"it's broken; rm -rf\"", "run bug-fix '--issue=it'\\''s broken; rm -rf'" },
	{ "fix the bug #42", "run bug-fix '--issue=#42'" },
	{ "fix issue number 42.", "run bug-fix --issue=42" },
	{ "fix the bug --priority high", "run bug-fix '--issue=--priority high'" },
	{ "Implement the feature Dark Mode for the app",
	  "run feature-implementation '--spec=Dark Mode for the app'" },
	{ "continue", "resume" },
	{ "Continue with the interrupted workflow", "resume" },
	{ "go on", "resume" },
	{ "carry on", "resume" },
	{ "What happened?", "status" },
	{ "what's happening", "status" },
	{ "how did it go?", "status" },
	{ "undo the last run", "rollback" },
	{ "undo what it did", "rollback" },
	{ "revert everything", "rollback" },
	{ "roll back", "rollback" },
	{ "roll back to step build", "rollback --to build" },
	{ "okay", "approve" },
	{ "cancel the run", "cancel" },
	{ "launch the CI pipeline", "run ci" },
	{ "start bug fixing", "run bug-fix" },
	{ "run the refactoring", "run refactor" },
	{ "run deplyoment", "run deployment" },
	{ "run bugfix", "run bug-fix" },
	{ "execute onboarding process", "run onboarding" },
	{ "run security scan", "run security-audit" },
	{ "why did the bug fix run?", "explain bug-fix" },
	{ "what would ci do", "plan ci" },
	{ "generate a workflow from security audit", "new security-audit" },
	{ "deploy to production", "run deployment --environment=production" },
};

static void test_other_ways_to_say_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect(others[i].text, &all, others[i].means);
}

static void test_between_two_nothing_is_guessed(void **state)
{
	static const struct phrase_name names[] = { NAME("bug-fix"), NAME("bug-report"),
						    NAME("bug-fix-mobile"), NAME("test-unit"),
						    NAME("test-e2e") };
	static const struct phrase_world world = { names, ARRAY_SIZE(names), templates,
						   ARRAY_SIZE(templates) };
	struct asked asked;

	(void)state;
	ask(&asked, "run bug", &world);
	assert_int_equal(asked.answer.kind, PHRASE_MANY);
	assert_int_equal(asked.answer.n_names, 3);
	asked_release(&asked);
	ask(&asked, "run the tests", &world);
	assert_int_equal(asked.answer.kind, PHRASE_MANY);
	assert_int_equal(asked.answer.n_names, 2);
	assert_string_equal(asked.answer.names[1], "test-e2e");
	asked_release(&asked);
	/* What is said in full is meant. */
	expect("run bug fix", &world, "run bug-fix");
	expect("run bug fix mobile", &world, "run bug-fix-mobile");
	expect("run mobile", &world, "run bug-fix-mobile");
	expect("fix the bug 3", &world, "run bug-fix --issue=3");
}

static void test_a_title_names_a_workflow_too(void **state)
{
	static const struct phrase_name names[] = { { "x17", "Nightly cleanup", NULL, 0 },
						    { "x18", "Weekly cleanup", NULL, 0 } };
	static const struct phrase_world world = { names, 2, NULL, 0 };
	struct asked asked;

	(void)state;
	expect("run the nightly cleanup", &world, "run x17");
	ask(&asked, "run the cleanup", &world);
	assert_int_equal(asked.answer.kind, PHRASE_MANY);
	asked_release(&asked);
}

static void test_a_workflow_that_is_not_there(void **state)
{
	static const struct phrase_world none = { NULL, 0, templates, ARRAY_SIZE(templates) };
	struct asked asked;

	(void)state;
	ask(&asked, "fix the bug 3", &none);
	assert_int_equal(asked.answer.kind, PHRASE_NO_NAME);
	assert_string_equal(asked.answer.remedy, "bug-fix");
	asked_release(&asked);
	ask(&asked, "run the moon landing", &none);
	assert_int_equal(asked.answer.kind, PHRASE_NO_NAME);
	assert_string_equal(asked.answer.said, "moon landing");
	assert_null(asked.answer.remedy);
	asked_release(&asked);
}

static void test_a_workflow_without_the_parameter(void **state)
{
	static const struct phrase_name names[] = { { "bug-fix", NULL, NULL, 0 } };
	static const struct phrase_world world = { names, 1, NULL, 0 };
	struct asked asked;

	(void)state;
	ask(&asked, "fix the bug 3", &world);
	assert_int_equal(asked.answer.kind, PHRASE_NO_PARAM);
	assert_string_equal(asked.answer.names[0], "bug-fix");
	assert_string_equal(asked.answer.said, "issue");
	asked_release(&asked);
}

static void test_what_is_unknown_names_what_is_near(void **state)
{
	static const char *const texts[] = { "sing a song",
					     "rm -rf /",
					     "",
					     "please",
					     "the",
					     "run",
					     "undo it and run the tests and go home now" };
	struct asked asked;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		ask(&asked, texts[i], &all);
		if (asked.answer.kind != PHRASE_UNKNOWN && asked.answer.kind != PHRASE_NO_NAME)
			fail_msg("'%s' means something: %s", texts[i], strbuf_str(&asked.command));
		asked_release(&asked);
	}
	ask(&asked, "what hapened", &all);
	assert_int_equal(asked.answer.kind, PHRASE_UNKNOWN);
	assert_true(asked.answer.n_names > 0);
	assert_string_equal(asked.answer.names[0], "what happened");
	asked_release(&asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_row_by_its_example),
		cmocka_unit_test(test_other_ways_to_say_it),
		cmocka_unit_test(test_between_two_nothing_is_guessed),
		cmocka_unit_test(test_a_title_names_a_workflow_too),
		cmocka_unit_test(test_a_workflow_that_is_not_there),
		cmocka_unit_test(test_a_workflow_without_the_parameter),
		cmocka_unit_test(test_what_is_unknown_names_what_is_near),
	};

	return cmocka_run_group_tests_name("cli/phrase", tests, NULL, NULL);
}
