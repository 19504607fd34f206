/*
 * A plan made ready to be drawn: nodes in the order of waves, each edge once.
 */
#ifndef REPORT_GRAPH_IMPL_H
#define REPORT_GRAPH_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "plan/plan.h"

struct graph_node {
	const struct node *node;
	uint32_t wave;
	uint32_t n_items; /* of a foreach that is drawn as one node */
	uint64_t duration_ms;
	bool is_critical;
	bool is_handler; /* runs only if it is called: no part of the way */
};

struct graph_edge {
	uint32_t from, to; /* in graph.nodes */
	enum edge_kind kind;
	bool is_critical;
};

struct graph {
	struct arena arena;
	const struct plan *plan;
	VEC(struct graph_node) nodes; /* by wave; then finally, then handlers */
	VEC(struct graph_edge) edges; /* by `to` */
	VEC(uint32_t) critical;	      /* nodes that execute, in order */
	uint64_t critical_ms;	      /* 0: nothing was ever timed */
	uint32_t n_waves;	      /* those of `finally` not counted */
};

void graph_init(struct graph *graph, const struct plan *plan, bool with_items);
void graph_release(struct graph *graph);

const char *graph_edge_name(enum edge_kind kind); /* "needs", "file", "value", "order", "item" */
const char *graph_node_kind(const struct graph_node *node); /* "step", "foreach", "group", … */
/* "12 items, 1.2s in all"; nothing where there is nothing to say. */
void graph_add_details(const struct graph_node *node, struct strbuf *out);

void graph_write_ascii(const struct graph *graph, struct strbuf *out);
void graph_write_dot(const struct graph *graph, struct strbuf *out);
void graph_write_mermaid(const struct graph *graph, struct strbuf *out);
void graph_write_json(const struct graph *graph, struct strbuf *out);

#endif
