/*
 * The graph as text and for programs that draw: a plan made by hand, and what comes out of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ext/json.h"
#include "report/graph.h"

enum { NODES_MAX = 40 };

static struct workflow wf;
static struct plan plan;
static struct step steps[NODES_MAX];
static struct node nodes[NODES_MAX];
static struct edge edges[NODES_MAX][NODES_MAX];
static struct strbuf out;

static int begin(void **unused)
{
	(void)unused;
	wf = (struct workflow){ .id = "build", .steps = steps };
	plan = (struct plan){ .wf = &wf };
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	vec_release(&plan.nodes);
	strbuf_release(&out);
	return 0;
}

static struct node *node(const char *id, uint64_t duration_ms)
{
	uint32_t i = (uint32_t)plan.nodes.n;

	steps[i] = (struct step){ .index = i, .parent = WF_NONE, .before = WF_NONE, .slots = 1 };
	nodes[i] = (struct node){ .index = i,
				  .parent = WF_NONE,
				  .id = id,
				  .is_selected = true,
				  .step = &steps[i],
				  .group = WF_NONE,
				  .duration_ms = duration_ms };
	vec_push(&plan.nodes, &nodes[i]);
	wf.n_steps = plan.nodes.n;
	return &nodes[i];
}

static void depend(struct node *on, const struct node *from, enum edge_kind kind)
{
	on->deps.v = edges[on->index];
	edges[on->index][on->deps.n++] = (struct edge){ from->index, (uint8_t)kind, false };
}

/* compile (two items) → link → test, lint → test, and a report. */
static void a_build(uint64_t unit_ms)
{
	struct node *group = node("compile", 0), *a = node("compile[a]", 2 * unit_ms),
		    *b = node("compile[b]", 3 * unit_ms), *link = node("link", unit_ms),
		    *lint = node("li\"nt", unit_ms), *test = node("test", 4 * unit_ms),
		    *report = node("report", 0);

	*group = (struct node){ .index = 0,
				.parent = WF_NONE,
				.kind = NODE_FOREACH,
				.is_selected = true,
				.is_expanded = true,
				.step = &steps[0],
				.id = "compile",
				.group = WF_NONE,
				.first_item = 1,
				.n_items = 2 };
	a->group = b->group = 0;
	depend(group, a, EDGE_ITEM);
	depend(group, b, EDGE_ITEM);
	depend(link, a, EDGE_FILE);
	depend(link, b, EDGE_FILE);
	depend(test, link, EDGE_FILE);
	depend(test, link, EDGE_NEEDS);
	depend(test, lint, EDGE_REFERENCE);
	report->is_finally = true;
	plan_critical_path(&plan);
}

static const char *render(enum graph_format format, bool with_items)
{
	strbuf_clear(&out);
	graph_render(&plan, format, with_items, &out);
	return out.buf;
}

static void ascii_has_a_paragraph_for_each_wave(void **unused)
{
	(void)unused;
	a_build(1000);
	assert_string_equal(render(GRAPH_ASCII, false),
			    "build: 6 steps in 3 waves\n"
			    "\n"
			    "wave 1\n"
			    "  * compile  2 items, 5.0s in all\n"
			    "    li\"nt    1.0s\n"
			    "\n"
			    "wave 2\n"
			    "  * link     1.0s                  <- compile (file)\n"
			    "\n"
			    "wave 3\n"
			    "  * test     4.0s                  <- link, li\"nt (value)\n"
			    "\n"
			    "finally\n"
			    "    report\n"
			    "\n"
			    "critical path (*): compile -> link -> test, about 8.0s\n");
}

static void items_can_stand_alone(void **unused)
{
	(void)unused;
	a_build(0);
	assert_string_equal(render(GRAPH_ASCII, true),
			    "build: 6 steps in 3 waves\n"
			    "\n"
			    "wave 1\n"
			    "  * compile[a]\n"
			    "    compile[b]\n"
			    "    li\"nt\n"
			    "\n"
			    "wave 2\n"
			    "  * link        <- compile[a] (file), compile[b] (file)\n"
			    "\n"
			    "wave 3\n"
			    "  * test        <- link, li\"nt (value)\n"
			    "\n"
			    "finally\n"
			    "    report\n"
			    "\n"
			    "critical path (*): compile[a] -> link -> test\n");
}

static void long_lists_stay_within_80_columns(void **unused)
{
	static char ids[30][32];
	struct node *last;

	(void)unused;
	for (int i = 0; i < 30; i++) {
		snprintf(ids[i], sizeof ids[i], "a-step-of-number-%02d", i);
		node(ids[i], 0);
	}
	last = node("last", 0);
	for (int i = 0; i < 30; i++)
		depend(last, &nodes[i], EDGE_NEEDS);
	plan_critical_path(&plan);
	for (const char *line = render(GRAPH_ASCII, false); *line;) {
		size_t len = strcspn(line, "\n");

		assert_in_range(len, 0, 80);
		line += len + 1;
	}
	assert_non_null(strstr(out.buf, "a-step-of-number-29"));
}

