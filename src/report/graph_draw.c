/*
 * The graph for programs that draw: Graphviz and Mermaid. Nodes go by number, so that no name has to
 * be one that these languages know.
 */
#include <string.h>

#include "base/utf8.h"
#include "graph_impl.h"

#define CRITICAL "#c0392b"

/* ---- Graphviz ---- */

static void add_dot_text(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf visible = STRBUF_INIT;

	utf8_add_visible(&visible, text, strlen(text));
	for (size_t i = 0; i < visible.len; i++) {
		if (strchr("\"\\", visible.buf[i]))
			strbuf_addch(out, '\\');
		strbuf_addch(out, visible.buf[i]);
	}
}

static void add_dot_node(const struct graph_node *node, size_t i, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf details = STRBUF_INIT;

	strbuf_addf(out, "\tn%zu [label=\"", i);
	add_dot_text(out, node->node->id);
	graph_add_details(node, &details);
	if (details.len)
		strbuf_addf(out, "\\n%s", details.buf);
	strbuf_addch(out, '"');
	if (node->node->kind != NODE_STEP)
		strbuf_addstr(out, ", peripheries=2");
	if (node->node->step->action == ACTION_GATES)
		strbuf_addstr(out, ", shape=hexagon, style=\"\"");
	if (node->is_handler)
		strbuf_addstr(out, ", shape=note, style=dashed");
	else if (node->node->is_finally)
		strbuf_addstr(out, ", style=\"rounded,dashed\"");
	if (node->is_critical)
		strbuf_addstr(out, ", color=\"" CRITICAL "\", penwidth=2");
	strbuf_addstr(out, "];\n");
}

static void add_dot_edge(const struct graph_edge *edge, struct strbuf *out)
{
	strbuf_addf(out, "\tn%u -> n%u", edge->from, edge->to);
	if (edge->kind == EDGE_NEEDS && !edge->is_critical) {
		strbuf_addstr(out, ";\n");
		return;
	}
	strbuf_addf(out, " [%s%s%s];\n",
		    edge->kind == EDGE_NEEDS   ? ""
		    : edge->kind == EDGE_FILE  ? "style=dashed, label=\"file\""
		    : edge->kind == EDGE_ORDER ? "style=dotted, label=\"order\""
		    : edge->kind == EDGE_ITEM  ? "arrowhead=none"
		    : edge->kind == EDGE_CALL  ? "style=dashed, label=\"call\""
					       : "style=dashed, label=\"value\"",
		    edge->kind != EDGE_NEEDS && edge->is_critical ? ", " : "",
		    edge->is_critical ? "color=\"" CRITICAL "\", penwidth=2" : "");
}

/* Nodes of one wave stand side by side. */
static void add_dot_ranks(const struct graph *graph, struct strbuf *out)
{
	for (size_t i = 0; i < graph->nodes.n;) {
		uint32_t wave = graph->nodes.v[i].wave;

		if (graph->nodes.v[i].is_handler)
			return; /* they stand behind their callers */
		strbuf_addstr(out, "\t{ rank=same;");
		for (; i < graph->nodes.n && graph->nodes.v[i].wave == wave &&
		       !graph->nodes.v[i].is_handler;
		     i++)
			strbuf_addf(out, " n%zu;", i);
		strbuf_addstr(out, " }\n");
	}
}

void graph_write_dot(const struct graph *graph, struct strbuf *out)
{
	strbuf_addstr(out, "digraph \"");
	add_dot_text(out, graph->plan->wf->id);
	strbuf_addstr(out, "\" {\n\trankdir=LR;\n"
			   "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
			   "\tedge [fontname=\"sans-serif\", fontsize=10];\n");
	for (size_t i = 0; i < graph->nodes.n; i++)
		add_dot_node(&graph->nodes.v[i], i, out);
	for (size_t i = 0; i < graph->edges.n; i++)
		add_dot_edge(&graph->edges.v[i], out);
	add_dot_ranks(graph, out);
	strbuf_addstr(out, "}\n");
}

/* ---- Mermaid ---- */

/* Its own entities ("#35;"), for whatever could begin markup within quotes. */
static void add_mermaid_text(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf visible = STRBUF_INIT;

	utf8_add_visible(&visible, text, strlen(text));
	for (size_t i = 0; i < visible.len; i++) {
		if (strchr("\"#<>&`\\*_~", visible.buf[i]))
			strbuf_addf(out, "#%d;", visible.buf[i]);
		else
			strbuf_addch(out, visible.buf[i]);
	}
}

/* What stands around the name says what it is. */
static const char *const *mermaid_shape(const struct graph_node *node)
{
	static const char *const plain[] = { "(", ")" }, *const several[] = { "[[", "]]" },
				 *const gates[] = { "{{", "}}" }, *const handler[] = { ">", "]" };

	if (node->is_handler)
		return handler;
	if (node->node->step->action == ACTION_GATES)
		return gates;
	return node->node->kind == NODE_STEP ? plain : several;
}

static void add_mermaid_node(const struct graph_node *node, size_t i, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf details = STRBUF_INIT;
	const char *const *shape = mermaid_shape(node);

	strbuf_addf(out, "  n%zu%s\"", i, shape[0]);
	add_mermaid_text(out, node->node->id);
	graph_add_details(node, &details);
	if (details.len)
		strbuf_addf(out, "<br/>%s", details.buf);
	strbuf_addf(out, "\"%s\n", shape[1]);
}

static void add_mermaid_edge(const struct graph_edge *edge, struct strbuf *out)
{
	const char *arrow = edge->is_critical	       ? "==>"
			    : edge->kind == EDGE_ITEM  ? "---"
			    : edge->kind == EDGE_NEEDS ? "-->"
						       : "-.->";

	strbuf_addf(out, "  n%u %s", edge->from, arrow);
	if (edge->kind != EDGE_NEEDS && edge->kind != EDGE_ITEM)
		strbuf_addf(out, "|%s|", graph_edge_name(edge->kind));
	strbuf_addf(out, " n%u\n", edge->to);
}

static void add_class(const struct graph *graph, const char *name, const char *look, bool finally,
		      struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < graph->nodes.n; i++) {
		const struct graph_node *node = &graph->nodes.v[i];

		if (finally ? !node->node->is_finally : !node->is_critical)
			continue;
		if (!any)
			strbuf_addf(out, "  classDef %s %s\n  class ", name, look);
		strbuf_addf(out, "%sn%zu", any ? "," : "", i);
		any = true;
	}
	if (any)
		strbuf_addf(out, " %s\n", name);
}

void graph_write_mermaid(const struct graph *graph, struct strbuf *out)
{
	strbuf_addstr(out, "flowchart LR\n");
	for (size_t i = 0; i < graph->nodes.n; i++)
		add_mermaid_node(&graph->nodes.v[i], i, out);
	for (size_t i = 0; i < graph->edges.n; i++)
		add_mermaid_edge(&graph->edges.v[i], out);
	add_class(graph, "critical", "stroke:" CRITICAL ",stroke-width:3px", false, out);
	add_class(graph, "last", "stroke-dasharray:5 5", true, out);
}
