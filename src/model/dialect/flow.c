/*
 * Types of tasks that hold others: conditional, parallel, loop. They become groups of steps with `if`,
 * groups, and `foreach`.
 */
#include <string.h>
#include <strings.h>

#include "base/glob.h"
#include "dialect_impl.h"
#include "model/workflow.h"

/* The step with an id, if it has none of its own. */
static struct yaml_node with_id(struct dialect *d, struct yaml_node step, const char *id)
{
	struct tree_map map = { 0 };

	if (step.kind != YAML_MAP || yaml_get(&step, "id"))
		return step;
	tree_add(d, &map, step.span, "id", yaml_string(step.span, id));
	for (size_t i = 0; i < step.n_pairs; i++)
		tree_put(d, &map, &step.pairs[i].key, step.pairs[i].key.text, step.pairs[i].value);
	return tree_of_map(&map, step.span, step.flow);
}

/* A command in place of a task. */
static struct yaml_node step_of_text(struct dialect *d, const struct yaml_node *text)
{
	struct tree_map map = { 0 };

	tree_add(d, &map, text->span, "command", *text);
	return tree_of_map(&map, text->span, true);
}

struct yaml_node flow_word(struct dialect *d, struct span at, const char *word)
{
	struct tree_list list = { 0 };

	tree_append(d, &list, yaml_string(at, word));
	return tree_of_list(&list, at, true);
}

/* A step that does nothing but what its end calls; or, of a word such as rollback, that fails. */
static struct yaml_node step_of_name(struct dialect *d, const struct yaml_node *name)
{
	bool is_strategy = workflow_is_strategy(name->text);
	bool fails = is_strategy && strcmp(name->text, "continue") != 0;
	struct tree_map step = { 0 };

	tree_add(d, &step, name->span, "run", flow_word(d, name->span, fails ? "false" : "true"));
	if (fails)
		tree_add(d, &step, name->span, "on_failure", *name);
	else if (!is_strategy)
		tree_add(d, &step, name->span, "on_success", flow_word(d, name->span, name->text));
	return tree_of_map(&step, name->span, true);
}

/* ---- conditional ---- */

/* One item of a branch; false: a task that runs where it stands, under the condition. */
static bool branch_item(struct dialect *d, const struct yaml_node *item, const char *group,
			struct yaml_node *step)
{
	struct yaml_node text;

	if (item->kind == YAML_MAP) {
		*step = task_translate(d, item, group);
		return true;
	}
	if (!tree_is_scalar(item)) {
		*step = *item;
		return true;
	}
	if (survey_seat(d, item->text))
		return false;
	if (survey_is_bare(item->text)) {
		*step = step_of_name(d, item);
		return true;
	}
	text = step_of_text(d, item);
	*step = task_translate(d, &text, group);
	return true;
}

/* The steps of a branch. *is_listed: in the order in which they stand. */
static struct tree_list branch_steps(struct dialect *d, const struct yaml_node *branch,
				     const char *word, const char *group, bool *is_listed)
{
	const struct yaml_node *items;
	struct tree_list steps = { 0 };
	size_t n;

	items = tree_items(branch, &n);
	*is_listed = true;
	for (size_t i = 0; i < n; i++) {
		struct yaml_node step;

		if (!branch_item(d, &items[i], group, &step))
			continue;
		*is_listed = *is_listed && !survey_has_needs(&items[i]);
		tree_append(d, &steps,
			    with_id(d, step, arena_printf(d->arena, "%s-%zu", word, i + 1)));
	}
	return steps;
}

static void put_steps(struct dialect *d, const struct yaml_node *key, struct tree_list *steps,
		      bool is_listed, struct tree_map *out)
{
	if (is_listed && steps->n > 1)
		tree_add(d, out, key->span, "order", yaml_string(key->span, "listed"));
	tree_put(d, out, key, "steps", tree_of_list(steps, key->span, false));
}

static void add_branch(struct dialect *d, const struct yaml_pair *branch, const char *word,
		       struct yaml_node cond, const char *path, struct tree_list *groups)
{
	struct tree_map group = { 0 };
	struct tree_list steps;
	bool is_listed;

