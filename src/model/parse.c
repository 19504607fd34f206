/*
 * From the text of a document to a workflow: the top of the file, and the order in which its parts
 * are read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/dialect.h"
#include "parse_impl.h"

enum { MAX_VARS = 256 };

static void read_vars(struct reader *reader, const struct schema_row *row,
		      const struct yaml_node *node, void *into)
{
	static const struct name_rule rule = { parse_is_name, "no name for a variable", NULL };
	struct workflow *wf = into;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	if (node->n_pairs > MAX_VARS) {
		diag_error(reader->diags, node->span, "more than %d variables", MAX_VARS);
		return;
	}
	wf->vars = ARENA_ARRAY(reader->arena, struct var, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		struct var *var = &wf->vars[wf->n_vars];

		if (!parse_pair_ok(reader, pair, &rule, "an expression"))
			continue;
		var->name = parse_copy(reader, &pair->key);
		var->span = pair->key.span;
		var->expr = parse_expr(reader, &pair->value);
		wf->n_vars++;
	}
}

static void read_env(struct reader *reader, const struct schema_row *row,
		     const struct yaml_node *node, void *into)
{
	parse_env(reader, row, node, into);
}

static void read_defaults(struct reader *reader, const struct schema_row *row,
			  const struct yaml_node *node, void *into)
{
	(void)into;
	if (node->kind != YAML_MAP)
		parse_wrong_type(reader, row, node);
	else
		parse_fields(reader, AT_DEFAULTS, node, &reader->defaults);
	reader->defaults.has_cache = false;
	for (size_t i = 0; i < reader->defaults.calls.n; i++)
		reader->defaults.calls.v[i].is_inherited = true;
}

static void read_order(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	*(bool *)into = parse_choice(reader, row, node) == 1;
}

static void read_pools(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	/* Each limit is read as a count with the pool's own name. */
	struct schema_row limit = { .place = AT_WORKFLOW, .type = TYPE_COUNT };
	struct workflow *wf = into;

	if (node->kind != YAML_MAP) {
		parse_wrong_type(reader, row, node);
		return;
	}
	wf->pools = ARENA_ARRAY(reader->arena, struct pool, node->n_pairs);
	for (size_t i = 0; i < node->n_pairs; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		struct pool *pool = &wf->pools[wf->n_pools];

		if (pair->key.kind == YAML_BAD || pair->value.kind == YAML_BAD)
			continue;
		limit.key = pair->key.text;
		pool->limit = 1;
		parse_by_type(reader, &limit, &pair->value, &pool->limit);
		pool->name = parse_copy(reader, &pair->key);
		pool->span = pair->key.span;
		wf->n_pools++;
	}
}

/* Steps, and what is run for gates, inherit from `defaults`, which may stand below them: they wait. */
static void keep_steps(struct reader *reader, const struct schema_row *row,
		       const struct yaml_node *node, void *into)
{
	const struct {
		const char *key;
		const struct yaml_node **keep;
	} keys[] = {
		{ "steps", &reader->steps },
		{ "finally", &reader->finally },
		{ "requires", &reader->requires },
		{ "ensures", &reader->ensures },
		{ "on_success", &reader->on_success },
		{ "on_failure", &reader->on_failure },
		{ "error_handlers", &reader->error_handlers },
	};

	(void)into;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(row->key, keys[i].key) == 0)
			*keys[i].keep = node;
}

#define WF(member) offsetof(struct workflow, member)

static const struct field workflow_fields[] = {
	{ "name", WF(name), NULL },
	{ "description", WF(description), NULL },
	{ "version", WF(version), NULL },
	{ "params", 0, parse_params },
	{ "vars", 0, read_vars },
	{ "env", WF(env), read_env },
	{ "pass_env", WF(env), parse_pass_env },
	{ "defaults", 0, read_defaults },
	{ "on", 0, parse_on },
	{ "order", WF(order_listed), read_order },
	{ "steps", 0, keep_steps },
	{ "finally", 0, keep_steps },
	{ "requires", 0, keep_steps },
	{ "ensures", 0, keep_steps },
	{ "on_success", 0, keep_steps },
	{ "on_failure", 0, keep_steps },
	{ "error_handlers", 0, keep_steps },
	{ "expected_duration", WF(expected_ms), NULL },
	{ "pools", 0, read_pools },
	{ "rollback", 0, parse_rollback },
	{ "concurrency", WF(concurrency), parse_concurrency },
	{ "rate", 0, parse_rate },
	{ "notify", WF(notify), parse_notifications },
	{ "timeout", WF(timeout_ms), NULL },
	{ "max_parallel", WF(max_parallel), NULL },
	{ "mode", WF(mode), parse_mode },
};

const struct field_table parse_workflow_fields = { ARRAY_SIZE(workflow_fields), workflow_fields };

