/*
 * What expressions see in a case: parameters, environment, foreach values, results of steps.
 */
#ifndef TESTS_PLAN_SCOPE_H
#define TESTS_PLAN_SCOPE_H

#include <stdio.h>

#include "base/err.h"
#include "event/status.h"
#include "model/expr.h"
#include "model/param.h"
#include "plan/judge.h"
#include "plan/world.h"

struct result { /* of one node, in the run that is simulated */
	enum step_status status;
	enum verdict verdict;
	bool did_execute;
	uint64_t start_ms, end_ms;
	const struct record *record;
	const char *why;
};

struct scope {
	struct world *world;
	const struct workflow *wf;
	struct param_set params;
	const struct plan *plan; /* NULL while it is made */
	VEC(struct result) results;
	const struct step *step; /* whose names are meant, or NULL */
	const struct binding *each;
	size_t n_each;
	const struct node *node; /* whose condition is asked, or NULL */
	struct expr_env env;
};

static inline bool result_is_bad(const struct result *result)
{
	return result->status == STEP_FAILED || result->status == STEP_CANCELLED;
}

static inline int scope_step_value(struct scope *scope, const struct expr_ref *ref,
				   const struct node *node, struct value *out, unsigned *used)
{
	const struct result *result = &scope->results.v[node->index];
	const struct record *record = result->record;
	size_t i;

	*used = 2;
	*out = value_null();
	if (!strcmp(ref->path[1], "status"))
		*out = value_string(step_status_name(result->status));
	else if (!strcmp(ref->path[1], "verdict"))
		*out = value_string(verdict_name(result->verdict));
	else if (!strcmp(ref->path[1], "exit_code"))
		*out = value_number(record ? record->exit_code : 0);
	else if (!strcmp(ref->path[1], "stdout"))
		*out = value_string(record && record->stdout_tail ? record->stdout_tail : "");
	else if (!strcmp(ref->path[1], "outputs") && ref->n_path > 2) {
		*used = 3;
		for (i = 0; record && i < record->values.n; i++)
			if (!strcmp(record->values.pairs[i].name, ref->path[2]))
				*out = value_string(record->values.pairs[i].value);
	}
	return 0;
}

static inline int scope_lookup(void *data, const struct expr_ref *ref, struct value *out,
			       unsigned *used, struct err *err)
{
	struct scope *scope = data;
	const struct param_value *param;
	const struct step *step;
	const struct node *node;
	size_t i;

	*used = 1;
	*out = value_null();
	switch (ref->ns) {
	case NS_PARAMS:
		param = param_set_get(&scope->params, ref->path[0], strlen(ref->path[0]));
		if (param)
			*out = param->value;
		return 0;
	case NS_ENV: *out = value_string(strmap_get(&scope->world->env, ref->path[0])); return 0;
	case NS_EACH:
		for (i = 0; i < scope->n_each; i++)
			if (!strcmp(scope->each[i].name, ref->path[0]))
				*out = value_string(scope->each[i].value);
		return 0;
	case NS_VARS:
		for (i = 0; i < scope->wf->n_vars; i++)
			if (!strcmp(scope->wf->vars[i].name, ref->path[0]))
				return expr_eval(scope->wf->vars[i].expr, &scope->env,
						 &scope->world->arena, out, err);
		return 0;
	case NS_STEPS:
		step = workflow_step_from(scope->wf, scope->step, ref->path[0]);
		node = scope->plan && step && ref->n_path > 1 ? plan_node(scope->plan, step->id)
							      : NULL;
		return node ? scope_step_value(scope, ref, node, out, used) : 0;
	default:
		return err_set(err, ERR_VALUE, "'%s' is not part of a case",
			       expr_ns_names[ref->ns]);
	}
}

static inline bool scope_upstream_failed(const struct scope *scope)
{
	size_t i;

	for (i = 0; scope->plan && i < scope->plan->nodes.n; i++)
		if (scope->node && scope->node->is_finally != scope->plan->nodes.v[i]->is_finally &&
		    result_is_bad(&scope->results.v[i]))
			return true;
	for (i = 0; scope->node && i < scope->node->deps.n; i++)
		if (scope->results.v[scope->node->deps.v[i].from].status != STEP_PASSED)
			return true;
	return false;
}

static inline int scope_call(void *data, enum expr_call call, const char *arg, bool *out,
			     struct err *err)
{
	struct scope *scope = data;

	(void)err;
	*out = false;
	if (call == CALL_SUCCESS)
		*out = !scope_upstream_failed(scope);
	else if (call == CALL_FAILURE)
		*out = scope_upstream_failed(scope);
	else if (call == CALL_EXISTS)
		*out = world_entry(scope->world, arg).kind != ENTRY_ABSENT;
	return 0;
}

static inline const struct expr_env *scope_enter(void *data, const struct step *step,
						 const struct binding *each, size_t n_each)
{
	struct scope *scope = data;

	scope->step = step;
	scope->each = each;
	scope->n_each = n_each;
	return &scope->env;
}

static inline int scope_init(struct scope *scope, struct world *world, const struct workflow *wf,
			     struct err *err)
{
	size_t i;

	*scope = (struct scope){ .world = world, .wf = wf };
	scope->env = (struct expr_env){ scope, scope_lookup, scope_call };
	param_set_init(&scope->params, wf, &world->arena);
	for (i = 0; i < world->params.n; i++)
		if (param_set_assign(&scope->params, wf, world->params.entries[i].key,
				     world->params.entries[i].value, &world->arena, err) < 0)
			return -1;
	return param_set_finish(&scope->params, &world->arena, err);
}

static inline struct result *scope_result(struct scope *scope, uint32_t node)
{
	while (scope->results.n <= node)
		vec_push(&scope->results, ((struct result){ 0 }));
	return &scope->results.v[node];
}

#endif
