/*
 * Names to values: one small function a namespace, in a table.
 */
#include "scope_names_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "batch_impl.h"
#include "failure_impl.h"
#include "git/cmd.h"
#include "include_impl.h"
#include "metrics_impl.h"
#include "notifying_impl.h"
#include "results_impl.h"
#include "secrets_impl.h"
#include "trigger_scope_impl.h"

enum { VAR_UNKNOWN, VAR_BUSY, VAR_KNOWN };

struct var_value {
	struct value value;
	uint8_t state;
};

const struct unit *scope_unit(const struct scope *scope)
{
	return scope->at.step ? scope->at.step->unit : scope->session->wf->units[0];
}

typedef int lookup_fn(struct scope *scope, const struct expr_ref *ref, struct value *out,
		      unsigned *used, struct err *err);

static int unknown_member(const struct expr_ref *ref, struct err *err)
{
	return err_set(err, ERR_VALUE, "'%s' has no '%s'", expr_ns_names[ref->ns],
		       ref->n_path ? ref->path[0] : "");
}

static int lookup_params(struct scope *scope, const struct expr_ref *ref, struct value *out,
			 unsigned *used, struct err *err)
{
	const struct param_value *param;

	if (ref->n_path == 0)
		return unknown_member(ref, err);
	if (scope_unit(scope)->outer) {
		if (with_get(scope->session, scope->at.instance, scope_unit(scope), ref->path[0],
			     &param, err) < 0)
			return -1;
	} else {
		param = param_set_get(&scope->session->params, ref->path[0], strlen(ref->path[0]));
	}
	if (!param)
		return unknown_member(ref, err);
	*out = param->value;
	*used = 1;
	return 0;
}

static int lookup_env(struct scope *scope, const struct expr_ref *ref, struct value *out,
		      unsigned *used, struct err *err)
{
	const char *value;

	if (ref->n_path == 0)
		return unknown_member(ref, err);
	value = env_get(&scope->session->env, ref->path[0]);
	if (scope->session->basis)
		planfile_add_env(scope->session->basis, ref->path[0], value);
	*out = value_string(value);
	*used = 1;
	return 0;
}

/* The same value for every step, and the same facts for the first that asks as for the others. */
static int evaluate_var(struct scope *scope, const struct var *var, struct var_value *known,
			struct err *err)
{
	struct scope_place place = scope_leave(scope);
	int rc;

	if (known->state == VAR_BUSY)
		return err_set(err, ERR_VALUE, "variable '%s' refers to itself", var->name);
	known->state = VAR_BUSY;
	scope->at = (struct scope_place){ .step = place.step, .instance = place.instance };
	rc = expr_eval(var->expr, &scope->env, &scope->session->arena, &known->value, err);
	scope_return(scope, &place);
	known->state = rc < 0 ? VAR_UNKNOWN : VAR_KNOWN;
	return rc < 0 ? err_wrap(err, "variable '%s'", var->name) : 0;
}

static struct var_value *vars_of(struct scope *scope, const struct unit *unit)
{
	const struct instance *home = with_home(scope->session->wf, scope->at.instance, unit);
	struct arena *arena = &scope->session->arena;
	size_t number = home ? home->number : 0, n = scope->session->wf->n_units;
	struct var_value ***all;

	while (scope->vars.n <= number)
		vec_push(&scope->vars, ARENA_ARRAY(arena, struct var_value *, n));
	all = &scope->vars.v[number];
	if (!(*all)[unit->index])
		(*all)[unit->index] = ARENA_ARRAY(arena, struct var_value, unit->wf->n_vars + 1);
	return (*all)[unit->index];
}