static const struct field *find_field(const struct field_table *table, const char *key)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->fields[i].key, key) == 0)
			return &table->fields[i];
	return NULL;
}

/* Joins each row of the schema with the field that reads it. */
static void bind_rows(struct reader *reader)
{
	const struct field_table *tables[AT_PLACES] = {
		[AT_WORKFLOW] = &parse_workflow_fields,
		[AT_STEP] = &parse_step_fields,
		[AT_DEFAULTS] = &parse_defaults_fields,
		[AT_PARAM] = &parse_param_fields,
		[AT_RETRY] = &parse_retry_fields,
		[AT_CACHE] = &parse_cache_fields,
		[AT_FOREACH] = &parse_foreach_fields,
		[AT_ROLLBACK] = &parse_rollback_fields,
		[AT_CHECKPOINT] = &parse_checkpoint_fields,
		[AT_CONCURRENCY] = &parse_concurrency_fields,
		[AT_ASK] = &parse_ask_fields,
		[AT_COMMIT] = &parse_commit_fields,
		[AT_AGENT] = &parse_agent_fields,
		[AT_CONTAINER] = &parse_container_fields,
		[AT_BUILD] = &parse_build_fields,
		[AT_HTTP] = &parse_http_fields,
		[AT_HTTP_AUTH] = &parse_http_auth_fields,
		[AT_HTTP_BODY] = &parse_http_body_fields,
		[AT_HTTP_EXPECT] = &parse_http_expect_fields,
		[AT_DATABASE] = &parse_database_fields,
		[AT_NOTIFY] = &parse_notify_fields,
		[AT_NOTIFICATIONS] = &parse_notifications_fields,
		[AT_NOTIFY_RULE] = &parse_notify_rule_fields,
		[AT_OPEN] = &parse_open_fields,
		[AT_WINDOW] = &parse_window_fields,
		[AT_SCRIPT] = &parse_script_fields,
		[AT_LIMITS] = &parse_limits_fields,
		[AT_SANDBOX] = &parse_sandbox_fields,
		[AT_GATE] = &parse_gate_fields,
		[AT_GATE_FILE] = &parse_gate_file_fields,
		[AT_GATE_JSON] = &parse_gate_json_fields,
		[AT_GATE_MATCHES] = &parse_gate_matches_fields,
		[AT_GATE_BASELINE] = &parse_gate_baseline_fields,
		[AT_HANDLER] = &parse_handler_fields,
		[AT_ON_FAILURE] = &parse_on_failure_fields,
		[AT_ON] = &parse_on_fields,
		[AT_HOOK] = &parse_hook_fields,
	};
	struct bound *bounds = ARENA_ARRAY(&reader->scratch, struct bound, schema_n_rows);

	for (size_t i = 0; i < schema_n_rows; i++) {
		const struct schema_row *row = &schema_rows[i];

		bounds[i].row = row;
		bounds[i].field = find_field(tables[row->place], row->key);
		if (!bounds[i].field && !row->is_later)
			BUG("no reader for key '%s' of %s", row->key,
			    schema_place_name(row->place));
		strmap_put(&reader->keys[row->place], row->key, &bounds[i]);
	}
}

void reader_init(struct reader *reader, struct arena *arena, struct workflow *wf,
		 struct diags *diags)
{
	memset(reader, 0, sizeof *reader);
	reader->arena = arena;
	reader->diags = diags;
	reader->wf = wf;
	reader->defaults.step.slots = 1;
	reader->defaults.step.pool.index = WF_NONE;
	bind_rows(reader);
}

void reader_release(struct reader *reader)
{
	for (size_t i = 0; i < AT_PLACES; i++)
		strmap_release(&reader->keys[i]);
	strmap_release(&reader->handlers);
	vec_release(&reader->step_calls);
	arena_release(&reader->scratch);
}

static void wrong_root(struct diags *diags, const struct yaml_node *root)
{
	struct diag *diag;

	if (root->kind == YAML_BAD)
		return;
	if (root->kind == YAML_NULL)
		diag = diag_error(diags, root->span, "the file is empty");
	else
		diag = diag_error(diags, root->span, "a workflow must be a mapping, not %s",
				  yaml_kind_name(root));
	diag_hint(diags, diag, "begin with 'steps:' and a list of steps");
}

/* Steps under a name of other orchestrators are an error already; theirs are reported with it. */
static void find_steps(struct reader *reader, const struct yaml_node *root)
{
	const struct yaml_node *tasks = yaml_get(root, "tasks");

	if (reader->steps)
		return;
	if (!tasks && !yaml_get(root, "jobs"))
		parse_missing(reader, root, AT_WORKFLOW, "steps");
	else if (tasks && tasks->kind == YAML_SEQ && tasks->n_items)
		reader->steps = tasks;
}

