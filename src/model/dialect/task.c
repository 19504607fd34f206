/*
 * A task becomes a step: its `config` beside its other keys, its action by its `type`, the rest by the
 * table.
 */
#include <string.h>

#include "dialect_impl.h"

const struct yaml_pair *task_take(struct task *task, const char *key)
{
	for (uint32_t i = 0; i < task->from.n; i++)
		if (!task->is_taken[i] && strcmp(task->from.v[i].key.text, key) == 0) {
			task->is_taken[i] = true;
			return &task->from.v[i];
		}
	return NULL;
}

static void gather_pairs(struct dialect *d, struct task *task, const struct yaml_node *map)
{
	for (size_t i = 0; i < map->n_pairs; i++) {
		const struct yaml_pair *pair = &map->pairs[i];

		if (pair->key.kind == YAML_BAD || pair->value.kind == YAML_BAD)
			continue;
		if (strcmp(pair->key.text, "config") != 0)
			tree_put(d, &task->from, &pair->key, pair->key.text, pair->value);
		else if (pair->value.kind == YAML_MAP && map == task->node)
			gather_pairs(d, task, &pair->value);
		else
			tree_wrong(d, &pair->value, "config", "a mapping");
	}
}

static const struct type_row *find_type(struct dialect *d, const struct yaml_node *type)
{
	const char *names[32], *nearest;
	struct diag *diag;

	for (size_t i = 0; i < types_n_rows; i++) {
		if (strcmp(types_rows[i].name, type->text) == 0)
			return &types_rows[i];
		names[i] = types_rows[i].name;
	}
	nearest = nearest_word(type->text, names, types_n_rows);
	diag = diag_error(d->diags, type->span, "no type '%.60s' of tasks is known", type->text);
	if (nearest)
		diag_hint(d->diags, diag, "did you mean '%s'?", nearest);
	return NULL;
}

static bool task_has(const struct task *task, const char *key)
{
	return tree_get(&task->from, key) != NULL;
}

/* So that nobody says of a task with a type that it does nothing. */
static void stand_in(struct dialect *d, struct span at, struct tree_map *out)
{
	tree_add(d, out, at, "run", flow_word(d, at, "true"));
}

static void read_type(struct dialect *d, struct task *task, struct tree_map *out)
{
	const struct yaml_pair *pair = task_take(task, "type");
	const struct type_row *row;
	size_t n_errors = d->diags->n_errors;
	struct yaml_node type;

	if (!pair)
		return;
	if (!tree_is_scalar(&pair->value)) {
		tree_wrong(d, &pair->value, "type", "a string");
		return;
	}
	type = tree_first(d, &pair->value);
	row = find_type(d, &type);
	if (!row && task_has(task, "command"))
		return;
	if (row)
		row->read(d, task, &type, out);
	if (d->diags->n_errors > n_errors && !out->n)
		stand_in(d, type.span, out);
}

/* A condition more, beside the task's own. */
static void add_condition(struct dialect *d, const struct yaml_node *cond, bool is_not,
			  struct tree_map *out)
{
	struct yaml_node expr = text_expr(d, cond), *own = tree_get(out, "if");
	const char *text;

	if (!tree_is_scalar(&expr))
		return;
	text = arena_join(d->arena, is_not ? "!(" : "(", expr.text, ")");
	if (!own)
		tree_add(d, out, cond->span, "if", is_not ? yaml_string(cond->span, text) : expr);
	else if (tree_is_scalar(own))
		*own = tree_retext(own, arena_printf(d->arena, "(%s) && %s", own->text, text));
}

static void add_need(struct dialect *d, struct span at, const char *id, struct tree_map *out)
{
	struct yaml_node *own = tree_get(out, "needs");
	struct tree_list needs = { 0 };

	for (size_t i = 0; own && i < own->n_items; i++) {
		if (tree_is(&own->items[i], id))
			return;
		tree_append(d, &needs, own->items[i]);
	}
	tree_append(d, &needs, yaml_string(at, id));
	if (own)
		*own = tree_of_list(&needs, own->span, true);
	else
		tree_add(d, out, at, "needs", tree_of_list(&needs, at, true));
}