	steps = branch_steps(d, &branch->value, word, arena_join(d->arena, path, "/", word),
			     &is_listed);
	if (!steps.n)
		return;
	tree_add(d, &group, branch->key.span, "id", yaml_string(branch->key.span, word));
	tree_add(d, &group, cond.span, "if", cond);
	put_steps(d, &branch->key, &steps, is_listed, &group);
	tree_append(d, groups, tree_of_map(&group, branch->key.span, false));
}

struct yaml_node flow_contrary(struct dialect *d, const struct yaml_node *cond)
{
	if (!tree_is_scalar(cond))
		return *cond;
	return yaml_string(cond->span, arena_join(d->arena, "!(", cond->text, ")"));
}

static void missing(struct dialect *d, const struct yaml_node *type, const char *keys)
{
	diag_error(d->diags, type->span, "a task of type '%s' needs %s", type->text, keys);
}

void flow_conditional(struct dialect *d, struct task *task, const struct yaml_node *type,
		      struct tree_map *out)
{
	const struct yaml_pair *cond = task_take(task, "condition"), *then, *other;
	struct tree_list steps = { 0 };
	struct yaml_node expr;
	bool is_listed = false;

	if (!cond)
		cond = task_take(task, "if");
	then = task_take(task, "then");
	other = task_take(task, "else");
	if (!cond || (!then && !other)) {
		missing(d, type, "'condition' and 'then'");
		return;
	}
	if (!tree_is_scalar(&cond->value))
		tree_wrong(d, &cond->value, cond->key.text, "an expression");
	expr = text_expr(d, &cond->value);
	if (then && other) {
		add_branch(d, then, "then", expr, task->path, &steps);
		add_branch(d, other, "else", flow_contrary(d, &expr), task->path, &steps);
	} else {
		const struct yaml_pair *only = then ? then : other;

		steps = branch_steps(d, &only->value, only->key.text, task->path, &is_listed);
		if (steps.n)
			tree_put(d, out, &cond->key, "if", then ? expr : flow_contrary(d, &expr));
	}
	if (steps.n)
		put_steps(d, &(then ? then : other)->key, &steps, is_listed, out);
	else /* what it names runs where it stands; this is what they wait for */
		tree_add(d, out, type->span, "run", flow_word(d, type->span, "true"));
}

/* ---- parallel ---- */

/* A task that stands here, or is only named. */
static struct yaml_node member(struct dialect *d, const struct yaml_node *item, const char *group)
{
	const struct seat *seat = survey_named(d, item);
	struct yaml_node text;

	if (seat && seat->is_moved && strcmp(seat->group, group) == 0)
		return task_translate(d, seat->node, group);
	if (tree_is_scalar(item)) {
		text = step_of_text(d, item);
		return task_translate(d, &text, group);
	}
	return task_translate(d, item, group);
}

void flow_parallel(struct dialect *d, struct task *task, const struct yaml_node *type,
		   struct tree_map *out)
{
	const struct yaml_pair *tasks = task_take(task, "tasks");
	const struct yaml_node *items;
	struct tree_list steps = { 0 };
	size_t n;

	if (!tasks)
		tasks = task_take(task, "steps");
	if (!tasks) {
		missing(d, type, "'tasks'");
		return;
	}
	items = tree_items(&tasks->value, &n);
	for (size_t i = 0; i < n; i++)
		tree_append(d, &steps,
			    with_id(d, member(d, &items[i], task->path),
				    arena_printf(d->arena, "task-%zu", i + 1)));
	tree_put(d, out, &tasks->key, "steps", tree_of_list(&steps, tasks->value.span, false));
}

/* ---- loop ---- */

