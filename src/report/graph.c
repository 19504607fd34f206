/*
 * From a plan to a graph that can be drawn, and as JSON. See report/graph.h.
 */
#include "report/graph.h"

#include <stdlib.h>

#include "base/jsonw.h"
#include "base/timefmt.h"
#include "graph_impl.h"

/* What stands for each node of the plan: itself, or the foreach that it is an item of. */
struct drawing {
	struct graph *graph;
	bool with_items;
	uint32_t *waves;    /* by node of the plan */
	uint32_t *place;    /* the same: index in graph.nodes, or WF_NONE */
	uint32_t *seen_for; /* by index in graph.nodes: the edge from there to `to`, + 1… */
	uint32_t *seen_at;
};

/* The outermost foreach that it is an item of, or stands in; NULL: none, or each item has its place. */
static const struct node *folded_into(const struct drawing *d, const struct node *node)
{
	const struct node *foreach = NULL;

	for (; node && !d->with_items; node = node->instance ? node->instance->item : NULL)
		if (node->group != WF_NONE)
			foreach = d->graph->plan->nodes.v[node->group];
		else if (node->instance)
			foreach = d->graph->plan->nodes.v[node->instance->item->group];
	return foreach;
}

static bool is_folded(const struct drawing *d, const struct node *node)
{
	return folded_into(d, node) != NULL;
}

/* ---- Nodes ---- */

/* A foreach beside its items is worth a node where somebody waits for all of them. */
static bool is_idle_group(const struct drawing *d, const struct node *node)
{
	const struct plan *plan = d->graph->plan;

	if (!d->with_items || node->kind != NODE_FOREACH || !node->is_expanded)
		return false;
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *other = plan->nodes.v[i];

		for (size_t k = 0; other->is_selected && k < other->deps.n; k++) {
			if (other->deps.v[k].from == node->index)
				return false;
		}
	}
	return true;
}

static struct graph_node draw_node(const struct drawing *d, const struct node *node)
{
	const struct plan *plan = d->graph->plan;
	struct graph_node drawn = { .node = node,
				    .wave = d->waves[node->index],
				    .duration_ms = node->duration_ms,
				    .is_handler = node->step->within &&
						  node->step->within->on != CALL_ALWAYS };

	if (node->kind != NODE_FOREACH || !node->is_expanded || d->with_items)
		return drawn;
	drawn.duration_ms = 0;
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *item = plan->nodes.v[i];

		if (!item->is_selected || !plan_is_in(plan, item, node->index))
			continue;
		drawn.n_items += item->group == node->index;
		drawn.duration_ms += item->duration_ms;
		if (d->waves[item->index] > drawn.wave)
			drawn.wave = d->waves[item->index];
	}
	return drawn;
}

/* A foreach itself may not be selected where some of its items are. */
static bool is_drawn(const struct drawing *d, const struct node *node)
{
	const struct plan *plan = d->graph->plan;

	if (is_folded(d, node) || is_idle_group(d, node))
		return false;
	if (node->is_selected || d->with_items || node->kind != NODE_FOREACH)
		return node->is_selected;
	for (size_t i = 0; i < plan->nodes.n; i++) {
		if (plan->nodes.v[i]->is_selected &&
		    plan_is_in(plan, plan->nodes.v[i], node->index))
			return true;
	}
	return false;
}

static int by_wave(const void *a, const void *b)
{
	const struct graph_node *na = a, *nb = b;

	if (na->is_handler != nb->is_handler)
		return na->is_handler ? 1 : -1;
	if (na->wave != nb->wave)
		return na->wave < nb->wave ? -1 : 1;
	return na->node->index < nb->node->index ? -1 : na->node->index > nb->node->index;
}

static void draw_nodes(struct drawing *d)
{
	struct graph *graph = d->graph;
	const struct plan *plan = graph->plan;

	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		d->place[i] = WF_NONE;
		if (!is_drawn(d, node))
			continue;
		vec_push(&graph->nodes, draw_node(d, node));
		if (!node->is_finally && !node->step->within &&
		    vec_last(&graph->nodes)->wave >= graph->n_waves)
			graph->n_waves = vec_last(&graph->nodes)->wave + 1;
	}
	if (graph->nodes.n)
		qsort(graph->nodes.v, graph->nodes.n, sizeof *graph->nodes.v, by_wave);
	for (size_t i = 0; i < graph->nodes.n; i++)
		d->place[graph->nodes.v[i].node->index] = (uint32_t)i;
	for (size_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (node->is_selected && is_folded(d, node))
			d->place[i] = d->place[folded_into(d, node)->index];
	}
}

/* ---- Edges ---- */

