/*
 * See door_impl.h.
 */
#include "door_impl.h"

#include "results_impl.h"
#include "scope_impl.h"

static uint32_t find_bad(struct session *session, const struct node *group)
{
	for (size_t i = 0; i < group->deps.n; i++) {
		const struct edge *edge = &group->deps.v[i];

		if (edge->kind != EDGE_ITEM && !edge->is_inherited &&
		    session->plan->nodes.v[edge->from]->is_selected &&
		    results_is_bad(session_result(session, edge->from)))
			return edge->from;
	}
	return WF_NONE;
}

static int evaluate(struct session *session, const struct node *group, bool *is_open,
		    struct err *err)
{
	struct value value;

	if (expr_eval(group->step->cond,
		      scope_enter(session->scope, group->step, group->each, group->n_each, group),
		      &session->arena, &value, err) < 0)
		return err_wrap(err, "if of '%s'", group->id);
	*is_open = value_is_true(&value);
	return 0;
}

static int try_door(struct session *session, const struct node *group, struct err *err)
{
	struct node_result *result = session_result(session, group->index);
	const struct expr *cond = group->step->cond;
	uint32_t bad = find_bad(session, group);
	bool is_open = true;

	result->shut_by = WF_NONE;
	if (bad != WF_NONE && !(cond && expr_uses_status_call(cond))) {
		result->shut_by = bad;
		is_open = false;
	} else if (cond && evaluate(session, group, &is_open, err) < 0) {
		return -1;
	}
	result->door = is_open ? DOOR_OPEN : DOOR_SHUT;
	return 0;
}

static void say_why(struct session *session, const struct node *group, struct door_answer *answer)
{
	answer->is_open = false;
	answer->shut_by = session_result(session, group->index)->shut_by;
	if (answer->shut_by != WF_NONE)
		answer->reason = (struct reason){
			.kind = REASON_UPSTREAM_FAILED,
			.subject = session->plan->nodes.v[answer->shut_by]->id,
		};
	else
		answer->reason = (struct reason){
			.kind = REASON_CONDITION_FALSE,
			.subject = expr_source(group->step->cond),
		};
}

static int ask(struct session *session, uint32_t at, struct door_answer *answer, struct err *err)
{
	const struct node *group;

	if (at == WF_NONE)
		return 0;
	group = session->plan->nodes.v[at];
	if (ask(session, group->parent, answer, err) < 0)
		return -1;
	if (!answer->is_open)
		return 0;
	if (session_result(session, at)->door == DOOR_UNKNOWN && try_door(session, group, err) < 0)
		return -1;
	if (session_result(session, at)->door == DOOR_SHUT)
		say_why(session, group, answer);
	return 0;
}

int door_ask(struct session *session, const struct node *node, struct door_answer *answer,
	     struct err *err)
{
	*answer = (struct door_answer){ .is_open = true, .shut_by = WF_NONE };
	return ask(session, node->parent, answer, err);
}
