/*
 * Where names are looked up from, and what was seen of them. See scope_impl.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "changed_impl.h"
#include "ext/hash.h"
#include "results_impl.h"
#include "scope_names_impl.h"
#include "sys/fs.h"
#include "trigger_scope_impl.h"

static bool is_secret(const struct scope *scope, const struct expr_ref *ref)
{
	const struct param *param;

	if (ref->ns == NS_SECRET)
		return true;
	if (ref->ns != NS_PARAMS || ref->n_path == 0)
		return false;
	param = workflow_param(scope_unit(scope)->wf, ref->path[0]);
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

	if (scope_find(scope, ref, out, used, err) < 0)
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
