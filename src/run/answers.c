/*
 * See answers_impl.h.
 */
#include "answers_impl.h"

#include <string.h>

#include "event/wait.h"
#include "results_impl.h"

struct answers {
	struct answer *list;
	size_t n;
};

static const char *keep(struct session *session, const char *text)
{
	return text ? arena_strdup(&session->arena, text) : NULL;
}

/* A no that has ended the step is asked again, as a failed step is tried again. A secret is not known
 * any more. */
static bool still_counts(const struct step_state *step)
{
	return step->answer && step->status != STEP_FAILED && !step->wait->is_secret;
}

void answers_load(struct session *session, const struct run_state *past)
{
	struct answers *answers = ARENA_NEW(&session->arena, struct answers);

	answers->list = ARENA_ARRAY(&session->arena, struct answer, past->steps.n + 1);
	for (size_t i = 0; i < past->steps.n; i++) {
		const struct step_state *step = past->steps.v[i];
		struct answer *answer = &answers->list[answers->n];

		/* A permission is for one start. */
		if (!step->wait || !step->fingerprint || wait_is_escalation(step->wait->kind) ||
		    (!wait_is_step(step->wait->kind) && step->status != STEP_READY))
			continue;
		answer->step = keep(session, step->id);
		answer->fingerprint = keep(session, step->fingerprint);
		if (step->status == STEP_WAITING)
			answer->until_ms = step->wait->until_ms;
		if (still_counts(step)) {
			answer->word = keep(session, step->answer->word);
			answer->value = keep(session, step->answer->value);
			answer->by = keep(session, step->answer->by);
		}
		answers->n++;
	}
	session->answers = answers;
}

static const struct answer *find_of_node(const struct session *session, const struct node *node)
{
	const struct answers *answers = session->answers;

	for (size_t i = 0; answers && i < answers->n; i++)
		if (strcmp(answers->list[i].step, node->id) == 0)
			return &answers->list[i];
	return NULL;
}

static const struct answer *find(const struct session *session, const struct node *node,
				 const struct digest *fingerprint)
{
	const struct answer *answer = find_of_node(session, node);
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(fingerprint, hex);
	return answer && strcmp(answer->fingerprint, hex) == 0 ? answer : NULL;
}

const struct answer *answers_find(const struct session *session, const struct node *node,
				  const struct digest *fingerprint)
{
	const struct answer *answer = find(session, node, fingerprint);

	return answer && answer->word ? answer : NULL;
}

int64_t answers_until(const struct session *session, const struct node *node,
		      const struct digest *fingerprint)
{
	const struct answer *answer = find(session, node, fingerprint);

	return answer ? answer->until_ms : 0;
}

static void fill_values(struct session *session, const struct answer *answer,
			struct stepout *values)
{
	const char *value = strcmp(answer->word, "approve") == 0 ? "yes" : answer->value;

	values->pairs = ARENA_ARRAY(&session->arena, struct stepout_pair, 2);
	values->n = 0;
	if (value)
		values->pairs[values->n++] = (struct stepout_pair){ "answer", value };
	values->pairs[values->n++] = (struct stepout_pair){ "by", answer->by };
}

void answers_end(struct session *session, const struct node *node, const struct answer *answer,
		 bool is_secret, struct event *end)
{
	struct node_result *result = session_result(session, node->index);
	bool is_no = strcmp(answer->word, "reject") == 0;
	struct stepout values = { 0 };

	end->status = is_no ? STEP_FAILED : STEP_PASSED;
	end->exit_code = result->exit_code = is_no ? -1 : 0;
	end->attempt = end->attempts = result->attempts = 1;
	result->stdout_tail = "";
	result->is_known = true;
	if (is_no) {
		end->text = answer->value && *answer->value
				    ? arena_printf(&session->arena, "rejected by %s: %s",
						   answer->by, answer->value)
				    : arena_printf(&session->arena, "rejected by %s", answer->by);
		return;
	}
	fill_values(session, answer, &values);
	results_hand_on(session, result, values);
	if (!is_secret)
		end->outputs = result->values;
}

void answers_use(struct session *session, const struct node *node, struct event *end)
{
	answers_end(session, node, find_of_node(session, node), false, end);
}
