/*
 * What steps have to say to expressions.
 */
#include "results_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct value field_fn(const struct node_result *result);

static struct value field_status(const struct node_result *result)
{
	return value_string(step_status_name(result->status));
}

static struct value field_verdict(const struct node_result *result)
{
	return value_string(verdict_name(result->verdict));
}

static struct value field_exit_code(const struct node_result *result)
{
	return value_number(result->exit_code);
}

static struct value field_duration(const struct node_result *result)
{
	return value_number((double)result->duration_ms / 1000);
}

static struct value field_attempts(const struct node_result *result)
{
	return value_number(result->attempts);
}

static struct value field_stdout(const struct node_result *result)
{
	return value_string(result->stdout_tail ? result->stdout_tail : "");
}

static const struct {
	const char *name;
	field_fn *get;
	bool is_of_this_run; /* another run has another answer, though nothing changed */
} fields[] = {
	{ "status", field_status, false },	 { "verdict", field_verdict, true },
	{ "exit_code", field_exit_code, false }, { "duration", field_duration, false },
	{ "attempts", field_attempts, true },	 { "stdout", field_stdout, false },
};

/* What a step did not hand on is null: `default(steps.x.outputs.y, …)`. */
static struct value output_value(const struct node_result *result, const char *name)
{
	const char *value = stepout_get(&result->values, name);

	return value ? value_string(value) : value_null();
}

void results_hand_on(struct session *session, struct node_result *result, struct stepout values)
{
	result->values = values;
	result->handed_on = values.n ? ++session->n_handed_on : 0;
}

struct value results_last_output(const struct session *session, const char *name)
{
	struct value value = value_null(), found;
	uint64_t last = 0;

	for (size_t i = 0; i < session->results.n; i++) {
		const struct node_result *result = &session->results.v[i];

		if (result->handed_on <= last)
			continue;
		found = output_value(result, name);
		if (found.kind == VALUE_NULL)
			continue;
		value = found;
		last = result->handed_on;
	}
	return value;
}

static struct value all_outputs(struct session *session, const struct node_result *result)
{
	size_t n = result->values.n;
	struct value *items = ARENA_ARRAY(&session->arena, struct value, n + 1);
	const char **keys = ARENA_ARRAY(&session->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		keys[i] = result->values.pairs[i].name;
		items[i] = value_string(result->values.pairs[i].value);
	}
	return (struct value){ .kind = VALUE_MAP, .n = n, .items = items, .keys = keys };
}

/* steps.ID or steps.ID[i]: *used counts the members that name the node. */
static const struct node *find_node(struct session *session, const struct instance *at,
				    const struct step *from, const struct expr_ref *ref,
				    unsigned *used, struct err *err)
{
	const struct step *step;
	const struct node *node;

	if (ref->n_path == 0 || !session->plan) {
		err_set(err, ERR_VALUE, "results of steps are not known here");
		return NULL;
	}
	step = workflow_step_from(session->wf, from, ref->path[0]);
	node = step ? plan_node_of(session->plan, at, step)
		    : plan_node(session->plan, ref->path[0]);
	*used = 1;
	if (!node) {
		err_set(err, ERR_VALUE, "no step '%s' in this run", ref->path[0]);
		return NULL;
	}
	if (ref->n_path > 1 && ref->path_is_index[1] && node->kind == NODE_FOREACH) {
		unsigned long index = strtoul(ref->path[1], NULL, 10);

		if (index >= node->n_items) {
			err_set(err, ERR_VALUE, "step '%s' has %u items, so no item %lu",
				ref->path[0], node->n_items, index);
			return NULL;
		}
		node = plan_item(session->plan, node, (uint32_t)index);
		*used = 2;
	}
	return node;
}

int results_lookup(struct session *session, const struct instance *at, const struct step *from,
		   const struct expr_ref *ref, struct value *out, unsigned *used, struct err *err)
{
	const struct node *node = find_node(session, at, from, ref, used, err);

	return node ? results_lookup_node(session, node, ref, *used, out, used, err) : -1;
}

int results_lookup_node(struct session *session, const struct node *node,
			const struct expr_ref *ref, unsigned at, struct value *out, unsigned *used,
			struct err *err)
{
	const struct node_result *result = session_result(session, node->index);
	const char *word;