static struct workflow *parse_canonical(struct arena *arena, const char *id,
					const struct yaml_node *root, struct diags *diags)
{
	struct workflow *wf = ARENA_NEW(arena, struct workflow);
	struct reader reader;

	wf->id = arena_strdup(arena, id);
	wf->file = diags->file ? arena_strdup(arena, diags->file) : NULL;
	wf->units = ARENA_ARRAY(arena, struct unit *, 1);
	wf->units[0] = ARENA_NEW(arena, struct unit);
	*wf->units[0] = (struct unit){ .user = WF_NONE, .wf = wf, .prefix = "", .diags = diags };
	wf->n_units = 1;
	reader_init(&reader, arena, wf, diags);
	parse_fields(&reader, AT_WORKFLOW, root, wf);
	find_steps(&reader, root);
	parse_steps(&reader);
	parse_error_handlers(&reader);
	parse_calls(&reader);
	parse_workflow_gates(&reader, NULL);
	check_workflow(wf, arena, diags);
	reader_release(&reader);
	return diags->n_errors ? NULL : wf;
}

struct workflow *workflow_parse_in(struct arena *arena, const char *id,
				   const struct yaml_node *root, const struct dialect_world *world,
				   struct diags *diags)
{
	struct arena scratch CLEANUP(arena_release) = { 0 };
	size_t n = diags->list.n, n_errors = diags->n_errors;
	struct workflow *wf;

	if (root->kind != YAML_MAP) {
		wrong_root(diags, root);
		return NULL;
	}
	wf = parse_canonical(arena, id, root, diags);
	/* A word of the dialect is an error in the canonical vocabulary: who writes that never gets
	 * here. */
	if (wf || diags->n_errors == n_errors || !dialect_is_spoken(root))
		return wf;
	diags->list.n = n;
	diags->n_errors = n_errors;
	/* What the reader of YAML refused has holes in its tree: that is said first. */
	if (n_errors)
		return NULL;
	root = dialect_translate(&scratch, id, root, world, true, diags);
	return parse_canonical(arena, id, root, diags);
}

struct workflow *workflow_parse(struct arena *arena, const char *id, const struct yaml_node *root,
				struct diags *diags)
{
	return workflow_parse_in(arena, id, root, NULL, diags);
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

bool workflow_is_json(const char *file)
{
	return file && ends_in(file, ".json");
}

struct workflow *workflow_load_in(struct arena *arena, const char *id,
				  const struct dialect_world *world, struct diags *diags)
{
	struct arena document CLEANUP(arena_release) = { 0 };
	const struct yaml_node *root = yaml_parse(&document, diags, workflow_is_json(diags->file));

	return root ? workflow_parse_in(arena, id, root, world, diags) : NULL;
}

struct workflow *workflow_load(struct arena *arena, const char *id, struct diags *diags)
{
	return workflow_load_in(arena, id, NULL, diags);
}

size_t workflow_count_steps(const struct workflow *wf)
{
	size_t n = 0;

	for (size_t i = 0; i < wf->n_steps; i++)
		n += wf->steps[i].role == ROLE_STEP;
	return n;
}

const struct step *workflow_step(const struct workflow *wf, const char *id)
{
	return strmap_get(&wf->step_ids, id);
}

static const struct step *step_in(const struct workflow *wf, const struct step *group,
				  const char *name)
{
	struct strbuf id CLEANUP(strbuf_release) = STRBUF_INIT;

	strbuf_addf(&id, "%s/%s", group->id, name);
	return strmap_get(&wf->step_ids, id.buf);
}

const struct step *workflow_step_from(const struct workflow *wf, const struct step *from,
				      const char *name)
{
	uint32_t at = from ? from->parent : (uint32_t)WF_NONE;

	while (at != WF_NONE) {
		const struct step *group = &wf->steps[at];
		const struct step *found = group->id ? step_in(wf, group, name) : NULL;

		/* What is used does not see who uses it. */
		if (found || group->group->unit == from->unit)
			return found;
		at = group->parent;
	}
	return workflow_step(wf, name);
}

bool step_is_in(const struct workflow *wf, const struct step *step, const struct step *group)
{
	uint32_t at = step->parent;

	while (at != WF_NONE && at != group->index)
		at = wf->steps[at].parent;
	return at != WF_NONE;
}

bool step_is_listed(const struct workflow *wf, const struct step *step)
{
	return step->parent == WF_NONE ? wf->order_listed
				       : wf->steps[step->parent].group->order_listed;
}

bool workflow_uses_others(const struct workflow *wf)
{
	for (size_t i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].group && wf->steps[i].group->uses.name &&
		    !wf->steps[i].group->unit)
			return true;
	return false;
}

const struct param *workflow_param(const struct workflow *wf, const char *name)
{
	return strmap_get(&wf->param_names, name);
}

bool step_is_cacheable(const struct step *step)
{
	if (step->cache != TRI_UNSET)
		return step->cache == TRI_TRUE;
	return step->has_inputs || (step->foreach && step->foreach->per_file);
}