/* Of several reasons to wait the one that the author wrote is the one to show. */
static void draw_edge(struct drawing *d, uint32_t to, const struct edge *edge)
{
	struct graph *graph = d->graph;
	uint32_t from = d->place[edge->from];

	if (from == WF_NONE || from == to)
		return;
	/* What cleans up comes after what the end of the run calls: their places say so. */
	if (graph->nodes.v[from].is_handler && !graph->nodes.v[to].is_handler)
		return;
	/* Of what is in a group the group says so, of a handler what calls it. */
	if (edge->is_inherited && edge->kind == EDGE_ORDER &&
	    graph->nodes.v[from].node->step->role == ROLE_REQUIRES)
		return;
	if (d->seen_for[from] == to + 1) {
		struct graph_edge *drawn = &graph->edges.v[d->seen_at[from]];

		drawn->kind = edge->kind < drawn->kind ? edge->kind : drawn->kind;
		return;
	}
	d->seen_for[from] = to + 1;
	d->seen_at[from] = (uint32_t)graph->edges.n;
	vec_push(&graph->edges, ((struct graph_edge){ from, to, edge->kind, false }));
}

static void draw_edges_of(struct drawing *d, uint32_t to, const struct node *node)
{
	for (size_t i = 0; i < node->deps.n; i++)
		draw_edge(d, to, &node->deps.v[i]);
}

static void draw_edges(struct drawing *d)
{
	const struct plan *plan = d->graph->plan;

	for (uint32_t to = 0; to < d->graph->nodes.n; to++) {
		const struct node *node = d->graph->nodes.v[to].node;

		draw_edges_of(d, to, node);
		if (node->kind != NODE_FOREACH || d->with_items)
			continue;
		for (size_t i = 0; i < plan->nodes.n; i++) {
			const struct node *item = plan->nodes.v[i];

			if (item->is_selected && plan_is_in(plan, item, node->index))
				draw_edges_of(d, to, item);
		}
	}
}

/* ---- The critical path ---- */

/* After whom the longest rest of the run comes, by node of the plan; WF_NONE: nobody. */
static uint32_t *find_next(const struct plan *plan, struct arena *arena)
{
	uint32_t *next = ARENA_ARRAY(arena, uint32_t, plan->nodes.n + 1);

	for (size_t i = 0; i < plan->nodes.n; i++)
		next[i] = WF_NONE;
	for (uint32_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		for (size_t k = 0; node->is_selected && k < node->deps.n; k++) {
			uint32_t *best = &next[node->deps.v[k].from];

			if (*best == WF_NONE ||
			    plan->nodes.v[*best]->critical_ms < node->critical_ms)
				*best = i;
		}
	}
	return next;
}

