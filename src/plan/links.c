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
	VEC(struct link) list;
	struct strmap *vars; /* NULL: there are none */
	unsigned depth;	     /* of vars that use vars */
};

enum { VARS_DEPTH_MAX = 16 };

static void add_link(struct links *links, const struct step *to, struct span at,
		     enum edge_kind kind)
{
	if (to == links->step)
		build_fail(links->build, at, "step '%s' waits for itself", to->id);
	else if (to->is_finally && !links->step->is_finally)
		build_fail(links->build, at, "'%s' cannot wait for '%s', which runs at the end",
			   links->step->id, to->id);
	else if (to->is_finally == links->step->is_finally)
		vec_push(&links->list, ((struct link){ links->build->main_node[to->index], kind }));
}

static void note_ref(void *data, const struct expr_ref *ref)
{
	struct links *links = data;
	const struct step *step;
	const struct var *var;

	if (!ref->n_path)
		return;
	if (ref->ns == NS_STEPS) {
		step = workflow_step(links->build->plan->wf, ref->path[0]);
		if (step)
			add_link(links, step, ref->span, EDGE_REFERENCE);
	} else if (ref->ns == NS_VARS && links->vars && links->depth < VARS_DEPTH_MAX) {
		var = strmap_get(links->vars, ref->path[0]);
		links->depth++;
		if (var && links->build->late_vars[var - links->build->plan->wf->vars])
			expr_each_ref(var->expr, note_ref, links);
		links->depth--;
	}
}

static void gather(struct links *links, const struct step *step)
{
	const struct workflow *wf = links->build->plan->wf;
	size_t i;

	links->step = step;
	vec_clear(&links->list);
	for (i = 0; i < step->n_needs; i++)
		if (step->needs[i].index < wf->n_steps)
			add_link(links, &wf->steps[step->needs[i].index], step->needs[i].span,
				 EDGE_NEEDS);
	step_each_ref(step, note_ref, links);
	if (wf->order_listed && step->index && step->index != wf->n_graph_steps)
		add_link(links, &wf->steps[step->index - 1], step->span, EDGE_ORDER);
}

void links_draw(struct build *build, uint32_t first)
{
	const struct workflow *wf = build->plan->wf;
	struct links links = { .build = build };
	struct strmap vars = { 0 };
	size_t i, l;

	for (i = 0; i < wf->n_vars; i++)
		strmap_put(&vars, wf->vars[i].name, &wf->vars[i]);
	links.vars = wf->n_vars ? &vars : NULL;
	for (i = first; i < build->plan->nodes.n; i++) {
		const struct node *node = build->plan->nodes.v[i];

		if (node->step != links.step)
			gather(&links, node->step);
		for (l = 0; l < links.list.n; l++)
			build_edge(build, node->index, links.list.v[l].from, links.list.v[l].kind);
		if (node->group != WF_NONE)
			build_edge(build, node->group, node->index, EDGE_ITEM);
	}
	vec_release(&links.list);
	strmap_release(&vars);
}
