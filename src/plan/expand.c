/*
 * Steps to nodes. A foreach becomes a node of its own, followed by its items. Those over globs come
 * last, each after those whose outputs it may find.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_impl.h"

struct planned {
	struct node *node;
	const struct node *foreach; /* of which it is an item, or NULL */
};

/* The nodes of one step before they have numbers. */
struct draft {
	struct node *main;
	VEC(struct planned) inside;  /* of a foreach: its items, each with all that is in it */
	bool is_waiting, is_visited; /* a foreach over globs */
};

static struct node *node_init(struct node *node, const struct step *step, enum node_kind kind)
{
	*node = (struct node){
		.index = WF_NONE,
		.kind = kind,
		.is_finally = step->is_finally,
		.step = step,
		.id = step->id,
		.group = WF_NONE,
		.parent = WF_NONE,
	};
	return node;
}

static enum node_kind kind_of(const struct step *step)
{
	return step->foreach ? NODE_FOREACH : step->group ? NODE_GROUP : NODE_STEP;
}

/* The foreach over a group that a step stands in, or NULL: it has nodes only where that has items. */
static const struct step *foreach_around(const struct workflow *wf, const struct step *step)
{
	uint32_t at = step->parent;

	while (at != WF_NONE && !wf->steps[at].foreach)
		at = wf->steps[at].parent;
	return at == WF_NONE ? NULL : &wf->steps[at];
}

static const char *item_id(struct build *build, const struct node *main, const struct binding *each)
{
	struct strbuf id = STRBUF_INIT;
	const char *copy;
	size_t v;

	strbuf_addstr(&id, main->id);
	for (v = 0; v < main->step->foreach->n_vars; v++) {
		strbuf_addch(&id, v ? ',' : '[');
		strbuf_addstr(&id, each[v].value);
	}
	strbuf_addch(&id, ']');
	copy = arena_strndup(&build->plan->arena, strbuf_str(&id), id.len);
	strbuf_release(&id);
	return copy;
}

static void add_inside(struct draft *draft, struct node *node, const struct node *foreach)
{
	vec_push(&draft->inside, ((struct planned){ node, foreach }));
}

/* --- items --- */

/* Its own bindings first: a name that is used again further in means what it is there. */
static void bind(struct build *build, struct node *item, const struct node *main,
		 struct binding *own, size_t n_own)
{
	item->n_each = n_own + main->n_each;
	item->each = own;
	if (!main->n_each)
		return;
	item->each = ARENA_ARRAY(&build->plan->arena, struct binding, item->n_each);
	memcpy(item->each, own, n_own * sizeof *own);
	memcpy(item->each + n_own, main->each, main->n_each * sizeof *own);
}

static int make_instance(struct build *build, struct node *item, struct draft *draft);

static int make_item(struct build *build, struct node *main, struct binding *own,
		     struct draft *draft)
{
	const struct step *step = main->step;
	struct node *item = node_init(ARENA_NEW(&build->plan->arena, struct node), step,
				      step->group ? NODE_GROUP : NODE_STEP);

	bind(build, item, main, own, step->foreach->n_vars);
	item->id = item_id(build, main, own);
	item->instance = main->instance;
	add_inside(draft, item, main);
	if (step->group)
		return make_instance(build, item, draft);
	if (paths_render(build, item) < 0)
		return -1;
	output_index_add(build->index, item, &build->plan->arena);
	return 0;
}

static int make_items(struct build *build, struct node *main, struct draft *draft)
{
	size_t n_vars = main->step->foreach->n_vars, i;
	struct items items;

	if (foreach_items(build, main, build->index, &items) < 0)
		return -1;
	main->n_items = (uint32_t)items.n;
	for (i = 0; i < items.n; i++)
		if (make_item(build, main, items.each + i * n_vars, draft) < 0)
			return -1;
	main->is_expanded = true;
	return 0;
}

/* --- a group that is an item: all that is in it, once more --- */

static int make_inner(struct build *build, const struct step *step, const struct instance *instance,
		      struct draft *draft)
{
	const struct node *item = instance->item;
	struct node *node = node_init(ARENA_NEW(&build->plan->arena, struct node), step,
				      kind_of(step));

	node->id = arena_join(&build->plan->arena, item->id, "", step->id + strlen(item->step->id));
	node->instance = instance;
	node->each = item->each;
	node->n_each = item->n_each;
	add_inside(draft, node, NULL);
	if (node->kind == NODE_FOREACH && !foreach_is_late(build, step))
		return make_items(build, node, draft);
	if (node->kind == NODE_GROUP || (node->kind == NODE_FOREACH && step->group))
		return 0;
	if (paths_render(build, node) < 0)
		return -1;
	output_index_add(build->index, node, &build->plan->arena);
	return 0;
}

