/*
 * The stages of planning in their order, and what happens when a foreach learns its items.
 */
#include "plan/plan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitset.h"
#include "base/xalloc.h"
#include "plan/plan_impl.h"

struct diags *build_diags(const struct build *build, const struct step *step)
{
	return build->diags && step->unit->diags ? step->unit->diags : build->diags;
}

int build_fail(struct build *build, const struct step *step, struct span at, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	build->failed = true;
	if (build->diags)
		diag_error(build_diags(build, step), at, "%s", strbuf_str(&text));
	else
		err_set(build->err, ERR_VALUE, "%s", strbuf_str(&text));
	strbuf_release(&text);
	return -1;
}

/* What a race ensures is asked when it is decided, whatever its losers came to. */
static bool is_after_race(const struct workflow *wf, const struct step *step)
{
	return step->role == ROLE_ENSURES && step->parent != WF_NONE &&
	       wf->steps[step->parent].group->wait_for != WAIT_FOR_ALL;
}

void build_edge(struct build *build, uint32_t to, uint32_t from, enum edge_kind kind)
{
	const struct node *const *nodes = (const struct node *const *)build->plan->nodes.v;
	const struct step *waiting = nodes[to]->step;
	bool is_inherited = waiting->called || kind == EDGE_CALL ||
			    is_after_race(build->plan->wf, waiting);

	vec_push(&build->edges, ((struct draft_edge){ to, from, kind, is_inherited }));
}

static void build_release(struct build *build)
{
	vec_release(&build->edges);
	arena_release(&build->scratch);
}

static bool has_late_nodes(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nodes.n; i++)
		if (plan->nodes.v[i]->has_late_paths ||
		    (plan->nodes.v[i]->kind == NODE_FOREACH && !plan->nodes.v[i]->is_expanded))
			return true;
	return false;
}

static void ask_durations(struct build *build, size_t first)
{
	struct plan *plan = build->plan;
	size_t i;

	for (i = first; build->host->duration_ms && i < plan->nodes.n; i++)
		plan->nodes.v[i]->duration_ms = build->host->duration_ms(build->host->data,
									 plan->nodes.v[i]->id);
}

static int build_stages(struct build *build, const struct selection *selection)
{
	uint32_t *rank;

	build->late = late_find(build->plan->wf, &build->scratch);
	if (expand_steps(build) < 0)
		return -1;
	links_draw(build, 0);
	files_draw(build, 0);
	links_inherit(build, 0);
	edges_settle(build);
	if (order_all(build, &build->order, &rank) < 0)
		return -1;
	conflicts_find(build, rank);
	if (build->failed)
		return -1;
	advise_missing_order(build, rank);
	advise_lists(build);
	advise_folders(build);
	advise_gates(build);
	if (succession_draw(build, rank) && order_all(build, &build->order, &rank) < 0)
		BUG("a succession with a cycle");
	if (selection_apply(build, selection) < 0)
		return -1;
	ask_durations(build, 0);
	plan_critical_path(build->plan);
	return 0;
}

struct plan *plan_build(const struct workflow *wf, const struct plan_host *host,
			const struct selection *selection, struct diags *diags, struct err *err)
{
	struct plan *plan = xcalloc(1, sizeof *plan);
	struct build build = { .plan = plan, .host = host, .diags = diags, .err = err };
	int result;

	plan->wf = wf;
	plan->index = build.index = output_index_new();
	result = build_stages(&build, selection);
	build_release(&build);
	if (result < 0) {
		plan_free(plan);
		return NULL;
	}
	if (!has_late_nodes(plan)) {
		output_index_free(plan->index);
		plan->index = NULL;
	}
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	output_index_free(plan->index);
	vec_release(&plan->nodes);
	vec_release(&plan->wanted_items);
	strmap_release(&plan->by_id);
	arena_release(&plan->arena);
	free(plan);
}

const struct node *plan_node(const struct plan *plan, const char *id)
{
	return strmap_get(&plan->by_id, id);
}

const struct node *plan_item(const struct plan *plan, const struct node *group, uint32_t i)
{
	return plan->nodes.v[group->children ? group->children[i] : group->first_item + i];
}

const struct node *plan_around(const struct plan *plan, const struct node *node)
{
	uint32_t at = node->group != WF_NONE ? node->group : node->parent;

	return at == WF_NONE ? NULL : plan->nodes.v[at];
}

const struct node *plan_node_of(const struct plan *plan, const struct instance *from,
				const struct step *step)
{
	for (; from; from = from->outer)
		if (from->nodes[step->index] != WF_NONE)
			return plan->nodes.v[from->nodes[step->index]];
	if (plan->main_node[step->index] != WF_NONE)
		return plan->nodes.v[plan->main_node[step->index]];
	if (step->parent == WF_NONE)
		BUG("step '%s' has no node", step->id);
	return plan_node_of(plan, NULL, &plan->wf->steps[step->parent]);
}

bool plan_is_in(const struct plan *plan, const struct node *node, uint32_t group)
{
	while ((node = plan_around(plan, node)))
		if (node->index == group)
			return true;
	return false;
}

bool plan_is_meant(const struct plan *plan, const struct node *node, const char *id)
{
	if (!strcmp(id, node->id) || !strcmp(id, node->step->id))
		return true;
	return node->parent != WF_NONE && plan_is_meant(plan, plan->nodes.v[node->parent], id);
}

/* --- what is known later --- */

