/*
 * Which nodes take part in a run: what the named steps need, what comes after `from`, or exactly what
 * `only` names.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bitset.h"
#include "plan/plan_impl.h"

struct picker {
	struct build *build;
	struct plan *plan;
	struct bitset chosen;
	VEC(uint32_t) stack;
};

static void choose(struct picker *picker, uint32_t node)
{
	if (bitset_has(&picker->chosen, node))
		return;
	bitset_set(&picker->chosen, node);
	vec_push(&picker->stack, node);
}

/* make and just take parameters as "alpha=3". */
static bool is_assignment(const struct workflow *wf, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; word[len] && i < wf->n_params; i++)
		if (strlen(wf->params[i].name) == len && !memcmp(wf->params[i].name, word, len))
			return true;
	return false;
}

static int unknown_step(struct picker *picker, const char *id)
{
	const char *near = strmap_nearest(&picker->plan->by_id, id);

	if (is_assignment(picker->plan->wf, id))
		return err_set(picker->build->err, ERR_USAGE,
			       "there is no step '%s'; for the parameter write -p '%s'", id, id);
	if (near)
		return err_set(picker->build->err, ERR_USAGE,
			       "there is no step '%s'; did you mean '%s'?", id, near);
	return err_set(picker->build->err, ERR_USAGE, "there is no step '%s'", id);
}

/* "test[unit]" of a foreach that is not expanded yet: the foreach takes part, and later that item. */
static struct node *find_late_item(struct picker *picker, const char *id)
{
	const char *bracket = strchr(id, '[');
	struct node *group;

	if (!bracket)
		return NULL;
	group = strmap_get_n(&picker->plan->by_id, id, (size_t)(bracket - id));
	if (!group || group->kind != NODE_FOREACH || group->is_expanded)
		return NULL;
	vec_push(&picker->plan->wanted_items, arena_strdup(&picker->plan->arena, id));
	return group;
}

/* A foreach stands for its items too, a group for all that is in it. */
static int choose_id(struct picker *picker, const char *id)
{
	struct node *node = strmap_get(&picker->plan->by_id, id);
	uint32_t i;

	if (!node)
		node = find_late_item(picker, id);
	if (!node)
		return unknown_step(picker, id);
	choose(picker, node->index);
	for (i = 0; node->kind != NODE_STEP && i < picker->plan->nodes.n; i++)
		if (plan_is_in(picker->plan, picker->plan->nodes.v[i], node->index))
			choose(picker, i);
	return 0;
}

static int choose_ids(struct picker *picker, const char *const *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (choose_id(picker, ids[i]) < 0)
			return -1;
	return 0;
}

static void spread_up(struct picker *picker)
{
	while (picker->stack.n) {
		const struct node *node = picker->plan->nodes.v[vec_pop(&picker->stack)];
		size_t d;

		for (d = 0; d < node->deps.n; d++)
			choose(picker, node->deps.v[d].from);
	}
}

/* Those after the chosen ones, in one pass along the order of the graph. */
static void spread_down(struct picker *picker, const uint32_t *order)
{
	size_t i, d;

	for (i = 0; i < picker->plan->nodes.n; i++) {
		const struct node *node = picker->plan->nodes.v[order[i]];

		for (d = 0; d < node->deps.n; d++)
			if (bitset_has(&picker->chosen, node->deps.v[d].from))
				bitset_set(&picker->chosen, node->index);
	}
	vec_clear(&picker->stack);
}

/* Takes part only what was chosen; the next choice starts from nothing. */
static void narrow(struct picker *picker)
{
	size_t i;

	for (i = 0; i < picker->plan->nodes.n; i++)
		picker->plan->nodes.v[i]->is_selected &= bitset_has(&picker->chosen, i);
	bitset_release(&picker->chosen);
	bitset_init(&picker->chosen, picker->plan->nodes.n);
}

static int pick(struct picker *picker, const struct selection *selection, const uint32_t *order)
{
	if (selection->n_only) {
		if (selection->n_steps || selection->from || selection->until)
			return err_set(picker->build->err, ERR_USAGE,
				       "'only' stands alone: no other selection of steps with it");
		if (choose_ids(picker, selection->only, selection->n_only) < 0)
			return -1;
		narrow(picker);
		return 0;
	}
	if (selection->n_steps || selection->until) {
		if (choose_ids(picker, selection->steps, selection->n_steps) < 0 ||
		    (selection->until && choose_id(picker, selection->until) < 0))
			return -1;
		spread_up(picker);
		narrow(picker);
	}
	if (selection->from) {
		if (choose_id(picker, selection->from) < 0)
			return -1;
		spread_down(picker, order);
		narrow(picker);
	}
	return 0;
}