/* They lie in the order of their ends, as draw_edges() made them. */
static size_t first_edge_to(const struct graph *graph, uint32_t to)
{
	size_t low = 0, high = graph->edges.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (graph->edges.v[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void mark_edge(struct graph *graph, uint32_t from, uint32_t to)
{
	for (size_t i = first_edge_to(graph, to); i < graph->edges.n; i++) {
		struct graph_edge *edge = &graph->edges.v[i];

		if (edge->to != to)
			return;
		if (edge->from == from)
			edge->is_critical = true;
	}
}

static void mark_node(struct graph *graph, uint32_t at)
{
	const struct node *node = graph->nodes.v[at].node;
	bool executes = node->kind == NODE_STEP || !node->is_expanded ||
			graph->nodes.v[at].n_items > 0;

	/* Items of one foreach that wait for each other are one node here. */
	if (executes && !graph->nodes.v[at].is_critical)
		vec_push(&graph->critical, at);
	graph->nodes.v[at].is_critical = true;
}

static void mark_critical(struct drawing *d)
{
	struct graph *graph = d->graph;
	const struct plan *plan = graph->plan;
	uint32_t *next = find_next(plan, &graph->arena), at = WF_NONE, before = WF_NONE;
	bool is_timed = false;

	for (uint32_t i = 0; i < plan->nodes.n; i++) {
		const struct node *node = plan->nodes.v[i];

		if (!node->is_selected)
			continue;
		is_timed = is_timed || node->duration_ms;
		if (!node->is_finally &&
		    (at == WF_NONE || plan->nodes.v[at]->critical_ms < node->critical_ms))
			at = i;
	}
	graph->critical_ms = is_timed && at != WF_NONE ? plan->nodes.v[at]->critical_ms : 0;
	for (; at != WF_NONE; at = next[at]) {
		uint32_t place = d->place[at];

		if (place == WF_NONE || graph->nodes.v[place].is_handler)
			continue;
		mark_node(graph, place);
		if (before != WF_NONE && before != place)
			mark_edge(graph, before, place);
		before = place;
	}
}

/* ---- The whole ---- */

void graph_init(struct graph *graph, const struct plan *plan, bool with_items)
{
	struct drawing d = { .graph = graph, .with_items = with_items };

	*graph = (struct graph){ .plan = plan };
	plan_waves(plan, &graph->arena, &d.waves);
	d.place = ARENA_ARRAY(&graph->arena, uint32_t, plan->nodes.n + 1);
	d.seen_for = ARENA_ARRAY(&graph->arena, uint32_t, plan->nodes.n + 1);
	d.seen_at = ARENA_ARRAY(&graph->arena, uint32_t, plan->nodes.n + 1);
	draw_nodes(&d);
	draw_edges(&d);
	mark_critical(&d);
}

void graph_release(struct graph *graph)
{
	vec_release(&graph->nodes);
	vec_release(&graph->edges);
	vec_release(&graph->critical);
	arena_release(&graph->arena);
}

const char *graph_edge_name(enum edge_kind kind)
{
	static const char *const names[] = {
		[EDGE_NEEDS] = "needs", [EDGE_FILE] = "file", [EDGE_REFERENCE] = "value",
		[EDGE_ORDER] = "order", [EDGE_ITEM] = "item", [EDGE_CALL] = "call",
	};

	return names[kind];
}

const char *graph_node_kind(const struct graph_node *node)
{
	const struct step *step = node->node->step;

	if (node->is_handler)
		return "handler";
	if (step->action == ACTION_GATES)
		return "gates";
	if (node->node->kind == NODE_GROUP)
		return "group";
	if (node->node->kind == NODE_FOREACH)
		return "foreach";
	return step_asks(step) ? "question" : "step";
}

void graph_add_details(const struct graph_node *node, struct strbuf *out)
{
	const struct step *step = node->node->step;
	size_t before = out->len;

	if (step->action == ACTION_GATES)
		strbuf_addf(out, "%zu gate%s", step->requires.n, step->requires.n == 1 ? "" : "s");
	else if (node->n_items)
		strbuf_addf(out, "%u item%s", node->n_items, node->n_items == 1 ? "" : "s");
	else if (node->node->kind == NODE_FOREACH && !node->node->is_expanded)
		strbuf_addstr(out, "items known later");
	if (!node->duration_ms)
		return;
	strbuf_addstr(out, out->len > before ? ", " : "");
	duration_format(out, node->duration_ms);
	strbuf_addstr(out, node->n_items > 1 ? " in all" : "");
}

/* ---- JSON ---- */

static void add_json_nodes(struct jsonw *w, const struct graph *graph)
{
	jsonw_key(w, "nodes");
	jsonw_array(w);
	for (size_t i = 0; i < graph->nodes.n; i++) {
		const struct graph_node *node = &graph->nodes.v[i];
		bool is_group = node->node->kind == NODE_FOREACH;

		jsonw_object(w);
		jsonw_kv_string(w, "id", node->node->id);
		jsonw_kv_string(w, "kind", graph_node_kind(node));
		if (is_group && node->node->is_expanded)
			jsonw_kv_uint(w, "items",
				      node->n_items ? node->n_items : node->node->n_items);
		else
			jsonw_kv_string(w, "items", NULL);
		jsonw_kv_uint(w, "wave", node->wave);
		jsonw_kv_bool(w, "finally", node->node->is_finally);
		jsonw_kv_bool(w, "critical", node->is_critical);
		if (node->duration_ms)
			jsonw_kv_uint(w, "expected_ms", node->duration_ms);
		else
			jsonw_kv_string(w, "expected_ms", NULL);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_json_edges(struct jsonw *w, const struct graph *graph)
{
	jsonw_key(w, "edges");
	jsonw_array(w);
	for (size_t i = 0; i < graph->edges.n; i++) {
		const struct graph_edge *edge = &graph->edges.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "from", graph->nodes.v[edge->from].node->id);
		jsonw_kv_string(w, "to", graph->nodes.v[edge->to].node->id);
		jsonw_kv_string(w, "kind", graph_edge_name(edge->kind));
		jsonw_kv_bool(w, "critical", edge->is_critical);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

void graph_write_json(const struct graph *graph, struct strbuf *out)
{
	struct jsonw w = { .out = out, .indent = 2 };

	jsonw_object(&w);
	jsonw_kv_int(&w, "schema", 1);
	jsonw_kv_string(&w, "workflow", graph->plan->wf->id);
	jsonw_kv_uint(&w, "waves", graph->n_waves);
	jsonw_key(&w, "critical_path");
	jsonw_array(&w);
	for (size_t i = 0; i < graph->critical.n; i++)
		jsonw_string(&w, graph->nodes.v[graph->critical.v[i]].node->id);
	jsonw_array_end(&w);
	if (graph->critical_ms)
		jsonw_kv_uint(&w, "critical_path_ms", graph->critical_ms);
	else
		jsonw_kv_string(&w, "critical_path_ms", NULL);
	add_json_nodes(&w, graph);
	add_json_edges(&w, graph);
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}

void graph_render(const struct plan *plan, enum graph_format format, bool with_items,
		  struct strbuf *out)
{
	struct graph graph;

	graph_init(&graph, plan, with_items);
	switch (format) {
	case GRAPH_ASCII: graph_write_ascii(&graph, out); break;
	case GRAPH_DOT: graph_write_dot(&graph, out); break;
	case GRAPH_MERMAID: graph_write_mermaid(&graph, out); break;
	case GRAPH_JSON: graph_write_json(&graph, out); break;
	}
	graph_release(&graph);
}
