/*
 * Edges that stand in the file by name: `needs`, any `steps.ID` in an expression or a text of a step,
 * the chain of `order: listed`.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_impl.h"

struct link {
	uint32_t from;
	uint8_t kind; /* enum edge_kind */
};

struct links { /* of one step */
	struct build *build;
	const struct step *step;
	const struct instance *instance; /* in which it is looked at */
	VEC(struct link) list;
	VEC(uint32_t) gates; /* steps that come before all others of their file */
	VEC(uint32_t) calls; /* those that the success or failure of the run calls */
	struct strmap *vars; /* by unit */
	bool is_silent;	     /* what is wrong was said before */
	unsigned depth;	     /* of vars that use vars */
};

enum { VARS_DEPTH_MAX = 16 };

static uint32_t index_of(const struct links *links, const struct step *step)
{
	return plan_node_of(links->build->plan, links->instance, step)->index;
}

static void add_link(struct links *links, const struct step *to, struct span at,
		     enum edge_kind kind)
{
	bool is_wrong = to == links->step || (to->is_finally && !links->step->is_finally);

	if (is_wrong && links->is_silent)
		return;
	if (to == links->step)
		build_fail(links->build, links->step, at, "step '%s' waits for itself", to->id);
	else if (to->is_finally && !links->step->is_finally)
		build_fail(links->build, links->step, at,
			   "'%s' cannot wait for '%s', which runs at the end", links->step->id,
			   to->id);
	else if (to->is_finally == links->step->is_finally)
		vec_push(&links->list, ((struct link){ index_of(links, to), kind }));
}

static void note_ref(void *data, const struct expr_ref *ref)
{
	struct links *links = data;
	const struct unit *unit = links->step->unit;
	const struct step *step;
	const struct var *var;

	if (!ref->n_path)
		return;
	if (ref->ns == NS_STEPS) {
		step = workflow_step_from(links->build->plan->wf, links->step, ref->path[0]);
		if (step)
			add_link(links, step, ref->span, EDGE_REFERENCE);
	} else if (ref->ns == NS_VARS && links->depth < VARS_DEPTH_MAX) {
		var = strmap_get(&links->vars[unit->index], ref->path[0]);
		links->depth++;
		if (var && links->build->late[unit->index].vars[var - unit->wf->vars])
			expr_each_ref(var->expr, note_ref, links);
		links->depth--;
	}
}

/* The step before it in the list. Steps in a row with `parallel` wait for the one before their row, and
 * the one behind it waits for all of them. */
static void add_list_links(struct links *links, const struct step *step)
{
	const struct workflow *wf = links->build->plan->wf;
	uint32_t at = step->before;

	while (step->is_parallel && at != WF_NONE && wf->steps[at].is_parallel)
		at = wf->steps[at].before;
	while (at != WF_NONE) {
		uint32_t before = wf->steps[at].before;

		add_link(links, &wf->steps[at], step->span, EDGE_ORDER);
		if (!wf->steps[at].is_parallel || before == WF_NONE ||
		    !wf->steps[before].is_parallel)
			return;
		at = before;
	}
}

static bool is_beside(const struct step *gates, const struct step *step)
{
	return gates != step && gates->parent == step->parent &&
	       gates->is_finally == step->is_finally;
}

/* What a step with `uses` requires comes before what the workflow requires that it uses; what it
 * ensures comes after. */
static bool is_outside(const struct step *gates, const struct step *inner)
{
	return gates->role == inner->role && gates->unit->index < inner->unit->index;
}

/* Also of a handler that is a group. */
static bool is_one_of_the_steps(const struct step *step)
{
	return !step->called && (step->role == ROLE_STEP || step->role == ROLE_HANDLER);
}

/* The gates of a file, or of a group: some come before all of its steps, others after them. Those in
 * groups wait for what the group waits for. */
static void add_gate_links(struct links *links, const struct step *step)
{
	const struct workflow *wf = links->build->plan->wf;
	size_t i;

	for (i = 0; i < links->gates.n; i++) {
		const struct step *gates = &wf->steps[links->gates.v[i]];

		if (is_beside(gates, step) &&
		    (step->role != ROLE_REQUIRES || is_outside(gates, step)))
			add_link(links, gates, step->span, EDGE_ORDER);
	}
	for (i = 0; i < wf->n_steps && step->role == ROLE_ENSURES; i++)
		if (is_beside(step, &wf->steps[i]) &&
		    (is_one_of_the_steps(&wf->steps[i]) || is_outside(step, &wf->steps[i])))
			add_link(links, &wf->steps[i], step->span, EDGE_ORDER);
}

/* Does the success or failure of the run call it, or what it is in? */
static bool is_of_the_run(const struct step *step)
{
	return step->within && step->within->caller == WF_NONE && step->within->on != CALL_ALWAYS &&
	       step->within->on != CALL_ON_ROLLBACK;
}