static void dot_quotes_names(void **unused)
{
	(void)unused;
	a_build(1000);
	assert_string_equal(
		render(GRAPH_DOT, false),
		"digraph \"build\" {\n"
		"\trankdir=LR;\n"
		"\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
		"\tedge [fontname=\"sans-serif\", fontsize=10];\n"
		"\tn0 [label=\"compile\\n2 items, 5.0s in all\", peripheries=2, color=\"#c0392b\", "
		"penwidth=2];\n"
		"\tn1 [label=\"li\\\"nt\\n1.0s\"];\n"
		"\tn2 [label=\"link\\n1.0s\", color=\"#c0392b\", penwidth=2];\n"
		"\tn3 [label=\"test\\n4.0s\", color=\"#c0392b\", penwidth=2];\n"
		"\tn4 [label=\"report\", style=\"rounded,dashed\"];\n"
		"\tn0 -> n2 [style=dashed, label=\"file\", color=\"#c0392b\", penwidth=2];\n"
		"\tn2 -> n3 [color=\"#c0392b\", penwidth=2];\n"
		"\tn1 -> n3 [style=dashed, label=\"value\"];\n"
		"\t{ rank=same; n0; n1; }\n"
		"\t{ rank=same; n2; }\n"
		"\t{ rank=same; n3; }\n"
		"\t{ rank=same; n4; }\n"
		"}\n");
}

static void mermaid_escapes_what_is_markup(void **unused)
{
	(void)unused;
	a_build(1000);
	assert_string_equal(render(GRAPH_MERMAID, false),
			    "flowchart LR\n"
			    "  n0[[\"compile<br/>2 items, 5.0s in all\"]]\n"
			    "  n1(\"li#34;nt<br/>1.0s\")\n"
			    "  n2(\"link<br/>1.0s\")\n"
			    "  n3(\"test<br/>4.0s\")\n"
			    "  n4(\"report\")\n"
			    "  n0 ==>|file| n2\n"
			    "  n2 ==> n3\n"
			    "  n1 -.->|value| n3\n"
			    "  classDef critical stroke:#c0392b,stroke-width:3px\n"
			    "  class n0,n2,n3 critical\n"
			    "  classDef last stroke-dasharray:5 5\n"
			    "  class n4 last\n");
}

static void json_is_an_answer(void **unused)
{
	struct arena arena = { 0 };
	const struct json *json, *list;

	(void)unused;
	a_build(1000);
	render(GRAPH_JSON, false);
	json = json_parse(&arena, out.buf, out.len, NULL);
	assert_non_null(json);
	assert_int_equal(json_get_int(json, "schema", 0), 1);
	assert_int_equal(json_get_int(json, "critical_path_ms", 0), 8000);
	list = json_get(json, "critical_path");
	assert_int_equal(list->n, 3);
	assert_string_equal(list->items[1].text, "link");
	list = json_get(json, "nodes");
	assert_int_equal(list->n, 5);
	assert_int_equal(json_get_int(&list->items[0], "items", 0), 2);
	list = json_get(json, "edges");
	assert_int_equal(list->n, 3);
	assert_string_equal(json_get_string(&list->items[0], "kind", ""), "file");
	assert_string_equal(json_get_string(&list->items[1], "kind", ""), "needs");
	arena_release(&arena);
}

static void items_are_enough_to_show_their_foreach(void **unused)
{
	(void)unused;
	a_build(0);
	nodes[0].is_selected = nodes[1].is_selected = false;
	assert_non_null(strstr(render(GRAPH_ASCII, false), "compile  1 item\n"));
	assert_non_null(strstr(out.buf, "<- compile (file)"));
	assert_null(strstr(render(GRAPH_ASCII, true), "compile[a]"));
}

static void an_empty_selection_is_an_empty_graph(void **unused)
{
	(void)unused;
	node("a", 5)->is_selected = false;
	plan_critical_path(&plan);
	assert_string_equal(render(GRAPH_ASCII, false), "build: 0 steps in 0 waves\n");
	assert_non_null(strstr(render(GRAPH_DOT, false), "}\n"));
	assert_string_equal(render(GRAPH_MERMAID, false), "flowchart LR\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ascii_has_a_paragraph_for_each_wave),
		TEST(items_can_stand_alone),
		TEST(long_lists_stay_within_80_columns),
		TEST(dot_quotes_names),
		TEST(mermaid_escapes_what_is_markup),
		TEST(json_is_an_answer),
		TEST(items_are_enough_to_show_their_foreach),
		TEST(an_empty_selection_is_an_empty_graph),
	};

	return cmocka_run_group_tests_name("report/graph", tests, NULL, NULL);
}
