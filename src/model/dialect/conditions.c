/*
 * `conditions: [{if, then, else}]` at the top: what a value that some step handed on decides about the
 * rest of the run. A task that is named and has its place in the order gets the condition; all else is
 * called by a step after all others that runs only if the condition holds.
 */
#include <string.h>

#include "dialect_impl.h"
#include "model/workflow.h"

static const struct yaml_node *cond_of(const struct yaml_node *item)
{
	const struct yaml_node *cond = yaml_get(item, "if");

	return cond ? cond : yaml_get(item, "condition");
}

/* Does it run in its place, and not as a handler? */
static bool has_place(const struct dialect *d, const struct seat *seat)
{
	return d->is_listed || survey_has_needs(seat->node);
}

static void note_branch(struct dialect *d, const struct yaml_node *item, const char *key)
{
	const struct yaml_node *branch = yaml_get(item, key), *items;
	size_t n;

	if (!branch)
		return;
	items = tree_items(branch, &n);
	for (size_t i = 0; i < n; i++) {
		struct seat *seat = survey_named(d, &items[i]);

		if (!seat || seat->branch_if)
			continue;
		if (!has_place(d, seat)) {
			seat->called_by = "";
			continue;
		}
		seat->branch_if = cond_of(item);
		seat->is_else = strcmp(key, "else") == 0;
		seat->is_bare = true;
	}
}

void conditions_note(struct dialect *d)
{
	const struct yaml_node *list = survey_get(d->root, "conditions");

	for (size_t i = 0; list && list->kind == YAML_SEQ && i < list->n_items; i++) {
		if (list->items[i].kind != YAML_MAP)
			continue;
		note_branch(d, &list->items[i], "then");
		note_branch(d, &list->items[i], "else");
	}
}

/* Is it in its place, under this very condition? */
static bool is_placed(const struct dialect *d, const struct yaml_node *name,
		      const struct yaml_node *item)
{
	const struct seat *seat = survey_named(d, name);

	return seat && seat->is_bare && seat->branch_if == cond_of(item);
}

/* All tasks that the graph starts. */
static struct yaml_node all_tasks(struct dialect *d, struct span at)
{
	struct tree_list needs = { 0 };

	for (size_t i = 0; i < d->seats.n; i++) {
		const struct seat *seat = d->seats.entries[i].value;

		if (!*seat->group && !seat->called_by)
			tree_append(d, &needs, yaml_string(at, seat->path));
	}
	return tree_of_list(&needs, at, true);
}

/* What is called: names by a step that passes, a word such as rollback by one that fails. */
static void put_calls(struct dialect *d, const struct yaml_node *calls, struct span at,
		      struct tree_map *step)
{
	bool fails = false;

	for (size_t i = 0; i < calls->n_items; i++)
		fails |= tree_is_scalar(&calls->items[i]) &&
			 workflow_is_strategy(calls->items[i].text) &&
			 !tree_is(&calls->items[i], "continue");
	tree_add(d, step, at, "run", flow_word(d, at, fails ? "false" : "true"));
	tree_add(d, step, at, fails ? "on_failure" : "on_success", *calls);
}

static void add_step(struct dialect *d, const struct yaml_node *item, const char *key,
		     size_t number)
{
	const struct yaml_node *branch = yaml_get(item, key), *items;
	bool is_else = strcmp(key, "else") == 0;
	struct tree_list names = { 0 };
	struct yaml_node calls, cond, list;
	struct tree_map step = { 0 };
	size_t n = 0;

	if (branch)
		items = tree_items(branch, &n);
	for (size_t i = 0; i < n; i++)
		if (!is_placed(d, &items[i], item) && !tree_is(&items[i], "continue"))
			tree_append(d, &names, items[i]);
	if (!names.n)
		return;
	list = tree_of_list(&names, branch->span, true);
	calls = calls_list(d, &list);
	d->bare_is_output = true;
	cond = text_expr(d, cond_of(item));
	d->bare_is_output = false;
	tree_add(d, &step, item->span, "id",
		 yaml_string(item->span, arena_printf(d->arena, "condition-%zu%s", number,
						      is_else ? "-else" : "")));
	if (!d->is_listed)
		tree_add(d, &step, item->span, "needs", all_tasks(d, item->span));
	tree_add(d, &step, cond.span, "if", is_else ? flow_contrary(d, &cond) : cond);
	put_calls(d, &calls, branch->span, &step);
	tree_append(d, &d->conditions, tree_of_map(&step, item->span, false));
}

static bool is_condition(struct dialect *d, const struct yaml_node *item)
{
	static const char *const keys[] = { "if", "condition", "then", "else", "name", NULL };

	if (item->kind != YAML_MAP || !cond_of(item) || !tree_is_scalar(cond_of(item)) ||
	    !yaml_get(item, "then")) {
		diag_error(d->diags, item->span,
			   "a condition must be {if: EXPRESSION, then: NAME}");
		return false;
	}
	tree_check_keys(d, item, keys, "a condition");
	return true;
}

void conditions_read(struct dialect *d, const struct word *word, const struct yaml_pair *pair,
		     struct tree_map *out)
{
	(void)word;
	(void)out;
	if (pair->value.kind != YAML_SEQ) {
		tree_wrong(d, &pair->value, "conditions", "a list");
		return;
	}
	for (size_t i = 0; i < pair->value.n_items; i++) {
		const struct yaml_node *item = &pair->value.items[i];

		if (!is_condition(d, item))
			continue;
		add_step(d, item, "then", i + 1);
		add_step(d, item, "else", i + 1);
	}
}
