/*
 * Who is who in the document, before anything is translated: tasks and where they will stand, which of
 * them something calls, logical outputs, parameters, whether anything depends on anything.
 */
#include <ctype.h>
#include <string.h>

#include "dialect_impl.h"
#include "model/workflow.h"

static void visit_task(struct dialect *d, const struct yaml_node *task, const char *group);
static void visit_list(struct dialect *d, const struct yaml_node *list, const char *group);

const struct yaml_node *survey_get(const struct yaml_node *task, const char *key)
{
	const struct yaml_node *value, *config;

	if (task->kind != YAML_MAP)
		return NULL;
	value = yaml_get(task, key);
	config = yaml_get(task, "config");
	if (!value && config && config->kind == YAML_MAP)
		value = yaml_get(config, key);
	return value;
}

const char *survey_type(struct dialect *d, const struct yaml_node *task)
{
	const struct yaml_node *type = survey_get(task, "type");

	return type && type->kind == YAML_STRING ? tree_first(d, type).text : "shell";
}

struct seat *survey_seat(const struct dialect *d, const char *id)
{
	return strmap_get(&d->seats, id);
}

struct seat *survey_named(const struct dialect *d, const struct yaml_node *item)
{
	return tree_is_scalar(item) ? survey_seat(d, item->text) : NULL;
}

bool survey_has_needs(const struct yaml_node *task)
{
	return survey_get(task, "depends_on") || survey_get(task, "needs");
}

bool survey_is_bare(const char *name)
{
	if (!isalnum((unsigned char)*name) && *name != '_')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
			return false;
	return true;
}

static bool is_around(const char *group, const char *path)
{
	size_t len = strlen(group);

	return !len || (strncmp(group, path, len) == 0 && path[len] == '/');
}

const char *survey_name(struct dialect *d, const char *id)
{
	const struct seat *seat = survey_seat(d, id);

	if (!seat)
		return id;
	/* Beside it, or below what it is beside of: its own name is enough. */
	if (d->task && is_around(seat->group, d->task->path))
		return id;
	return seat->path;
}

static const char *join(struct dialect *d, const char *group, const char *id)
{
	return *group ? arena_join(d->arena, group, "/", id) : id;
}

static void seat_in(struct dialect *d, struct seat *seat, const char *id, const char *group)
{
	seat->group = group;
	seat->path = join(d, group, id);
}

/* ---- what is in a task ---- */

/* Tasks that a group names stand in it. */
static void visit_members(struct dialect *d, const struct yaml_node *list, const char *group)
{
	const struct yaml_node *items;
	size_t n;

	if (!list)
		return;
	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct seat *seat = survey_named(d, &items[i]);

		if (seat && !seat->is_moved && !is_around(seat->path, group) &&
		    strcmp(seat->path, group) != 0) {
			seat_in(d, seat, items[i].text, group);
			seat->is_moved = true;
		}
	}
}

static void visit_branch(struct dialect *d, const struct yaml_node *task, const char *key,
			 const char *path)
{
	const struct yaml_node *branch = survey_get(task, key);
	const char *group = survey_get(task, "else") && survey_get(task, "then")
				    ? join(d, path, key)
				    : path;

	if (branch && branch->kind == YAML_SEQ)
		visit_list(d, branch, group);
	else if (branch && branch->kind == YAML_MAP)
		visit_task(d, branch, group);
}

static void visit_inside(struct dialect *d, const struct yaml_node *task, const char *path)
{
	const struct yaml_node *inner = survey_get(task, "task");
	const char *type = survey_type(d, task);

	if (strcmp(type, "conditional") == 0) {
		visit_branch(d, task, "then", path);
		visit_branch(d, task, "else", path);
	} else if (strcmp(type, "loop") == 0 && inner && inner->kind == YAML_MAP) {
		visit_task(d, inner, path);
	} else {
		const struct yaml_node *tasks = survey_get(task, "tasks");
		const struct yaml_node *steps = survey_get(task, "steps");

		visit_list(d, tasks ? tasks : steps, path);
	}
}

static void visit_task(struct dialect *d, const struct yaml_node *task, const char *group)
{
	const struct yaml_node *id = yaml_get(task, "id"), *outputs;
	const struct yaml_node *items;
	struct seat *seat;
	size_t n;

	if (!id || !tree_is_scalar(id))
		return;
	seat = ARENA_NEW(d->arena, struct seat);
	seat->node = task;
	seat_in(d, seat, id->text, group);
	if (!survey_seat(d, id->text))
		strmap_put(&d->seats, id->text, seat);
	outputs = survey_get(task, "outputs");
	if (outputs) {
		items = tree_items(outputs, &n);
		for (size_t i = 0; i < n; i++)
			if (items[i].kind == YAML_STRING && survey_is_bare(items[i].text))
				strmap_put(&d->artifacts, items[i].text, seat);
	}
	visit_inside(d, task, seat->path);
}

static void visit_list(struct dialect *d, const struct yaml_node *list, const char *group)
{
	if (!list || list->kind != YAML_SEQ)
		return;
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].kind == YAML_MAP)
			visit_task(d, &list->items[i], group);
}

/* ---- what a task names ---- */

static bool names_it(const struct yaml_node *list, const char *id)
{
	const struct yaml_node *items;
	size_t n;

	if (!list)
		return false;
	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++)
		if (tree_is(&items[i], id))
			return true;
	return false;
}

static bool needs_it(const struct yaml_node *task, const char *id)
{
	return names_it(survey_get(task, "depends_on"), id) ||
	       names_it(survey_get(task, "needs"), id);
}