struct chosen {
	bool any, all;
};

/* Of the steps of the file, or group, whose gates these are. */
static struct chosen chosen_beside(const struct plan *plan, const struct node *gates)
{
	struct chosen chosen = { false, true };
	size_t i;

	for (i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (node->kind != NODE_STEP || node->step->role != ROLE_STEP ||
		    node->is_finally != gates->is_finally ||
		    (gates->parent != WF_NONE && !plan_is_in(plan, node, gates->parent)))
			continue;
		chosen.any |= node->is_selected;
		chosen.all &= node->is_selected;
	}
	return chosen;
}

/* What a workflow requires holds for each part of it, what it ensures only of the whole. So it is with
 * one that is used. */
static void select_gates(struct plan *plan, const struct selection *selection)
{
	bool is_part = selection->n_steps || selection->until || selection->from;
	size_t i;

	for (i = 0; i < plan->nodes.n && is_part; i++) {
		struct node *node = plan->nodes.v[i];
		struct chosen chosen;

		if (node->step->role != ROLE_REQUIRES && node->step->role != ROLE_ENSURES)
			continue;
		if (node->parent == WF_NONE) {
			node->is_selected = node->step->role == ROLE_REQUIRES;
			continue;
		}
		chosen = chosen_beside(plan, node);
		node->is_selected = node->step->role == ROLE_REQUIRES ? chosen.any : chosen.all;
	}
}

/* A handler takes part where its caller does. */
static void select_handlers(struct build *build)
{
	struct plan *plan = build->plan;
	size_t i;

	for (i = 0; i < plan->nodes.n; i++) {
		const struct call *call = plan->nodes.v[i]->step->within;

		if (call && call->caller != WF_NONE)
			plan->nodes.v[i]->is_selected = plan_node_of(plan,
								     plan->nodes.v[i]->instance,
								     &plan->wf->steps[call->caller])
								->is_selected;
	}
}

int selection_apply(struct build *build, const struct selection *selection)
{
	struct picker picker = { .build = build, .plan = build->plan };
	size_t n = build->plan->nodes.n, i;
	int result = 0;

	for (i = 0; i < n; i++)
		build->plan->nodes.v[i]->is_selected = true;
	if (!selection)
		return 0;
	bitset_init(&picker.chosen, n);
	result = pick(&picker, selection, build->order);
	for (i = 0; i < n && !selection->n_only; i++)
		if (build->plan->nodes.v[i]->is_finally)
			build->plan->nodes.v[i]->is_selected = true;
	select_gates(build->plan, selection);
	select_handlers(build);
	bitset_release(&picker.chosen);
	vec_release(&picker.stack);
	return result;
}

/* --- foreaches that are expanded late --- */

static bool is_item_of(const struct node *group, const char *id)
{
	size_t len = strlen(group->id);

	return !strncmp(id, group->id, len) && id[len] == '[';
}

/* A step of an item and what that needs; of an item all. */
static void select_late(struct plan *plan, struct node *node, const struct node *group)
{
	size_t i;

	if (node->is_selected || !plan_is_in(plan, node, group->index))
		return;
	node->is_selected = true;
	for (i = 0; i < node->deps.n; i++)
		select_late(plan, plan->nodes.v[node->deps.v[i].from], group);
}

int selection_extend(struct build *build, struct node *group)
{
	struct plan *plan = build->plan;
	bool is_narrowed = false;
	size_t i;

	for (i = 0; i < plan->wanted_items.n; i++) {
		const char *id = plan->wanted_items.v[i];
		struct node *item = is_item_of(group, id) ? strmap_get(&plan->by_id, id) : NULL;

		if (!is_item_of(group, id))
			continue;
		is_narrowed = true;
		if (!item)
			return err_set(build->err, ERR_USAGE, "'%s' has no item '%s'", group->id,
				       id);
		select_late(plan, item, group);
	}
	for (i = group->index; i < plan->nodes.n && !is_narrowed; i++)
		if (plan_is_in(plan, plan->nodes.v[i], group->index))
			plan->nodes.v[i]->is_selected = group->is_selected;
	return 0;
}
