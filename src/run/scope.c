/*
 * Names to values: one small function a namespace, in a table.
 */
#include "scope_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "batch_impl.h"
#include "changed_impl.h"
#include "ext/hash.h"
#include "failure_impl.h"
#include "git/cmd.h"
#include "include_impl.h"
#include "metrics_impl.h"
#include "notifying_impl.h"
#include "results_impl.h"
#include "secrets_impl.h"
#include "sys/fs.h"
#include "trigger_scope_impl.h"

struct scope {
	struct session *session;
	struct expr_env env;
	struct scope_place at;
	struct arena *seen_arena;
	VEC(struct var_value **) vars; /* by instance, by unit; each evaluated once */
	bool is_cancelled;
};

enum { VAR_UNKNOWN, VAR_BUSY, VAR_KNOWN };

struct var_value {
	struct value value;
	uint8_t state;
};

/* The file whose names are meant. */
static const struct unit *unit_of(const struct scope *scope)
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
	if (unit_of(scope)->outer) {
		if (with_get(scope->session, scope->at.instance, unit_of(scope), ref->path[0],
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
	const struct unit *unit = unit_of(scope);

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
	const struct workflow *wf = unit_of(scope)->wf;
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

static bool is_secret(const struct scope *scope, const struct expr_ref *ref)
{
	const struct param *param;

	if (ref->ns == NS_SECRET)
		return true;
	if (ref->ns != NS_PARAMS || ref->n_path == 0)
		return false;
	param = workflow_param(unit_of(scope)->wf, ref->path[0]);
	return param && param->secret;
}

static const char *keyed_digest(const struct scope *scope, const char *text, size_t len)
{
	const struct hash_secret *secret = scope->session->stat
						   ? statcache_secret(scope->session->stat)
						   : NULL;
	struct digest digest = hash_bytes(secret, text, len);
	char hex[DIGEST_HEX_LEN + 1];

	digest_to_hex(&digest, hex);
	return arena_printf(scope->seen_arena, "secret:%s", hex);
}

static void write_down(struct scope *scope, const struct expr_ref *ref, unsigned used,
		       const struct value *value)
{
	CLEANUP(strbuf_release)
	struct strbuf name = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct fact_pair pair = { 0 };

	strbuf_addstr(&name, expr_ns_names[ref->ns]);
	for (unsigned i = 0; i < used && i < ref->n_path; i++)
		strbuf_addf(&name, ref->path_is_index[i] ? "[%s]" : ".%s", ref->path[i]);
	for (size_t i = 0; i < scope->at.seen->pairs.n; i++) {
		if (strcmp(scope->at.seen->pairs.v[i].name, name.buf) == 0)
			return;
	}
	pair.name = arena_strdup(scope->seen_arena, name.buf);
	if (value->kind != VALUE_NULL) {
		value_to_text(value, &text);
		pair.value = is_secret(scope, ref)
				     ? keyed_digest(scope, strbuf_str(&text), text.len)
				     : arena_strndup(scope->seen_arena, strbuf_str(&text),
						     text.len);
	}
	vec_push(&scope->at.seen->pairs, pair);
}

static int scope_lookup(void *data, const struct expr_ref *ref, struct value *out, unsigned *used,
			struct err *err)
{
	struct scope *scope = data;

	if (lookups[ref->ns](scope, ref, out, used, err) < 0)
		return -1;
	/* What a group puts into the environment of its steps counts as their environment. */
	if (scope->at.seen && !(scope->at.step && scope->at.step->group))
		write_down(scope, ref, *used, out);
	return 0;
}

static int scope_call(void *data, enum expr_call call, const char *arg, bool *out, struct err *err)
{
	struct scope *scope = data;
	struct session *session = scope->session;
	struct file_id id;
	int absent;

	switch (call) {
	case CALL_SUCCESS:
		*out = !scope->is_cancelled && !results_upstream_failed(session, scope->at.node);
		return 0;
	case CALL_FAILURE: *out = results_upstream_failed(session, scope->at.node); return 0;
	case CALL_CANCELLED: *out = scope->is_cancelled; return 0;
	case CALL_EXISTS:
		session->is_volatile = true;
		absent = fs_stat(session->layout.root_fd, arg, &id, err);
		*out = absent == 0;
		return absent < 0 ? -1 : 0;
	case CALL_CHANGED:
		if (trigger_changed(session, arg, out))
			return 0;
		session->is_volatile = true;
		return changed_since_last_pass(session, arg, out, err);
	}
	BUG("unknown call %d", (int)call);
}

struct scope *scope_new(struct session *session)
{
	struct scope *scope = xcalloc(1, sizeof *scope);

	scope->session = session;
	scope->env = (struct expr_env){ scope, scope_lookup, scope_call };
	return scope;
}

void scope_free(struct scope *scope)
{
	if (scope)
		vec_release(&scope->vars);
	free(scope);
}

const struct expr_env *scope_enter(struct scope *scope, const struct step *step,
				   const struct binding *each, size_t n_each,
				   const struct node *node)
{
	scope->at = (struct scope_place){ .step = step,
					  .each = each,
					  .n_each = n_each,
					  .node = node,
					  .instance = node ? node->instance : NULL,
					  .seen = scope->at.seen };
	return &scope->env;
}

const struct expr_env *scope_enter_around(struct scope *scope, const struct step *step,
					  const struct node *node)
{
	const struct node *at = node;

	while (at && at->step != step)
		at = plan_around(scope->session->plan, at);
	scope_enter(scope, step, at ? at->each : NULL, at ? at->n_each : 0, node);
	scope->at.instance = at ? at->instance : NULL;
	return &scope->env;
}

const struct expr_env *scope_enter_plan(struct scope *scope, const struct node *node)
{
	return scope_enter_instance(scope, node->step, node->instance, node);
}

const struct expr_env *scope_enter_instance(struct scope *scope, const struct step *step,
					    const struct instance *instance,
					    const struct node *each_of)
{
	scope_enter(scope, step, each_of ? each_of->each : NULL, each_of ? each_of->n_each : 0,
		    NULL);
	scope->at.instance = instance;
	return &scope->env;
}

struct scope_place scope_leave(struct scope *scope)
{
	struct scope_place place = scope->at;

	scope->at.seen = NULL;
	return place;
}

void scope_return(struct scope *scope, const struct scope_place *place)
{
	scope->at = *place;
}

void scope_observe(struct scope *scope, struct scope_seen *seen, struct arena *arena)
{
	scope->at.seen = seen;
	scope->seen_arena = arena;
}

void scope_set_cancelled(struct scope *scope, bool is_cancelled)
{
	scope->is_cancelled = is_cancelled;
}