static void build_late(struct build *build, struct plan *plan, const struct plan_host *host,
		       struct err *err)
{
	*build = (struct build){ .plan = plan, .host = host, .err = err, .steps_are_known = true };
	build->index = plan->index;
	build->main_node = plan->main_node;
	build->late = late_find(plan->wf, &build->scratch);
}

/* The nodes that wait for this one, also through others; itself too. */
static void mark_after(struct build *build, uint32_t node, struct bitset *after)
{
	uint32_t *order, *rank;
	size_t i, d;

	bitset_init(after, build->plan->nodes.n);
	bitset_set(after, node);
	if (order_all(build, &order, &rank) < 0)
		BUG("a plan with a cycle");
	for (i = 0; i < build->plan->nodes.n; i++) {
		const struct node *other = build->plan->nodes.v[order[i]];

		for (d = 0; d < other->deps.n; d++)
			if (bitset_has(after, other->deps.v[d].from))
				bitset_set(after, other->index);
	}
}

/* An item that reads what only comes after its foreach reads what is there now. */
static void drop_edges_back(struct build *build, const struct bitset *after)
{
	size_t i, n = 0;

	for (i = 0; i < build->edges.n; i++)
		if (build->edges.v[i].kind != EDGE_FILE ||
		    !bitset_has(after, build->edges.v[i].from))
			build->edges.v[n++] = build->edges.v[i];
	build->edges.n = n;
}

static int check_writer(struct build *build, const struct node *item, const char *path,
			struct reach *reach)
{
	struct output_index *index = build->index;
	uint32_t i = output_index_literal(index, path);

	for (; i; i = index->outputs.v[i - 1].next) {
		const struct node *other = index->outputs.v[i - 1].node;

		if (other != item && !reach_is_ordered(reach, other->index, item->index))
			return build_fail(
				build, item->step, item->step->span,
				"'%s' and '%s' both write '%s' with no order between them",
				other->id, item->id, path);
	}
	return 0;
}

static int check_writers(struct build *build, size_t first)
{
	struct reach *reach;
	uint32_t *order, *rank;
	size_t i, o;

	if (order_all(build, &order, &rank) < 0)
		return build_fail(build, build->plan->nodes.v[first]->step,
				  build->plan->nodes.v[first]->step->span,
				  "items of '%s' wait for each other",
				  build->plan->nodes.v[first]->step->id);
	reach = reach_new(build->plan, rank, &build->scratch);
	for (i = first; i < build->plan->nodes.n; i++) {
		const struct node *item = build->plan->nodes.v[i];

		for (o = 0; o < item->n_outputs; o++) {
			struct node_path path = output_index_path(&item->outputs[o],
								  &build->scratch);

			if (path.kind == PATH_LITERAL &&
			    check_writer(build, item, path.path, reach) < 0)
				return -1;
		}
	}
	return 0;
}

/* The plan stays one that can be worked with: the foreach without items. */
static void take_back(struct plan *plan, struct node *group, size_t first)
{
	size_t n = 0, i;

	for (i = first; i < plan->nodes.n; i++)
		plan->nodes.v[i]->deps.n = 0;
	for (i = 0; i < group->deps.n; i++)
		if (group->deps.v[i].from < first)
			group->deps.v[n++] = group->deps.v[i];
	group->deps.n = n;
	group->n_items = 0;
	group->is_expanded = false;
}

/* New nodes take the place of their foreach in the critical path. */
static void extend_critical(struct plan *plan, const struct node *group, size_t first)
{
	uint64_t behind = group->critical_ms - (group->duration_ms < group->critical_ms
							? group->duration_ms
							: group->critical_ms);

	for (size_t i = plan->nodes.n; i-- > first;) {
		struct node *node = plan->nodes.v[i];

		node->critical_ms = behind + node->duration_ms;
		if (critical_is_row(node))
			behind = node->critical_ms;
	}
}

static int expand_stages(struct build *build, struct node *group)
{
	size_t first = build->plan->nodes.n;
	struct bitset after;

	mark_after(build, group->index, &after);
	if (expand_late(build, group) < 0) {
		bitset_release(&after);
		return -1;
	}
	group->n_inputs = group->n_outputs = 0;
	group->has_late_paths = false;
	links_draw(build, (uint32_t)first);
	files_draw(build, (uint32_t)first);
	drop_edges_back(build, &after);
	links_inherit(build, (uint32_t)first);
	bitset_release(&after);
	edges_settle(build);
	if (group->n_items && check_writers(build, first) < 0)
		return -1;
	if (selection_extend(build, group) < 0)
		return -1;
	ask_durations(build, first);
	extend_critical(build->plan, group, first);
	return 0;
}

int plan_expand(struct plan *plan, struct node *foreach, const struct plan_host *host,
		struct err *err)
{
	size_t first = plan->nodes.n;
	struct build build;
	int result;

	if (foreach->kind != NODE_FOREACH || foreach->is_expanded)
		BUG("'%s' is not to be expanded", foreach->id);
	build_late(&build, plan, host, err);
	result = expand_stages(&build, foreach);
	if (result < 0) {
		take_back(plan, foreach, first);
		err_wrap(err, "cannot expand '%s'", foreach->id);
	}
	build_release(&build);
	return result;
}

int plan_resolve(struct plan *plan, struct node *node, const struct plan_host *host,
		 struct err *err)
{
	struct build build;
	int result;

	if (!node->has_late_paths || (node->kind == NODE_FOREACH && !node->is_expanded))
		return 0;
	build_late(&build, plan, host, err);
	result = paths_render(&build, node);
	build_release(&build);
	return result;
}
