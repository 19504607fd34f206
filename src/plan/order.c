/*
 * Edges to a graph: sorted by the node that waits, doubles removed, and an order in which every node
 * comes after what it depends on, or the cycles that forbid one.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_impl.h"

/* --- drafts to deps --- */

static void deps_extend(struct plan *plan, struct node *node, size_t extra)
{
	struct edge *deps = ARENA_ARRAY(&plan->arena, struct edge, node->deps.n + extra);

	if (node->deps.n)
		memcpy(deps, node->deps.v, node->deps.n * sizeof *deps);
	node->deps.v = deps;
	node->deps.alloc = node->deps.n + extra;
}

static int compare_from(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Edges over files come last, in whatever order their writers were found: now that of the file. */
static void sort_file_edges(struct node *node)
{
	size_t end = node->deps.n, first;

	while (end && node->deps.v[end - 1].is_inherited)
		end--;
	first = end;
	while (first && node->deps.v[first - 1].kind == EDGE_FILE)
		first--;
	if (end - first > 1)
		qsort(node->deps.v + first, end - first, sizeof *node->deps.v, compare_from);
}

/* Who only asks what became of a step leaves it to the group what its failure means. */
static void leave_to_group(struct node *node, uint32_t from)
{
	size_t d;

	for (d = 0; d < node->deps.n; d++)
		if (node->deps.v[d].from == from && node->deps.v[d].kind == EDGE_REFERENCE)
			node->deps.v[d].is_inherited = true;
}

void edges_settle(struct build *build)
{
	struct plan *plan = build->plan;
	size_t n = plan->nodes.n, i;
	uint32_t *start = ARENA_ARRAY(&build->scratch, uint32_t, n + 1);
	uint32_t *sorted = ARENA_ARRAY(&build->scratch, uint32_t, build->edges.n);
	uint32_t *seen_by = ARENA_ARRAY(&build->scratch, uint32_t, n), at, end, d;

	for (i = 0; i < build->edges.n; i++)
		start[build->edges.v[i].to]++;
	for (i = 0, at = 0; i <= n; i++) {
		at += start[i];
		start[i] = at; /* the end of node i; counted down to its start below */
	}
	for (i = build->edges.n; i-- > 0;)
		sorted[--start[build->edges.v[i].to]] = (uint32_t)i;
	memset(seen_by, 0xFF, n * sizeof *seen_by);
	for (i = 0; i < n; i++) {
		struct node *node = plan->nodes.v[i];

		end = start[i + 1];
		if (start[i] == end)
			continue;
		deps_extend(plan, node, end - start[i]);
		for (d = 0; d < node->deps.n; d++)
			seen_by[node->deps.v[d].from] = (uint32_t)i;
		for (at = start[i]; at < end; at++) {
			const struct draft_edge *edge = &build->edges.v[sorted[at]];

			if (seen_by[edge->from] == i) {
				if (edge->is_inherited)
					leave_to_group(node, edge->from);
				continue;
			}
			seen_by[edge->from] = (uint32_t)i;
			node->deps.v[node->deps.n++] = (struct edge){ edge->from, edge->kind,
								      edge->is_inherited };
		}
		sort_file_edges(node);
	}
	vec_clear(&build->edges);
}

/* --- cycles --- */

enum { CYCLES_SHOWN = 10, CYCLE_TEXT_MAX = 12, OUTPUTS_SHOWN = 3 };

struct frame {
	uint32_t node, next_dep;
};

struct walk {
	struct build *build;
	VEC(struct frame) stack;
	uint8_t *colour; /* 0: new, 1: on the stack, 2: done */
	uint32_t *order;
	size_t n;
	size_t n_cycles;
};

static const struct edge *edge_to(const struct node *node, uint32_t from)
{
	size_t i;

	for (i = 0; i < node->deps.n; i++)
		if (node->deps.v[i].from == from)
			return &node->deps.v[i];
	return NULL;
}

static const char *why_waits(const struct node *node, const struct edge *edge)
{
	if (edge->is_inherited)
		return "is in a group that waits for";
	switch (edge->kind) {
	case EDGE_NEEDS: return "needs";
	case EDGE_FILE: return "has an input that is written by";
	case EDGE_REFERENCE: return "refers to";
	case EDGE_ORDER: return "is listed after";
	default: return node->kind == NODE_GROUP ? "has the step" : "has the item";
	}
}

/* As they are written: a "data/${each.x}.csv" that may be any of data/ is what nobody thinks of. */
static void add_outputs(const struct edge *edge, const struct step *writer, struct strbuf *out)
{
	size_t i;

	if (edge->kind != EDGE_FILE)
		return;
	for (i = 0; i < writer->n_outputs && i < OUTPUTS_SHOWN; i++)
		strbuf_addf(out, "%s'%s'", i ? ", " : ": ", writer->outputs[i].text.raw);
	if (writer->n_outputs > OUTPUTS_SHOWN)
		strbuf_addstr(out, ", …");
}

/* The nodes of the cycle are the stack from `start` on. */
static void cycle_text(const struct walk *walk, size_t start, struct strbuf *text)
{
	const struct plan *plan = walk->build->plan;
	size_t n = walk->stack.n - start, i;

	for (i = 0; i < n; i++) {
		if (n > CYCLE_TEXT_MAX && i == CYCLE_TEXT_MAX - 2) {
			strbuf_addf(text, "… (%zu more) → ", n - CYCLE_TEXT_MAX + 1);
			i = n - 2;
			continue;
		}
		strbuf_addf(text, "%s → ", plan->nodes.v[walk->stack.v[start + i].node]->id);
	}
	strbuf_addstr(text, plan->nodes.v[walk->stack.v[start].node]->id);
}

static void report_member(const struct walk *walk, size_t start, size_t i, const char *cycle)
{
	const struct plan *plan = walk->build->plan;
	size_t n = walk->stack.n - start;
	const struct node *node = plan->nodes.v[walk->stack.v[start + i].node];
	const struct node *next = plan->nodes.v[walk->stack.v[start + (i + 1) % n].node];
	const struct edge *edge = edge_to(node, next->index);
	struct diags *diags = build_diags(walk->build, node->step);
	struct strbuf outputs = STRBUF_INIT;
	struct diag *diag;

	if (i == 0 && n == 1)
		diag = diag_error(diags, node->step->span, "step '%s' waits for itself", node->id);
	else if (i == 0)
		diag = diag_error(diags, node->step->span, "steps wait for each other: %s", cycle);
	else
		diag = diag_error(diags, node->step->span,
				  "step '%s' waits for itself by way of '%s'", node->id, next->id);
	add_outputs(edge, next->step, &outputs);
	diag_hint(diags, diag, "'%s' %s '%s'%s", node->id, why_waits(node, edge), next->id,
		  strbuf_str(&outputs));
	strbuf_release(&outputs);
}

static void report_cycle(struct walk *walk, uint32_t first)
{
	struct strbuf text = STRBUF_INIT;
	const struct step *last = NULL;
	size_t start = walk->stack.n, i;

	walk->build->failed = true;
	if (walk->n_cycles++ >= CYCLES_SHOWN || !walk->build->diags)
		return;
	while (walk->stack.v[--start].node != first)
		;
	cycle_text(walk, start, &text);
	for (i = 0; start + i < walk->stack.n && i < CYCLE_TEXT_MAX; i++) {
		const struct node *node = walk->build->plan->nodes.v[walk->stack.v[start + i].node];

		if (node->step != last) /* a foreach and its item stand at one place */
			report_member(walk, start, i, strbuf_str(&text));
		last = node->step;
	}
	strbuf_release(&text);
}

/* --- the order --- */

static void enter(struct walk *walk, uint32_t node)
{
	walk->colour[node] = 1;
	vec_push(&walk->stack, ((struct frame){ node, 0 }));
}

/* Depth first, without recursion: a chain of 100,000 steps is fine. */
static void walk_from(struct walk *walk, uint32_t root)
{
	const struct plan *plan = walk->build->plan;

	if (walk->colour[root])
		return;
	enter(walk, root);
	while (walk->stack.n) {
		struct frame *top = vec_last(&walk->stack);
		const struct node *node = plan->nodes.v[top->node];
		uint32_t dep;

		if (top->next_dep == node->deps.n) {
			walk->colour[top->node] = 2;
			walk->order[walk->n++] = top->node;
			walk->stack.n--;
			continue;
		}
		dep = node->deps.v[top->next_dep++].from;
		if (!walk->colour[dep])
			enter(walk, dep);
		else if (walk->colour[dep] == 1)
			report_cycle(walk, dep);
	}
}

int order_all(struct build *build, uint32_t **order, uint32_t **rank)
{
	size_t n = build->plan->nodes.n, i;
	struct walk walk = { .build = build };

	walk.colour = ARENA_ARRAY(&build->scratch, uint8_t, n);
	walk.order = ARENA_ARRAY(&build->scratch, uint32_t, n);
	for (i = 0; i < n; i++)
		if (!build->plan->nodes.v[i]->is_finally)
			walk_from(&walk, (uint32_t)i);
	for (i = 0; i < n; i++)
		walk_from(&walk, (uint32_t)i);
	vec_release(&walk.stack);
	*order = walk.order;
	*rank = ARENA_ARRAY(&build->scratch, uint32_t, n);
	for (i = 0; i < walk.n; i++)
		(*rank)[walk.order[i]] = (uint32_t)i;
	return walk.n_cycles ? -1 : 0;
}

void plan_topological(const struct plan *plan, struct arena *arena, uint32_t **order, size_t *n)
{
	struct build build = { .plan = (struct plan *)plan };
	uint32_t *all, *rank;
	size_t i;

	if (order_all(&build, &all, &rank) < 0)
		BUG("a plan with a cycle");
	*order = ARENA_ARRAY(arena, uint32_t, plan->nodes.n);
	*n = 0;
	for (i = 0; i < plan->nodes.n; i++)
		if (plan->nodes.v[all[i]]->is_selected)
			(*order)[(*n)++] = all[i];
	arena_release(&build.scratch);
}

/* --- reachability --- */

struct reach {
	const struct plan *plan;
	const uint32_t *rank;
	uint32_t *stamp, generation;
	uint32_t *stack;
};

struct reach *reach_new(const struct plan *plan, const uint32_t *rank, struct arena *arena)
{
	struct reach *reach = ARENA_NEW(arena, struct reach);

	reach->plan = plan;
	reach->rank = rank;
	reach->stamp = ARENA_ARRAY(arena, uint32_t, plan->nodes.n);
	reach->stack = ARENA_ARRAY(arena, uint32_t, plan->nodes.n);
	return reach;
}

/* Backwards from the later one, never past the place of the earlier one in the order. */
bool reach_is_ordered(struct reach *reach, uint32_t a, uint32_t b)
{
	uint32_t earlier = reach->rank[a] < reach->rank[b] ? a : b, later = earlier == a ? b : a;
	size_t n = 0, d;

	if (reach->plan->nodes.v[a]->is_finally != reach->plan->nodes.v[b]->is_finally)
		return true;
	reach->generation++;
	reach->stack[n++] = later;
	while (n) {
		const struct node *node = reach->plan->nodes.v[reach->stack[--n]];

		for (d = 0; d < node->deps.n; d++) {
			uint32_t from = node->deps.v[d].from;

			if (from == earlier)
				return true;
			if (reach->rank[from] < reach->rank[earlier] ||
			    reach->stamp[from] == reach->generation)
				continue;
			reach->stamp[from] = reach->generation;
			reach->stack[n++] = from;
		}
	}
	return false;
}
