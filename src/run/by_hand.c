/*
 * See by_hand_impl.h.
 */
#include "by_hand_impl.h"

#include <string.h>

#include "answers_impl.h"
#include "event/wait.h"

struct by_hand {
	struct hand *list;
	size_t n, alloc;
	size_t n_past; /* the first ones are from the journal */
};

const char *by_hand_name(enum hand_word word)
{
	switch (word) {
	case HAND_SKIP: return "skip";
	case HAND_DONE: return "done";
	case HAND_RETRY: return "retry";
	default: BUG("no name for word %d", (int)word);
	}
}

void by_hand_add(struct session *session, const char *step, enum hand_word word)
{
	struct by_hand *words = session->by_hand;

	if (!words)
		words = session->by_hand = ARENA_NEW(&session->arena, struct by_hand);
	if (words->n == words->alloc) {
		struct hand *list;

		words->alloc = words->alloc ? 2 * words->alloc : 16;
		list = ARENA_ARRAY(&session->arena, struct hand, words->alloc);
		for (size_t i = 0; i < words->n; i++)
			list[i] = words->list[i];
		words->list = list;
	}
	words->list[words->n++] = (struct hand){ arena_strdup(&session->arena, step), word };
}

enum hand_word by_hand_of(const struct session *session, const struct node *node)
{
	const struct by_hand *words = session->by_hand;

	for (size_t i = words ? words->n : 0; i-- > 0;) {
		if (plan_is_meant(session->plan, node, words->list[i].step))
			return words->list[i].word;
	}
	return HAND_NONE;
}

const struct hand *by_hand_new(const struct session *session, size_t i)
{
	const struct by_hand *words = session->by_hand;

	return words && words->n_past + i < words->n ? &words->list[words->n_past + i] : NULL;
}

/* ---- From the past ---- */

static bool is_escalated(const struct step_state *step)
{
	return step->wait && wait_is_escalation(step->wait->kind) &&
	       !step_status_is_final(step->status);
}

static void take_past(struct session *session, const struct run_state *past)
{
	for (size_t i = 0; i < past->steps.n; i++) {
		const struct step_state *step = past->steps.v[i];

		const struct rollback_state *rollback = state_rolled_back(past, step);

		if (step->status == STEP_UNKNOWN)
			by_hand_add(session, step->id, HAND_UNKNOWN);
		else if (is_escalated(step) && !step->answer &&
			 !(step->hand && strcmp(step->hand, "skip") == 0))
			by_hand_add(session, step->id, HAND_ESCALATED);
		else if (is_escalated(step) && step->answer &&
			 strcmp(step->answer->word, "reject") == 0)
			by_hand_add(session, step->id, HAND_REJECTED);
		else if (step->hand && strcmp(step->hand, "skip") == 0)
			by_hand_add(session, step->id, HAND_SKIP);
		else if (rollback && !step->is_group)
			by_hand_add(session, step->id,
				    rollback->n_undeclared ? HAND_REDO : HAND_BRING_BACK);
		else if (step->hand && strcmp(step->hand, "done") == 0)
			by_hand_add(session, step->id, HAND_DONE);
		else if (step->status == STEP_PASSED && step->is_once)
			by_hand_add(session, step->id, HAND_PASSED);
	}
	if (session->by_hand)
		session->by_hand->n_past = session->by_hand->n;
}

/* ---- From the options ---- */

bool by_hand_knows(const struct session *session, const char *step)
{
	const char *bracket = strchr(step, '[');
	const struct step *group;

	if (plan_node(session->plan, step) || workflow_step(session->wf, step))
		return true;
	if (!bracket)
		return false;
	group = strmap_get_n(&session->wf->step_ids, step, (size_t)(bracket - step));
	return group && group->foreach && group->foreach->is_dynamic;
}

static int no_such_step(const struct session *session, const char *step, struct err *err)
{
	const char *nearest = strmap_nearest(&session->plan->by_id, step);

	if (nearest)
		return err_set(err, ERR_USAGE, "workflow '%s' has no step '%s'; did you mean '%s'?",
			       session->wf->id, step, nearest);
	return err_set(err, ERR_USAGE, "workflow '%s' has no step '%s'", session->wf->id, step);
}

static void retry_all(struct session *session, const struct run_state *past)
{
	for (size_t i = 0; i < past->steps.n; i++) {
		const struct step_state *step = past->steps.v[i];

		if (!step->is_group &&
		    (step->status == STEP_FAILED || step->status == STEP_CANCELLED ||
		     step->status == STEP_UNKNOWN))
			by_hand_add(session, step->id, HAND_RETRY);
	}
}

static bool is_below(const struct session *session, const struct node *node, const bool *below,
		     const char *step)
{
	if (plan_is_meant(session->plan, node, step))
		return true;
	for (size_t i = 0; i < node->deps.n; i++) {
		if (below[node->deps.v[i].from] &&
		    session->plan->nodes.v[node->deps.v[i].from]->is_selected)
			return true;
	}
	return false;
}

static void retry_below(struct session *session, const char *step)
{
	const struct plan *plan = session->plan;
	bool *below = ARENA_ARRAY(&session->arena, bool, plan->nodes.n + 1);
	uint32_t *order;
	size_t n;

	plan_topological(plan, &session->arena, &order, &n);
	for (size_t i = 0; i < n; i++) {
		const struct node *node = plan->nodes.v[order[i]];

		below[node->index] = is_below(session, node, below, step);
		/* Of a foreach that is spread out already, its items have been said. */
		if (below[node->index] && (node->kind == NODE_STEP || !node->is_expanded))
			by_hand_add(session, node->id, HAND_RETRY);
	}
}

int by_hand_begin(struct session *session, const struct run_options *options, struct err *err)
{
	session->by_hand = NULL;
	for (size_t i = 0; i < options->n_hands; i++) {
		if (!by_hand_knows(session, options->hands[i].step))
			return no_such_step(session, options->hands[i].step, err);
		by_hand_add(session, options->hands[i].step, options->hands[i].word);
	}
	return 0;
}

int by_hand_load(struct session *session, const struct run_options *options,
		 const struct run_state *past, struct err *err)
{
	session->by_hand = NULL;
	take_past(session, past);
	answers_load(session, past);
	for (size_t i = 0; i < options->n_hands; i++) {
		const struct hand *hand = &options->hands[i];

		if (*hand->step && !by_hand_knows(session, hand->step))
			return no_such_step(session, hand->step, err);
		if (!*hand->step)
			retry_all(session, past);
		else if (hand->word == HAND_FROM)
			retry_below(session, hand->step);
		else
			by_hand_add(session, hand->step, hand->word);
	}
	return 0;
}
