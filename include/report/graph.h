/*
 * The graph of a plan as something to look at: who waits for whom and why, in which wave, and which
 * steps decide how long the run takes. Only what is selected is shown.
 */
#ifndef REPORT_GRAPH_H
#define REPORT_GRAPH_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "plan/plan.h"

enum graph_format { GRAPH_ASCII, GRAPH_DOT, GRAPH_MERMAID, GRAPH_JSON };

/* The items of a foreach stand in one node, unless `with_items`. JSON is an answer of its own:
 *
 *	{"schema":1,"workflow":"build","waves":3,"critical_path":["compile","link"],
 *	 "critical_path_ms":1700|null,
 *	 "nodes":[{"id":"compile","kind":"foreach","items":12,"wave":0,"finally":false,
 *	           "critical":true,"expected_ms":1200|null},…],
 *	 "edges":[{"from":"compile","to":"link","kind":"needs|file|value|order|item",
 *	           "critical":true},…]}
 *
 * expected_ms of a foreach is the sum of its items; "items" is null for a step, and for a foreach whose
 * items are known only when it runs. */
void graph_render(const struct plan *plan, enum graph_format format, bool with_items,
		  struct strbuf *out);

#endif
