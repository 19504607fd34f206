/*
 * See event/wait.h.
 */
#include "event/wait.h"

#include <string.h>

#include "event/state.h"
#include "model/text.h"

bool wait_is_step(const char *kind)
{
	return kind && strcmp(kind, WAIT_PERMISSION) != 0;
}

bool wait_is_escalation(const char *kind)
{
	return kind && strcmp(kind, WAIT_ESCALATION) == 0;
}

bool wait_wants_text(const char *kind)
{
	return strcmp(kind, WAIT_ANSWER) == 0 || wait_is_escalation(kind);
}

const char *wait_word(const char *kind, const char *word, const char *value)
{
	if (!wait_is_escalation(kind) || strcmp(word, "answer") != 0 || !value)
		return word;
	return value;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t value_len = strlen(value);

	while (*choices) {
		size_t len = strcspn(choices, "\n");

		if (len == value_len && memcmp(choices, value, len) == 0)
			return true;
		choices += len + (choices[len] == '\n');
	}
	return false;
}

static int refuse_choice(const struct step_wait *wait, const char *value, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;

	for (const char *at = wait->choices; *at; at++)
		if (*at == '\n')
			strbuf_addstr(&list, ", ");
		else
			strbuf_addch(&list, *at);
	return err_set(err, ERR_USAGE, "'%.60s' is none of the answers: %s", value,
		       strbuf_str(&list));
}

static int check_value(const struct step_wait *wait, const char *value, struct err *err)
{
	if (!value || !*value)
		return err_set(err, ERR_USAGE, "an answer must not be empty");
	if (strlen(value) > TEXT_VALUE_MAX)
		return err_set(err, ERR_USAGE, "the answer is longer than 64 KiB");
	if (wait->choices && !is_choice(wait->choices, value))
		return refuse_choice(wait, value, err);
	return 0;
}

int wait_check(const struct step_wait *wait, const char *step, const char *word, const char *value,
	       struct err *err)
{
	bool wants_answer = wait_wants_text(wait->kind);

	if (strcmp(word, "skip") == 0 || strcmp(word, "reject") == 0)
		return 0;
	if (strcmp(word, "answer") == 0)
		return wants_answer
			       ? check_value(wait, value, err)
			       : err_set(err, ERR_USAGE,
					 "'%s' wants a yes or no: 'approve' or 'reject'", step);
	if (wait_is_escalation(wait->kind))
		return 0;
	return wants_answer ? err_set(err, ERR_USAGE, "'%s' wants a text: 'answer'", step) : 0;
}

void wait_describe_answer(const struct step_state *step, struct strbuf *out)
{
	static const char *const words[][2] = { { "approve", "approved" },
						{ "reject", "rejected" },
						{ "skip", "skipped" },
						{ "retry", "retried" } };
	const char *done = "answered";

	for (size_t i = 0; step->answer && i < ARRAY_SIZE(words); i++)
		if (strcmp(step->answer->word, words[i][0]) == 0)
			done = words[i][1];
	strbuf_addf(out, "'%s' was %s already", step->id, done);
	if (step->answer)
		strbuf_addf(out, ", by %s", step->answer->by);
}