static int lookup_vars(struct scope *scope, const struct expr_ref *ref, struct value *out,
		       unsigned *used, struct err *err)
{
	const struct unit *unit = scope_unit(scope);

	for (size_t i = 0; ref->n_path > 0 && i < unit->wf->n_vars; i++) {
		const struct var *var = &unit->wf->vars[i];
		struct var_value *known = &vars_of(scope, unit)[i];

		if (strcmp(var->name, ref->path[0]) != 0)
			continue;
		if (known->state != VAR_KNOWN && evaluate_var(scope, var, known, err) < 0)
			return -1;
		*out = known->value;
		*used = 1;
		return 0;
	}
	return unknown_member(ref, err);
}

static int lookup_each(struct scope *scope, const struct expr_ref *ref, struct value *out,
		       unsigned *used, struct err *err)
{
	for (size_t i = 0; ref->n_path > 0 && i < scope->at.n_each; i++) {
		if (strcmp(scope->at.each[i].name, ref->path[0]) != 0)
			continue;
		*out = value_string(scope->at.each[i].value);
		*used = 1;
		return 0;
	}
	return unknown_member(ref, err);
}

static int lookup_steps(struct scope *scope, const struct expr_ref *ref, struct value *out,
			unsigned *used, struct err *err)
{
	const struct node *self = scope->at.node;

	/* `ensures`: an item of a foreach means itself by its step's id. */
	if (self && self->group != WF_NONE && scope->at.step == self->step && ref->n_path &&
	    step_is_called(self->step, ref->path[0]) && !(ref->n_path > 1 && ref->path_is_index[1]))
		return results_lookup_node(scope->session, self, ref, 1, out, used, err);
	return results_lookup(scope->session, scope->at.instance, scope->at.step, ref, out, used,
			      err);
}

static int lookup_workflow(struct scope *scope, const struct expr_ref *ref, struct value *out,
			   unsigned *used, struct err *err)
{
	const struct workflow *wf = scope_unit(scope)->wf;
	const char *word = ref->n_path ? ref->path[0] : "";

	*used = 1;
	if (strcmp(word, "id") == 0)
		*out = value_string(wf->id);
	else if (strcmp(word, "name") == 0)
		*out = value_string(wf->name ? wf->name : wf->id);
	else if (strcmp(word, "version") == 0)
		*out = value_string(wf->version);
	else if (strcmp(word, "file") == 0)
		*out = value_string(wf->file);
	else
		return unknown_member(ref, err);
	return 0;
}

static int lookup_run(struct scope *scope, const struct expr_ref *ref, struct value *out,
		      unsigned *used, struct err *err)
{
	const char *word = ref->n_path ? ref->path[0] : "";

	scope->session->is_volatile = true;
	if (ref->n_path > 1 && strcmp(word, "outputs") == 0) {
		*out = results_last_output(scope->session, ref->path[1]);
		*used = 2;
		return 0;
	}
	*used = 1;
	if (strcmp(word, "id") == 0)
		*out = value_string(scope->session->run_id);
	else if (strcmp(word, "has_agent") == 0)
		*out = value_bool(scope->session->agent_command != NULL);
	else
		return notifying_lookup(scope->session, word, out, err);
	return 0;
}

static int git_answer(struct scope *scope, const char *const *args, struct strbuf *out,
		      struct err *err)
{
	struct git_cmd cmd = { .repo = &scope->session->repo, .args = args };
	int exit_code = 0;

	if (git_run(&cmd, out, &exit_code, err) < 0)
		return -1;
	if (exit_code != 0)
		strbuf_clear(out);
	while (out->len > 0 && out->buf[out->len - 1] == '\n')
		strbuf_setlen(out, out->len - 1);
	return 0;
}