static int make_instance(struct build *build, struct node *item, struct draft *draft)
{
	const struct workflow *wf = build->plan->wf;
	struct instance *instance = ARENA_NEW(&build->plan->arena, struct instance);
	bool steps_are_known = build->steps_are_known;
	int result = 0;
	size_t s;

	instance->number = ++build->plan->n_instances;
	instance->outer = item->instance;
	instance->item = item;
	instance->nodes = ARENA_ARRAY(&build->plan->arena, uint32_t, wf->n_steps);
	memset(instance->nodes, 0xFF, wf->n_steps * sizeof *instance->nodes);
	item->inner = instance;
	/* What a step beside it comes to is not known when all of them are new. */
	build->steps_are_known = false;
	for (s = 0; s < wf->n_steps && result == 0; s++)
		if (foreach_around(wf, &wf->steps[s]) == item->step)
			result = make_inner(build, &wf->steps[s], instance, draft);
	build->steps_are_known = steps_are_known;
	return result;
}

/* --- one step --- */

static int draft_step(struct build *build, const struct step *step, struct draft *draft)
{
	struct node *node = ARENA_NEW(&build->plan->arena, struct node);

	draft->main = node_init(node, step, kind_of(step));
	if (step->foreach && !foreach_is_late(build, step)) {
		draft->is_waiting = foreach_has_globs(step->foreach);
		return draft->is_waiting ? 0 : make_items(build, node, draft);
	}
	if (step->group)
		return 0;
	if (paths_render(build, node) < 0)
		return -1;
	output_index_add(build->index, node, &build->plan->arena);
	return 0;
}

/* --- foreaches over globs --- */

/* What `step` writes, with its own values unknown, may be found by a glob of `foreach`. */
static bool may_feed(struct build *build, const struct node *writer, const struct foreach *foreach)
{
	struct node_path glob = { 0 };
	size_t v, g, o;
	bool late = false;

	for (v = 0; v < foreach->n_vars; v++) {
		for (g = 0; g < foreach->vars[v].n_globs; g++) {
			if (paths_render_spec(build, &foreach->vars[v].globs[g], writer, &glob,
					      &late) < 0)
				return false;
			for (o = 0; o < writer->n_outputs; o++)
				if (paths_overlap(&glob, &writer->outputs[o], &build->scratch))
					return true;
		}
	}
	return false;
}

static int visit(struct build *build, struct draft *drafts, const uint32_t *waiting, size_t n,
		 uint32_t s)
{
	const struct step *step = &build->plan->wf->steps[s];
	size_t i;

	if (drafts[s].is_visited)
		return 0;
	drafts[s].is_visited = true;
	for (i = 0; i < n; i++)
		if (!drafts[waiting[i]].is_visited &&
		    may_feed(build, drafts[waiting[i]].main, step->foreach) &&
		    visit(build, drafts, waiting, n, waiting[i]) < 0)
			return -1;
	drafts[s].main->n_inputs = drafts[s].main->n_outputs = 0;
	drafts[s].main->has_late_paths = false;
	return make_items(build, drafts[s].main, &drafts[s]);
}

