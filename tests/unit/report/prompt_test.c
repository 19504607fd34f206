/*
 * Questions on a terminal: what they look like, what is typed at them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event/wait.h"
#include "report/prompt.h"

static const struct step_wait approval = { .kind = WAIT_APPROVAL, .question = "Sure?" };
static const struct step_wait permission = { .kind = WAIT_PERMISSION, .question = "make" };
static const struct step_wait choice = { .kind = WAIT_ANSWER,
					 .question = "Where?",
					 .choices = "staging\nproduction\n3",
					 .default_answer = "staging" };
static const struct step_wait secret = { .kind = WAIT_ANSWER,
					 .question = "Key?",
					 .is_secret = true };

static void expect_word(const struct step_wait *wait, const char *line, const char *word,
			const char *value)
{
	struct prompt_reply reply;

	prompt_read_reply(wait, line, &reply);
	assert_int_equal(reply.kind, REPLY_WORD);
	assert_string_equal(reply.word, word);
	if (value)
		assert_string_equal(reply.value, value);
	else
		assert_null(reply.value);
	prompt_reply_release(&reply);
}

static void expect_kind(const struct step_wait *wait, const char *line, enum reply_kind kind)
{
	struct prompt_reply reply;

	prompt_read_reply(wait, line, &reply);
	assert_int_equal(reply.kind, kind);
	assert_true((kind == REPLY_AGAIN) == (reply.problem != NULL));
	prompt_reply_release(&reply);
}

static void only_a_clear_yes_is_one(void **state)
{
	(void)state;
	expect_word(&approval, "y", "approve", NULL);
	expect_word(&approval, " YES \r", "approve", NULL);
	expect_word(&approval, "No", "reject", NULL);
	expect_kind(&approval, "", REPLY_AGAIN);
	expect_kind(&approval, "ye", REPLY_AGAIN);
	expect_kind(&approval, "yesterday", REPLY_AGAIN);
	expect_kind(&approval, "a", REPLY_AGAIN);
}

static void a_permission_has_more_answers(void **state)
{
	(void)state;
	expect_word(&permission, "y", "approve", NULL);
	expect_word(&permission, "no", "skip", NULL);
	expect_kind(&permission, "all", REPLY_ALL);
	expect_kind(&permission, "s", REPLY_SHOW);
	expect_kind(&permission, "quit", REPLY_ABORT);
	expect_kind(&permission, "", REPLY_AGAIN);
}

static void a_choice_is_itself_or_its_number(void **state)
{
	(void)state;
	expect_word(&choice, "production", "answer", "production");
	expect_word(&choice, "2", "answer", "production");
	expect_word(&choice, "3", "answer", "3");
	expect_word(&choice, "", "answer", "staging");
	expect_kind(&choice, "4", REPLY_AGAIN);
	expect_kind(&choice, "prod", REPLY_AGAIN);
}

static void a_secret_keeps_its_blanks(void **state)
{
	(void)state;
	expect_word(&secret, " a b ", "answer", " a b ");
	expect_kind(&secret, "", REPLY_AGAIN);
}

/* Every line but the last, at which is typed, has room. */
static void no_line_is_wider_than_the_terminal(void **state)
{
	const char *reasons[] = { "input changed: a/very/long/path/to/some/source.c",
				  "input changed: b", "tool changed: cc", "value changed: x" };
	struct prompt_view view = { .step = "deploy",
				    .kind = WAIT_PERMISSION,
				    .question = "one two three four five six seven eight nine "
						"ten\nsecond line\xc3\xa9\xc3\xa9",
				    .risk = "high",
				    .reasons = reasons,
				    .n_reasons = 4 };
	struct strbuf out = STRBUF_INIT;

	(void)state;
	prompt_compose(&view, 40, false, true, &out);
	for (char *at = out.buf, *end; (end = strchr(at, '\n')); at = end + 1)
		assert_true(end - at <= 42);
	assert_non_null(strstr(out.buf, "? deploy is about to run (risk: high)\n"));
	assert_non_null(strstr(out.buf, "and 1 more (s shows them)"));
	strbuf_clear(&out);
	view.shows_all = true;
	prompt_compose(&view, 40, false, true, &out);
	assert_non_null(strstr(out.buf, "value changed: x"));
	strbuf_release(&out);
}

static void nothing_in_a_question_moves_the_cursor(void **state)
{
	const struct prompt_view view = { .step = "a",
					  .kind = WAIT_APPROVAL,
					  .question = "x\033[2Jy" };
	struct strbuf out = STRBUF_INIT;

	(void)state;
	prompt_compose(&view, 80, false, true, &out);
	assert_null(strchr(out.buf, '\033'));
	assert_non_null(strstr(out.buf, "x^[[2Jy"));
	strbuf_release(&out);
}

static void words_fit_what_is_waited_for(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(wait_check(&approval, "a", "approve", NULL, &err), 0);
	assert_int_equal(wait_check(&approval, "a", "skip", NULL, &err), 0);
	assert_int_equal(wait_check(&choice, "a", "answer", "production", &err), 0);
	assert_int_equal(wait_check(&choice, "a", "answer", "prod", &err), -1);
	assert_string_equal(err_msg(&err), "'prod' is none of the answers: staging, production, 3");
	err_release(&err);
	assert_int_equal(wait_check(&choice, "a", "approve", NULL, NULL), -1);
	assert_int_equal(wait_check(&approval, "a", "answer", "yes", NULL), -1);
	assert_int_equal(wait_check(&secret, "a", "answer", "", NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_clear_yes_is_one),
		cmocka_unit_test(a_permission_has_more_answers),
		cmocka_unit_test(a_choice_is_itself_or_its_number),
		cmocka_unit_test(a_secret_keeps_its_blanks),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(nothing_in_a_question_moves_the_cursor),
		cmocka_unit_test(words_fit_what_is_waited_for),
	};

	return cmocka_run_group_tests_name("report/prompt", tests, NULL, NULL);
}
