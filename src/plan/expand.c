/*
 * Steps to nodes. A foreach becomes a node of its own, followed by its items. Those over globs come
 * last, each after those whose outputs it may find.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_impl.h"

/* The nodes of one step before they have numbers. */
struct draft {
	struct node *main, *items;
	size_t n_items;
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

static const char *item_id(struct build *build, const struct step *step, const struct binding *each)
{
	struct strbuf id = STRBUF_INIT;
	const char *copy;
	size_t v;

	strbuf_addstr(&id, step->id);
	for (v = 0; v < step->foreach->n_vars; v++) {
		strbuf_addch(&id, v ? ',' : '[');
		strbuf_addstr(&id, each[v].value);
	}
	strbuf_addch(&id, ']');
	copy = arena_strndup(&build->plan->arena, strbuf_str(&id), id.len);
	strbuf_release(&id);
	return copy;
}

static int make_items(struct build *build, const struct step *step, struct draft *draft)
{
	size_t n_vars = step->foreach->n_vars, i;
	struct items items;

	if (foreach_items(build, step, build->index, &items) < 0)
		return -1;
	draft->items = ARENA_ARRAY(&build->plan->arena, struct node, items.n);
	draft->n_items = items.n;
	for (i = 0; i < items.n; i++) {
		struct node *item = node_init(&draft->items[i], step, NODE_STEP);

		item->each = items.each + i * n_vars;
		item->n_each = n_vars;
		item->id = item_id(build, step, item->each);
		if (paths_render(build, item) < 0)
			return -1;
		output_index_add(build->index, item, &build->plan->arena);
	}
	draft->main->is_expanded = true;
	return 0;
}

static enum node_kind kind_of(const struct step *step)
{
	return step->group ? NODE_GROUP : step->foreach ? NODE_FOREACH : NODE_STEP;
}

static int draft_step(struct build *build, const struct step *step, struct draft *draft)
{
	struct node *node = ARENA_NEW(&build->plan->arena, struct node);

	draft->main = node_init(node, step, kind_of(step));
	if (step->group)
		return 0;
	if (step->foreach && !foreach_is_late(build, step)) {
		draft->is_waiting = foreach_has_globs(step->foreach);
		return draft->is_waiting ? 0 : make_items(build, step, draft);
	}
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
	return make_items(build, step, &drafts[s]);
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
		if (paths_render(build, drafts[s].main) < 0)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (visit(build, drafts, waiting, n, waiting[i]) < 0)
			return -1;
	return 0;
}

/* --- numbers --- */

static int add_node(struct build *build, struct node *node)
{
	struct plan *plan = build->plan;

	node->index = (uint32_t)plan->nodes.n;
	if (node->step->parent != WF_NONE) /* it stands before them */
		node->parent = build->main_node[node->step->parent];
	vec_push(&plan->nodes, node);
	if (!strmap_put(&plan->by_id, node->id, node))
		return 0;
	return build_fail(build, node->step,
			  node->step->foreach ? node->step->foreach->span : node->step->span,
			  "foreach of '%s' gives the item '%s' twice", node->step->id, node->id);
}

static int add_items(struct build *build, struct draft *draft)
{
	struct node *group = draft->main;
	int result = 0;
	size_t i;

	group->first_item = (uint32_t)build->plan->nodes.n;
	group->n_items = (uint32_t)draft->n_items;
	for (i = 0; i < draft->n_items && result == 0; i++) {
		draft->items[i].group = group->index;
		result = add_node(build, &draft->items[i]);
	}
	return result;
}

static void fill_group(struct build *build, struct node *node)
{
	const struct group *group = node->step->group;
	size_t i;

	node->is_expanded = true;
	node->n_items = (uint32_t)group->n_children;
	node->children = ARENA_ARRAY(&build->plan->arena, uint32_t, group->n_children);
	for (i = 0; i < group->n_children; i++)
		node->children[i] = build->main_node[group->children[i]];
}

int expand_steps(struct build *build)
{
	const struct workflow *wf = build->plan->wf;
	struct draft *drafts = ARENA_ARRAY(&build->scratch, struct draft, wf->n_steps);
	size_t s;

	for (s = 0; s < wf->n_steps; s++)
		if (draft_step(build, &wf->steps[s], &drafts[s]) < 0)
			return -1;
	if (expand_globs(build, drafts) < 0)
		return -1;
	build->main_node = ARENA_ARRAY(&build->scratch, uint32_t, wf->n_steps);
	for (s = 0; s < wf->n_steps; s++) {
		if (add_node(build, drafts[s].main) < 0)
			return -1;
		build->main_node[s] = drafts[s].main->index;
		if (drafts[s].main->is_expanded && add_items(build, &drafts[s]) < 0)
			return -1;
	}
	for (s = 0; s < wf->n_steps; s++)
		if (wf->steps[s].group)
			fill_group(build, drafts[s].main);
	return 0;
}

int expand_late(struct build *build, struct node *group)
{
	struct draft draft = { .main = group };

	if (make_items(build, group->step, &draft) < 0)
		return -1;
	return add_items(build, &draft);
}