static int lookup_git(struct scope *scope, const struct expr_ref *ref, struct value *out,
		      unsigned *used, struct err *err)
{
	static const char *const tag_args[] = { "describe", "--tags", "--exact-match", NULL };
	static const char *const dirty_args[] = { "status", "--porcelain", NULL };
	const char *word = ref->n_path ? ref->path[0] : "";
	struct arena *arena = &scope->session->arena;
	CLEANUP(strbuf_release)
	struct strbuf answer = STRBUF_INIT;
	const char *commit, *branch;
	int rc;

	*used = 1;
	rc = trigger_git(scope->session, word, out, err);
	if (rc > 0 && out->kind == VALUE_LIST)
		batch_part(scope->session, scope->at.each, scope->at.n_each, out);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	scope->session->is_volatile = true;
	if (strcmp(word, "tag") == 0) {
		if (git_answer(scope, tag_args, &answer, err) < 0)
			return -1;
		*out = answer.len ? value_string(arena_strdup(arena, answer.buf)) : value_null();
		return 0;
	}
	if (strcmp(word, "dirty") == 0) {
		if (git_answer(scope, dirty_args, &answer, err) < 0)
			return -1;
		*out = value_bool(answer.len > 0);
		return 0;
	}
	if (strcmp(word, "sha") != 0 && strcmp(word, "branch") != 0)
		return unknown_member(ref, err);
	if (repo_head(scope->session->user, arena, &commit, &branch, err) < 0)
		return -1;
	if (word[0] == 'b')
		*out = value_string(branch);
	else
		*out = commit && *commit ? value_string(commit) : value_null();
	return 0;
}

static int lookup_event(struct scope *scope, const struct expr_ref *ref, struct value *out,
			unsigned *used, struct err *err)
{
	if (ref->n_path == 0)
		return unknown_member(ref, err);
	*used = 1;
	*out = trigger_event(scope->session, ref->path[0]);
	return 0;
}

static int lookup_error(struct scope *scope, const struct expr_ref *ref, struct value *out,
			unsigned *used, struct err *err)
{
	if (ref->n_path == 0)
		return unknown_member(ref, err);
	*used = 1;
	return failure_lookup(scope->session, scope->at.node, ref->path[0], out, err);
}

static int lookup_metrics(struct scope *scope, const struct expr_ref *ref, struct value *out,
			  unsigned *used, struct err *err)
{
	if (ref->n_path == 0)
		return unknown_member(ref, err);
	*used = 1;
	return metrics_lookup(scope->session, ref->path[0], out, err);
}

/* Where nothing is to run, and the value decides nothing, nobody is bothered for it. */
static bool is_only_shown(const struct scope *scope)
{
	return !scope->session->begun_ms && scope->at.node &&
	       !step_is_cacheable(scope->at.node->step);
}

static int lookup_secret(struct scope *scope, const struct expr_ref *ref, struct value *out,
			 unsigned *used, struct err *err)
{
	const char *value = "***";

	if (ref->n_path == 0)
		return unknown_member(ref, err);
	scope->session->is_volatile = true; /* it may be another one next time */
	if (!is_only_shown(scope) && secret_fetch(scope->session, ref->path[0], &value, err) < 0)
		return -1;
	*out = value_string(value);
	*used = 1;
	return 0;
}

/* Names that an action gives a meaning are looked up there. */
static int lookup_local(struct scope *scope UNUSED, const struct expr_ref *ref,
			struct value *out UNUSED, unsigned *used UNUSED, struct err *err)
{
	return err_set(err, ERR_VALUE, "'%s' is not known here", ref->path[0]);
}

static lookup_fn *const lookups[NS_COUNT] = {
	[NS_PARAMS] = lookup_params,	 [NS_ENV] = lookup_env,	    [NS_VARS] = lookup_vars,
	[NS_EACH] = lookup_each,	 [NS_EVENT] = lookup_event, [NS_STEPS] = lookup_steps,
	[NS_WORKFLOW] = lookup_workflow, [NS_RUN] = lookup_run,	    [NS_ERROR] = lookup_error,
	[NS_METRICS] = lookup_metrics,	 [NS_GIT] = lookup_git,	    [NS_SECRET] = lookup_secret,
	[NS_LOCAL] = lookup_local,
};

int scope_find(struct scope *scope, const struct expr_ref *ref, struct value *out, unsigned *used,
	       struct err *err)
{
	return lookups[ref->ns](scope, ref, out, used, err);
}