static bool is_cleanup(const struct step *step)
{
	return step->within && step->within->on == CALL_ON_ROLLBACK;
}

/* A handler waits for its caller and for the one named before it, what cleans up for what the end of
 * the run calls. */
static void add_call_links(struct links *links, const struct step *step)
{
	const struct workflow *wf = links->build->plan->wf;
	size_t i;

	if (step->called && step->called->caller != WF_NONE)
		add_link(links, &wf->steps[step->called->caller], step->span, EDGE_CALL);
	if (step->called && step->before != WF_NONE)
		add_link(links, &wf->steps[step->before], step->span, EDGE_ORDER);
	for (i = 0; i < links->calls.n && step->is_finally && !is_of_the_run(step); i++)
		add_link(links, &wf->steps[links->calls.v[i]], step->span, EDGE_CALL);
	for (i = 0; i < wf->n_steps && step->called && is_cleanup(step); i++)
		if (wf->steps[i].is_finally && !is_cleanup(&wf->steps[i]))
			add_link(links, &wf->steps[i], step->span, EDGE_CALL);
}

static void gather(struct links *links, const struct node *node)
{
	const struct workflow *wf = links->build->plan->wf;
	const struct step *step = node->step;
	size_t i;

	if (step == links->step && node->instance == links->instance)
		return;
	links->step = step;
	links->instance = node->instance;
	vec_clear(&links->list);
	for (i = 0; i < step->n_needs; i++)
		if (step->needs[i].index < wf->n_steps)
			add_link(links, &wf->steps[step->needs[i].index], step->needs[i].span,
				 EDGE_NEEDS);
	step_each_ref(step, note_ref, links);
	if (step->before != WF_NONE && !step->called && step_is_listed(wf, step))
		add_list_links(links, step);
	add_gate_links(links, step);
	add_call_links(links, step);
}

static void links_init(struct links *links, struct build *build)
{
	const struct workflow *wf = build->plan->wf;
	size_t u, i;

	*links = (struct links){ .build = build };
	for (i = 0; i < wf->n_steps; i++)
		if (wf->steps[i].role == ROLE_REQUIRES)
			vec_push(&links->gates, (uint32_t)i);
		else if (wf->steps[i].called && is_of_the_run(&wf->steps[i]))
			vec_push(&links->calls, (uint32_t)i);
	links->vars = ARENA_ARRAY(&build->scratch, struct strmap, wf->n_units);
	for (u = 0; u < wf->n_units; u++)
		for (i = 0; i < wf->units[u]->wf->n_vars; i++)
			strmap_put(&links->vars[u], wf->units[u]->wf->vars[i].name,
				   &wf->units[u]->wf->vars[i]);
}

static void links_release(struct links *links)
{
	size_t u;

	vec_release(&links->list);
	vec_release(&links->gates);
	vec_release(&links->calls);
	for (u = 0; u < links->build->plan->wf->n_units; u++)
		strmap_release(&links->vars[u]);
}

/* What is in a group, or an item of a foreach, is waited for by it. */
static void draw_membership(struct build *build, const struct node *node)
{
	if (node->group != WF_NONE)
		build_edge(build, node->group, node->index, EDGE_ITEM);
	else if (!node->step->called && node->parent != WF_NONE &&
		 build->plan->nodes.v[node->parent]->is_finally == node->is_finally)
		build_edge(build, node->parent, node->index, EDGE_ITEM);
}

void links_draw(struct build *build, uint32_t first)
{
	struct links links;
	size_t i, l;

	links_init(&links, build);
	for (i = first; i < build->plan->nodes.n; i++) {
		const struct node *node = build->plan->nodes.v[i];

		gather(&links, node);
		for (l = 0; l < links.list.n; l++)
			build_edge(build, node->index, links.list.v[l].from, links.list.v[l].kind);
		draw_membership(build, node);
	}
	links_release(&links);
}

/* Each step of a group waits for what the group waits for. */
static void inherit_from(struct links *links, const struct node *group, const struct node *node)
{
	struct build *build = links->build;
	size_t l;

	gather(links, group);
	for (l = 0; l < links->list.n; l++) {
		const struct link *link = &links->list.v[l];

		if (build->plan->nodes.v[link->from]->is_finally == node->is_finally)
			vec_push(&build->edges, ((struct draft_edge){ node->index, link->from,
								      link->kind, true }));
	}
}

void links_inherit(struct build *build, uint32_t first)
{
	const struct plan *plan = build->plan;
	struct links links;
	size_t i;
	uint32_t at;

	links_init(&links, build);
	links.is_silent = true;
	for (i = first; i < plan->nodes.n; i++)
		for (at = plan->nodes.v[i]->parent; at != WF_NONE; at = plan->nodes.v[at]->parent)
			inherit_from(&links, plan->nodes.v[at], plan->nodes.v[i]);
	links_release(&links);
}