	*used = at;
	if (!node->is_selected && !result->is_known && node->kind == NODE_STEP)
		return err_set(err, ERR_VALUE,
			       "step '%s' is not part of this run, and nothing is remembered of it",
			       node->id);
	word = *used < ref->n_path ? ref->path[*used] : "";
	if (strcmp(word, "outputs") == 0) {
		(*used)++;
		if (*used == ref->n_path) {
			*out = all_outputs(session, result);
			return 0;
		}
		*out = output_value(result, ref->path[(*used)++]);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(word, fields[i].name) == 0) {
			session->is_volatile |= fields[i].is_of_this_run;
			(*used)++;
			*out = fields[i].get(result);
			return 0;
		}
	}
	return err_set(err, ERR_VALUE, "'steps.%s' has no '%s'", node->id, word);
}

bool results_is_bad(const struct node_result *result)
{
	switch (result->status) {
	case STEP_FAILED:
	case STEP_CANCELLED:
	case STEP_UNKNOWN: return true;
	case STEP_SKIPPED: return !result->skipped_by_if;
	default: return false;
	}
}

bool results_any_executed(const struct session *session)
{
	for (size_t i = 0; i < session->results.n; i++)
		if (session->results.v[i].did_execute)
			return true;
	return false;
}

/* What it comes to is said by the group. */
static bool is_in_race(const struct plan *plan, const struct node *node)
{
	while (node->parent != WF_NONE) {
		node = plan->nodes.v[node->parent];
		if (node->is_selected && node->step->group->wait_for != WAIT_FOR_ALL)
			return true;
	}
	return false;
}

bool results_upstream_failed(struct session *session, const struct node *node)
{
	if (node && node->step->called && node->step->called->caller != WF_NONE) {
		const struct step *caller = &session->wf->steps[node->step->called->caller];

		return results_is_bad(session_result(
			session, plan_node_of(session->plan, node->instance, caller)->index));
	}
	if (!node || node->is_finally) {
		for (size_t i = 0; i < session->plan->nodes.n; i++) {
			if (session->plan->nodes.v[i]->is_selected && (!node || i != node->index) &&
			    !is_in_race(session->plan, session->plan->nodes.v[i]) &&
			    results_is_bad(session_result(session, (uint32_t)i)))
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < node->deps.n; i++) {
		uint32_t from = node->deps.v[i].from;

		if (!node->deps.v[i].is_inherited && session->plan->nodes.v[from]->is_selected &&
		    results_is_bad(session_result(session, from)))
			return true;
	}
	return false;
}

/* Of a group's items: what failed says more than what was not run because of it. */
static int badness(const struct node_result *result)
{
	if (!results_is_bad(result))
		return 0;
	switch (result->status) {
	case STEP_FAILED: return 4;
	case STEP_UNKNOWN: return 3;
	case STEP_CANCELLED: return 2;
	default: return 1;
	}
}

static void fold_item(struct node_result *group, const struct node_result *item, bool *any_passed)
{
	if (badness(item) > badness(group))
		group->status = item->status;
	*any_passed |= item->status == STEP_PASSED;
	group->duration_ms += item->duration_ms;
	group->did_execute |= item->did_execute;
	group->is_uncertain |= item->is_uncertain;
}

void results_fold_group(struct session *session, const struct node *group)
{
	struct node_result *result = session_result(session, group->index);
	struct node_result folded = { .status = STEP_PASSED, .is_known = true };
	bool any_passed = group->n_items == 0;
	size_t n_outputs = 0;
	struct entry *outputs;

	folded.verdict = VERDICT_CACHED;
	for (uint32_t i = 0; i < group->n_items; i++) {
		const struct node_result *item = session_result(
			session, plan_item(session->plan, group, i)->index);

		fold_item(&folded, item, &any_passed);
		n_outputs += item->n_outputs;
	}
	if (folded.status == STEP_PASSED && !any_passed) {
		folded.status = STEP_SKIPPED;
		folded.skipped_by_if = true;
		folded.verdict = VERDICT_SKIP;
	}
	if (folded.did_execute)
		folded.verdict = VERDICT_RUN;
	outputs = ARENA_ARRAY(&session->arena, struct entry, n_outputs + 1);
	for (uint32_t i = 0; i < group->n_items; i++) {
		const struct node_result *item = session_result(
			session, plan_item(session->plan, group, i)->index);

		if (item->n_outputs)
			memcpy(outputs + folded.n_outputs, item->outputs,
			       item->n_outputs * sizeof *outputs);
		folded.n_outputs += item->n_outputs;
	}
	folded.outputs = outputs;
	folded.door = result->door;
	folded.shut_by = result->shut_by;
	*result = folded;
}