/* What the end of a task calls. A success that calls what needs it anyway calls nothing. */
static void note_calls(struct dialect *d, const char *id, const struct yaml_node *list,
		       bool is_success)
{
	const struct yaml_node *items;
	size_t n;

	if (!list)
		return;
	items = tree_items(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct seat *seat = survey_named(d, &items[i]);

		if (seat && !workflow_is_strategy(items[i].text) &&
		    !(is_success && needs_it(seat->node, id)))
			seat->called_by = id;
	}
}

/* Names of tasks that need something are run where they stand, under the condition. */
static void note_branch(struct dialect *d, const struct yaml_node *task, const char *id,
			const char *key)
{
	const struct yaml_node *branch = survey_get(task, key), *items;
	size_t n;

	if (!branch || strcmp(survey_type(d, task), "conditional") != 0)
		return;
	items = tree_items(branch, &n);
	for (size_t i = 0; i < n; i++) {
		struct seat *seat = survey_named(d, &items[i]);

		if (!seat || strcmp(items[i].text, id) == 0)
			continue;
		seat->branch_of = id;
		seat->branch_if = survey_get(task, "condition") ? survey_get(task, "condition")
								: survey_get(task, "if");
		seat->is_else = strcmp(key, "else") == 0;
	}
}

static void note_task(struct dialect *d, const char *id, const struct seat *seat)
{
	const struct yaml_node *inner = survey_get(seat->node, "task");
	const char *type = survey_type(d, seat->node);

	note_calls(d, id, survey_get(seat->node, "on_success"), true);
	note_calls(d, id, survey_get(seat->node, "success_actions"), true);
	note_calls(d, id, survey_get(seat->node, "on_failure"), false);
	note_branch(d, seat->node, id, "then");
	note_branch(d, seat->node, id, "else");
	if (strcmp(type, "parallel") == 0)
		visit_members(d, survey_get(seat->node, "tasks"), seat->path);
	if (strcmp(type, "loop") == 0 && inner && tree_is_scalar(inner))
		visit_members(d, inner, seat->path);
}

/* ---- does anything depend on anything? ---- */

static bool mentions_task(const struct yaml_node *node)
{
	if (node->kind == YAML_STRING)
		return strstr(node->text, "tasks.") || strstr(node->text, "steps.") ||
		       strstr(node->text, "tasks[") || strstr(node->text, "steps[");
	for (size_t i = 0; node->kind == YAML_SEQ && i < node->n_items; i++)
		if (mentions_task(&node->items[i]))
			return true;
	for (size_t i = 0; node->kind == YAML_MAP && i < node->n_pairs; i++)
		if (mentions_task(&node->pairs[i].value))
			return true;
	return false;
}

static bool is_some(const struct yaml_node *list)
{
	size_t n = 0;

	if (list)
		tree_items(list, &n);
	return n > 0;
}

/* What one of them reads another writes. */
static bool reads_output(struct dialect *d, const struct yaml_node *task)
{
	const struct yaml_node *inputs = survey_get(task, "inputs"), *items;
	size_t n;

	if (!inputs)
		return false;
	items = tree_items(inputs, &n);
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind != YAML_STRING)
			continue;
		if (strmap_get(&d->artifacts, items[i].text))
			return true;
		for (size_t s = 0; s < d->seats.n; s++) {
			const struct seat *seat = d->seats.entries[s].value;

			if (names_it(survey_get(seat->node, "outputs"), items[i].text))
				return true;
		}
	}
	return false;
}

static bool has_dependency(struct dialect *d)
{
	for (size_t i = 0; i < d->seats.n; i++) {
		const struct yaml_node *task = ((struct seat *)d->seats.entries[i].value)->node;

		if (is_some(survey_get(task, "depends_on")) || is_some(survey_get(task, "needs")) ||
		    mentions_task(task) || reads_output(d, task))
			return true;
	}
	return false;
}

/* ---- parallel_groups, params ---- */

static void note_groups(struct dialect *d)
{
	const struct yaml_node *groups = yaml_get(d->root, "parallel_groups"), *before = NULL;

	for (size_t i = 0; groups && groups->kind == YAML_SEQ && i < groups->n_items; i++) {
		const struct yaml_node *group = &groups->items[i], *name, *steps, *items;
		size_t n;

		if (group->kind != YAML_MAP)
			continue;
		name = yaml_get(group, "group") ? yaml_get(group, "group")
						: yaml_get(group, "name");
		steps = yaml_get(group, "steps") ? yaml_get(group, "steps")
						 : yaml_get(group, "tasks");
		if (!name || !tree_is_scalar(name) || !steps)
			continue;
		items = tree_items(steps, &n);
		for (size_t k = 0; k < n; k++) {
			struct seat *seat = survey_named(d, &items[k]);

			if (!seat)
				continue;
			seat->is_parallel = true;
			seat->pool = name->text;
			seat->after = before;
		}
		before = steps;
	}
}

static void note_params(struct dialect *d)
{
	const struct yaml_node *params = yaml_get(d->root, "params");

	for (size_t i = 0; params && params->kind == YAML_MAP && i < params->n_pairs; i++)
		strmap_put(&d->params, params->pairs[i].key.text, d);
}

void survey(struct dialect *d)
{
	static const char *const ends[] = { "on_success", "success_actions", "on_failure",
					    "finally" };
	const struct yaml_node *order = survey_get(d->root, "order");

	d->tasks = survey_get(d->root, "tasks");
	if (!d->tasks)
		d->tasks = survey_get(d->root, "steps");
	visit_list(d, d->tasks, "");
	for (size_t i = 0; i < d->seats.n; i++)
		note_task(d, d->seats.entries[i].key, d->seats.entries[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		note_calls(d, "", survey_get(d->root, ends[i]), false);
	note_groups(d);
	note_params(d);
	d->is_listed = !order && !has_dependency(d);
	conditions_note(d);
}