/* What others say about it. */
static void add_by_others(struct dialect *d, const struct task *task, struct tree_map *out)
{
	const struct seat *seat = survey_seat(d, task->id);
	const struct yaml_node *items = NULL;
	size_t n = 0;

	if (!seat || seat->node != task->node)
		return;
	if (seat->branch_if && !seat->called_by) {
		d->bare_is_output = seat->is_bare;
		add_condition(d, seat->branch_if, seat->is_else, out);
		d->bare_is_output = false;
		if (seat->branch_of)
			add_need(d, seat->branch_if->span, survey_name(d, seat->branch_of), out);
	}
	if (seat->pool && !tree_get(out, "pool") && !tree_get(out, "steps"))
		tree_add(d, out, task->node->span, "pool",
			 yaml_string(task->node->span, seat->pool));
	if (!d->is_listed)
		return;
	if (seat->is_parallel && !tree_get(out, "parallel"))
		tree_add(d, out, task->node->span, "parallel",
			 tree_plain(YAML_BOOL, task->node->span, "true"));
	if (seat->after)
		items = tree_items(seat->after, &n);
	for (size_t i = 0; i < n; i++)
		if (tree_is_scalar(&items[i]))
			add_need(d, items[i].span, survey_name(d, items[i].text), out);
}

/* The values of logical inputs that are parameters. */
static void add_values(struct dialect *d, struct task *task, struct tree_map *out)
{
	bool is_call = tree_get(out, "action") || tree_get(out, "agent");
	const struct tree_map *values = is_call ? &task->with : &task->env;
	const char *key = is_call ? "with" : "env";

	if (is_call || tree_get(out, "run") || tree_get(out, "script"))
		tree_merge(d, out, key, values);
}

/* `max_attempts` that no fixer has taken is how often the task itself is tried. */
static void add_attempts(struct dialect *d, struct task *task, struct tree_map *out)
{
	const struct yaml_pair *pair = task_take(task, "max_attempts");
	struct tree_map retry = { 0 };

	if (!pair)
		return;
	tree_put(d, &retry, &pair->key, "attempts", pair->value);
	tree_put(d, out, &pair->key, "retry", tree_of_map(&retry, pair->value.span, true));
}

static const char *path_of(struct dialect *d, const char *group, const char *id)
{
	return *group && *id ? arena_join(d->arena, group, "/", id) : *id ? id : group;
}

struct yaml_node task_translate(struct dialect *d, const struct yaml_node *node, const char *group)
{
	struct task task = { .outer = d->task, .node = node, .id = "" };
	struct tree_map out = { 0 };
	const struct yaml_node *id;

	if (node->kind != YAML_MAP)
		return *node;
	id = yaml_get(node, "id");
	if (id && tree_is_scalar(id))
		task.id = id->text;
	task.path = path_of(d, group, task.id);
	task.in_loop = d->task && d->task->in_loop;
	gather_pairs(d, &task, node);
	task.is_taken = ARENA_ARRAY(d->arena, bool, task.from.n + 1);
	d->task = &task;
	read_type(d, &task, &out);
	for (uint32_t i = 0; i < task.from.n; i++)
		if (!task.is_taken[i] && strcmp(task.from.v[i].key.text, "max_attempts") != 0)
			walk_pair(d, AT_STEP, &task.from.v[i], &out);
	add_attempts(d, &task, &out);
	add_by_others(d, &task, &out);
	add_values(d, &task, &out);
	d->task = task.outer;
	return tree_of_map(&out, node->span, node->flow);
}

/* ---- lists of tasks ---- */

static bool is_elsewhere(const struct dialect *d, const struct yaml_node *item, const char *group)
{
	const struct yaml_node *id = item->kind == YAML_MAP ? yaml_get(item, "id") : NULL;
	const struct seat *seat = id ? survey_named(d, id) : NULL;

	return seat && seat->node == item && seat->is_moved && strcmp(seat->group, group) != 0;
}

static void put_tasks(struct dialect *d, const struct yaml_pair *pair, const char *group,
		      struct tree_map *out)
{
	struct tree_list steps = { 0 };

	if (pair->value.kind != YAML_SEQ) {
		tree_put(d, out, &pair->key, "steps", pair->value);
		return;
	}
	for (size_t i = 0; i < pair->value.n_items; i++)
		if (!is_elsewhere(d, &pair->value.items[i], group))
			tree_append(d, &steps, task_translate(d, &pair->value.items[i], group));
	tree_put(d, out, &pair->key, "steps", tree_of_list(&steps, pair->value.span, false));
}

/* The tasks of the file, less those that stand in a group which names them. */
void task_list(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
	       struct tree_map *out)
{
	(void)word;
	put_tasks(d, pair, "", out);
}

/* `steps` of a step. */
void task_nested(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		 struct tree_map *out)
{
	(void)word;
	put_tasks(d, pair, d->task ? d->task->path : "", out);
}
