/*
 * The graph on any terminal: a paragraph for each wave, and behind each step what it waits for. Lines
 * stay within 80 columns where the names let them.
 */
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "graph_impl.h"

#define COLUMNS		 80
#define ID_COLUMNS_MAX	 32
#define WHAT_COLUMNS_MAX 24

struct columns {
	size_t id, details;
};

static struct columns measure(const struct graph *graph)
{
	struct columns columns = { 0 };

	for (size_t i = 0; i < graph->nodes.n; i++) {
		CLEANUP(strbuf_release)
		struct strbuf details = STRBUF_INIT;
		const char *id = graph->nodes.v[i].node->id;
		size_t width = utf8_text_width(id, strlen(id));

		graph_add_details(&graph->nodes.v[i], &details);
		if (width > columns.id && width <= ID_COLUMNS_MAX)
			columns.id = width;
		if (details.len > columns.details && details.len <= WHAT_COLUMNS_MAX)
			columns.details = details.len;
	}
	return columns;
}

static size_t add_padded(struct strbuf *out, const char *text, size_t columns)
{
	size_t width = utf8_text_width(text, strlen(text));

	utf8_add_visible(out, text, strlen(text));
	if (width < columns)
		strbuf_pad(out, ' ', columns - width);
	return width < columns ? columns : width;
}

static void trim(struct strbuf *out)
{
	while (out->len && out->buf[out->len - 1] == ' ')
		strbuf_setlen(out, out->len - 1);
}

/* "<- a, b (file)", begun at column `at`; goes on below itself. */
static void add_deps(const struct graph *graph, size_t *edge, uint32_t to, size_t at,
		     struct strbuf *out)
{
	size_t begin = at + 3, column = at;
	bool any = false;

	for (; *edge < graph->edges.n && graph->edges.v[*edge].to == to; ++*edge) {
		const struct graph_edge *e = &graph->edges.v[*edge];
		CLEANUP(strbuf_release)
		struct strbuf word = STRBUF_INIT;
		const char *id = graph->nodes.v[e->from].node->id;
		size_t width;

		utf8_add_visible(&word, id, strlen(id));
		if (e->kind != EDGE_NEEDS)
			strbuf_addf(&word, " (%s)", graph_edge_name(e->kind));
		width = utf8_text_width(word.buf, word.len);
		if (!any) {
			strbuf_addstr(out, "<- ");
			column = begin;
		} else if (column + 2 + width >= COLUMNS) {
			strbuf_addstr(out, ",\n");
			strbuf_pad(out, ' ', begin);
			column = begin;
		} else {
			strbuf_addstr(out, ", ");
			column += 2;
		}
		strbuf_add(out, word.buf, word.len);
		column += width;
		any = true;
	}
}

static void add_node(const struct graph *graph, uint32_t i, const struct columns *columns,
		     size_t *edge, struct strbuf *out)
{
	const struct graph_node *node = &graph->nodes.v[i];
	CLEANUP(strbuf_release)
	struct strbuf details = STRBUF_INIT;
	size_t at = 4;

	strbuf_addstr(out, node->is_critical ? "  * " : "    ");
	at += add_padded(out, node->node->id, columns->id) + 2;
	strbuf_addstr(out, "  ");
	graph_add_details(node, &details);
	if (columns->details) {
		at += add_padded(out, strbuf_str(&details), columns->details) + 2;
		strbuf_addstr(out, "  ");
	}
	add_deps(graph, edge, i, at, out);
	trim(out);
	strbuf_addch(out, '\n');
}

static void add_critical(const struct graph *graph, struct strbuf *out)
{
	size_t column = strlen("critical path (*): ");

	strbuf_addstr(out, "\ncritical path (*): ");
	for (size_t i = 0; i < graph->critical.n; i++) {
		const char *id = graph->nodes.v[graph->critical.v[i]].node->id;
		size_t width = utf8_text_width(id, strlen(id));

		if (i && column + 4 + width >= COLUMNS) {
			strbuf_addstr(out, "\n  ");
			column = 2;
		}
		strbuf_addstr(out, i ? (column == 2 ? "-> " : " -> ") : "");
		utf8_add_visible(out, id, strlen(id));
		column += width + 4;
	}
	if (graph->critical_ms) {
		strbuf_addstr(out, column + 12 >= COLUMNS ? "\n  about " : ", about ");
		duration_format(out, graph->critical_ms);
	}
	strbuf_addch(out, '\n');
}

static void add_headline(const struct graph *graph, struct strbuf *out)
{
	size_t n_steps = 0;

	for (size_t i = 0; i < graph->plan->nodes.n; i++) {
		const struct node *node = graph->plan->nodes.v[i];

		n_steps += node->is_selected && node->step->role == ROLE_STEP &&
			   (node->kind == NODE_STEP || !node->is_expanded);
	}
	strbuf_addf(out, "%s: %zu step%s in %u wave%s\n", graph->plan->wf->id, n_steps,
		    n_steps == 1 ? "" : "s", graph->n_waves, graph->n_waves == 1 ? "" : "s");
}

void graph_write_ascii(const struct graph *graph, struct strbuf *out)
{
	struct columns columns = measure(graph);
	uint32_t wave = UINT32_MAX;
	bool in_finally = false, in_handlers = false;
	size_t edge = 0;

	add_headline(graph, out);
	for (uint32_t i = 0; i < graph->nodes.n; i++) {
		const struct graph_node *node = &graph->nodes.v[i];

		if (node->is_handler && !in_handlers)
			strbuf_addstr(out, "\nhandlers\n");
		else if (node->is_handler)
			;
		else if (node->node->is_finally && !in_finally)
			strbuf_addstr(out, "\nfinally\n");
		else if (!node->node->is_finally && node->wave != wave)
			strbuf_addf(out, "\nwave %u\n", node->wave + 1);
		in_finally = node->node->is_finally;
		in_handlers = node->is_handler;
		wave = node->wave;
		add_node(graph, i, &columns, &edge, out);
	}
	if (graph->critical.n > 1)
		add_critical(graph, out);
}