static bool is_reference(const char *text)
{
	static const char *const begins[] = { "tasks.", "steps.", "params.", "vars.",
					      "tasks[", "steps[", "env.",    "event." };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncmp(text, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* A list; "${…}", whose lines are the items; a glob. */
static struct yaml_node items_of(struct dialect *d, const struct yaml_pair *items)
{
	const struct yaml_node *node = &items->value;
	struct tree_map map = { 0 };
	struct yaml_node expr = *node;
	size_t len = node->kind == YAML_STRING ? node->len : 0;

	if (node->kind != YAML_STRING)
		return text_copy(d, node);
	if (len > 3 && strncmp(node->text, "${", 2) == 0 && node->text[len - 1] == '}' &&
	    !strstr(node->text + 2, "${")) {
		expr = tree_retext(node, arena_strndup(d->arena, node->text + 2, len - 3));
		tree_put(d, &map, &items->key, "lines", text_expr(d, &expr));
	} else if (is_reference(node->text)) {
		tree_put(d, &map, &items->key, "lines", text_expr(d, node));
	} else if (glob_has_magic(node->text)) {
		tree_put(d, &map, &items->key, "glob", text_values(d, node));
	} else {
		diag_error(d->diags, node->span,
			   "'items' must be a list, a glob, or ${…} with an item a line");
	}
	return tree_of_map(&map, node->span, true);
}

static bool is_beside(const struct task *task, const char *key)
{
	for (uint32_t i = 0; i < task->from.n; i++)
		if (!task->is_taken[i] && strcmp(task->from.v[i].key.text, key) == 0)
			return true;
	return false;
}

/* Can the keys of the inner task stand beside those of the loop? */
static bool can_merge(const struct task *task, const struct yaml_node *inner)
{
	static const char *const own[] = { "id", "name", "description", "foreach", "parallel" };

	for (size_t i = 0; i < inner->n_pairs; i++) {
		const char *key = inner->pairs[i].key.text;

		for (size_t k = 0; k < ARRAY_SIZE(own); k++)
			if (strcmp(key, own[k]) == 0)
				return false;
		if (is_beside(task, key))
			return false;
	}
	return true;
}

static void put_inner(struct dialect *d, struct task *task, const struct yaml_pair *pair,
		      struct tree_map *out)
{
	const struct yaml_node *from = &pair->value;
	struct yaml_node inner = pair->value, step;
	struct tree_list steps = { 0 };
	const struct seat *seat;

	if (tree_is_scalar(&inner)) {
		/* Of a task that is named the node itself tells who it is. */
		seat = survey_seat(d, inner.text);
		inner = seat && seat->is_moved ? *seat->node : step_of_text(d, &inner);
		from = seat && seat->is_moved ? seat->node : &inner;
	}
	if (inner.kind != YAML_MAP) {
		tree_wrong(d, &inner, "task", "a mapping or a name");
		return;
	}
	if (can_merge(task, &inner)) {
		step = task_translate(d, from, task->path);
		for (size_t i = 0; i < step.n_pairs; i++)
			tree_put(d, out, &step.pairs[i].key, step.pairs[i].key.text,
				 step.pairs[i].value);
		return;
	}
	step = task_translate(d, from, task->path);
	tree_append(d, &steps, with_id(d, step, "task"));
	tree_put(d, out, &pair->key, "steps", tree_of_list(&steps, inner.span, false));
}

/* One after the other, unless it says otherwise. */
static void put_width(struct dialect *d, const struct yaml_pair *parallel, struct span at,
		      struct tree_map *out)
{
	if (parallel && parallel->value.kind == YAML_NUMBER)
		tree_put(d, out, &parallel->key, "max_parallel", parallel->value);
	else if (parallel && parallel->value.kind != YAML_BOOL)
		diag_error(d->diags, parallel->value.span,
			   "'parallel' must be true, false or a number");
	else if (!parallel || strcasecmp(parallel->value.text, "true") != 0)
		tree_add(d, out, parallel ? parallel->key.span : at, "max_parallel",
			 tree_plain(YAML_NUMBER, at, "1"));
}

void flow_loop(struct dialect *d, struct task *task, const struct yaml_node *type,
	       struct tree_map *out)
{
	const struct yaml_pair *items = task_take(task, "items"), *inner = task_take(task, "task");
	const struct yaml_pair *parallel = task_take(task, "parallel");
	struct tree_map foreach = { 0 };

	if (!items || !inner) {
		missing(d, type, "'items' and 'task'");
		return;
	}
	tree_add(d, &foreach, items->key.span, "item", items_of(d, items));
	tree_put(d, out, &items->key, "foreach", tree_of_map(&foreach, items->value.span, true));
	if (!is_beside(task, "max_parallel"))
		put_width(d, parallel, type->span, out);
	task->in_loop = true;
	put_inner(d, task, inner, out);
}