static int expand_globs(struct build *build, struct draft *drafts)
{
	const struct workflow *wf = build->plan->wf;
	uint32_t *waiting = ARENA_ARRAY(&build->scratch, uint32_t, wf->n_steps), s;
	size_t n = 0, i;

	for (s = 0; s < wf->n_steps; s++) {
		if (!drafts[s].is_waiting)
			continue;
		waiting[n++] = s;
		/* As one that is not expanded: its own values stand as wildcards. */
		if (!wf->steps[s].group && paths_render(build, drafts[s].main) < 0)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (visit(build, drafts, waiting, n, waiting[i]) < 0)
			return -1;
	return 0;
}

/* --- numbers --- */

/* The group around it stands before it in the file. */
static uint32_t parent_of(const struct plan *plan, const struct node *node)
{
	const struct instance *instance = node->instance;
	uint32_t parent = node->step->parent;

	if (parent == WF_NONE)
		return WF_NONE;
	if (instance && parent == instance->item->step->index)
		return instance->item->index;
	return instance ? instance->nodes[parent] : plan->main_node[parent];
}

static int add_node(struct build *build, struct node *node)
{
	struct plan *plan = build->plan;

	node->index = (uint32_t)plan->nodes.n;
	node->parent = parent_of(plan, node);
	vec_push(&plan->nodes, node);
	if (node->group == WF_NONE && node->instance)
		node->instance->nodes[node->step->index] = node->index;
	else if (node->group == WF_NONE)
		plan->main_node[node->step->index] = node->index;
	if (!strmap_put(&plan->by_id, node->id, node))
		return 0;
	return build_fail(build, node->step,
			  node->step->foreach ? node->step->foreach->span : node->step->span,
			  "foreach of '%s' gives the item '%s' twice", node->step->id, node->id);
}

/* Items of a foreach over steps follow each other; between those that are groups stands what is in them. */
static void note_item(struct build *build, struct node *foreach, const struct node *item,
		      uint32_t number)
{
	if (number == 0)
		foreach->first_item = item->index;
	if (!foreach->step->group)
		return;
	if (number == 0)
		foreach->children = ARENA_ARRAY(&build->plan->arena, uint32_t, foreach->n_items);
	foreach->children[number] = item->index;
}

static void fill_group(struct build *build, struct node *node)
{
	const struct group *group = node->step->group;
	const struct instance *in = node->inner ? node->inner : node->instance;
	const uint32_t *nodes = in ? in->nodes : build->plan->main_node;
	size_t i;

	node->is_expanded = true;
	node->n_items = (uint32_t)group->n_children;
	node->children = ARENA_ARRAY(&build->plan->arena, uint32_t, group->n_children);
	for (i = 0; i < group->n_children; i++)
		node->children[i] = nodes[group->children[i]];
}

static int add_items(struct build *build, struct draft *draft)
{
	size_t n = build->plan->wf->n_steps, i;
	uint32_t *numbers = ARENA_ARRAY(&build->scratch, uint32_t,
					build->plan->nodes.n + n + draft->inside.n + 1);
	int result = 0;

	draft->main->first_item = (uint32_t)build->plan->nodes.n;
	for (i = 0; i < draft->inside.n && result == 0; i++) {
		const struct planned *planned = &draft->inside.v[i];
		struct node *foreach = (struct node *)planned->foreach;

		if (foreach)
			planned->node->group = foreach->index;
		result = add_node(build, planned->node);
		if (foreach && result == 0)
			note_item(build, foreach, planned->node, numbers[foreach->index]++);
	}
	for (i = 0; i < draft->inside.n && result == 0; i++)
		if (draft->inside.v[i].node->kind == NODE_GROUP)
			fill_group(build, draft->inside.v[i].node);
	vec_release(&draft->inside);
	return result;
}

static int add_nodes(struct build *build, struct draft *drafts)
{
	const struct workflow *wf = build->plan->wf;
	size_t s;

	for (s = 0; s < wf->n_steps; s++) {
		if (!drafts[s].main)
			continue;
		if (add_node(build, drafts[s].main) < 0)
			return -1;
		if (drafts[s].main->is_expanded && add_items(build, &drafts[s]) < 0)
			return -1;
	}
	for (s = 0; s < wf->n_steps; s++)
		if (drafts[s].main && drafts[s].main->kind == NODE_GROUP)
			fill_group(build, drafts[s].main);
	return 0;
}

int expand_steps(struct build *build)
{
	const struct workflow *wf = build->plan->wf;
	struct draft *drafts = ARENA_ARRAY(&build->scratch, struct draft, wf->n_steps);
	int result = 0;
	size_t s;

	build->plan->main_node = ARENA_ARRAY(&build->plan->arena, uint32_t, wf->n_steps);
	build->main_node = build->plan->main_node;
	memset(build->main_node, 0xFF, wf->n_steps * sizeof *build->main_node);
	for (s = 0; s < wf->n_steps && result == 0; s++)
		if (!foreach_around(wf, &wf->steps[s]))
			result = draft_step(build, &wf->steps[s], &drafts[s]);
	if (result == 0)
		result = expand_globs(build, drafts);
	if (result == 0)
		result = add_nodes(build, drafts);
	for (s = 0; s < wf->n_steps; s++)
		vec_release(&drafts[s].inside);
	return result;
}

int expand_late(struct build *build, struct node *group)
{
	struct draft draft = { .main = group };
	int result = make_items(build, group, &draft);

	if (result == 0)
		result = add_items(build, &draft);
	vec_release(&draft.inside);
	return result;
}
