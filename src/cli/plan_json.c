/*
 * What a run would do, as JSON: plan --json, explain --json.
 */
#include "base/jsonw.h"
#include "views_impl.h"

static const char *reason_name(enum reason_kind kind)
{
	static const char *const names[] = {
		[REASON_NEVER_RAN] = "never-ran",
		[REASON_ALWAYS_RUNS] = "always-runs",
		[REASON_FORCED] = "forced",
		[REASON_COMMAND_CHANGED] = "command-changed",
		[REASON_ENV_CHANGED] = "env-changed",
		[REASON_VALUE_CHANGED] = "value-changed",
		[REASON_TOOL_CHANGED] = "tool-changed",
		[REASON_INPUT_CHANGED] = "input-changed",
		[REASON_INPUT_ADDED] = "input-added",
		[REASON_INPUT_REMOVED] = "input-removed",
		[REASON_UPSTREAM_CHANGED] = "upstream-changed",
		[REASON_DEFINITION_CHANGED] = "definition-changed",
		[REASON_OUTPUT_MISSING] = "output-missing",
		[REASON_OUTPUT_CHANGED] = "output-changed",
		[REASON_OBJECT_MISSING] = "object-missing",
		[REASON_NO_CACHE] = "no-cache",
		[REASON_UPSTREAM_WILL_RUN] = "upstream-will-run",
		[REASON_UPSTREAM_FAILED] = "upstream-failed",
		[REASON_CONDITION_FALSE] = "condition-false",
		[REASON_NOT_SELECTED] = "not-selected",
		[REASON_FAILED_BEFORE] = "failed-before",
		[REASON_UP_TO_DATE] = "up-to-date",
		[REASON_SKIPPED_BY_HAND] = "skipped-by-hand",
		[REASON_GATES] = "gates",
		[REASON_DONE_BY_HAND] = "done-by-hand",
		[REASON_LOST_RACE] = "lost-race",
		[REASON_END_UNKNOWN] = "end-unknown",
		[REASON_ROLLED_BACK] = "rolled-back",
		[REASON_ESCALATED] = "escalated",
		[REASON_REJECTED] = "rejected",
		[REASON_NOT_AGAIN] = "not-again",
	};

	return (size_t)kind < ARRAY_SIZE(names) && names[kind] ? names[kind] : "other";
}

static void add_json_reason(struct jsonw *w, struct since_view *view,
			    const struct preview_item *item, const struct reason *reason)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	reason_render(reason, &text);
	jsonw_object(w);
	jsonw_kv_string(w, "kind", reason_name(reason->kind));
	jsonw_kv_string(w, "text", strbuf_str(&text));
	jsonw_kv_string(w, "subject", reason->subject);
	jsonw_kv_string(w, "before", reason->before);
	jsonw_kv_string(w, "after", reason->after);
	if (view)
		since_view_json(view, item, reason, w);
	jsonw_object_end(w);
}

static void add_json_gates(struct jsonw *w, const struct preview_item *item)
{
	jsonw_key(w, "gates");
	jsonw_array(w);
	for (size_t i = 0; i < item->n_gates; i++) {
		const struct preview_gate *gate = &item->gates[i];

		jsonw_object(w);
		jsonw_kv_string(w, "gate", gate->gate->name);
		jsonw_kv_string(w, "now",
				!gate->is_known ? "unknown"
				: gate->holds	? "holds"
						: "fails");
		jsonw_kv_bool(w, "warning", gate->only_warns);
		jsonw_kv_string(w, "found", gate->found);
		jsonw_kv_string(w, "message", gate->message);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static const char *kind_name(const struct node *node)
{
	if (node->step->action == ACTION_GATES)
		return "gates";
	return node->kind == NODE_GROUP ? "group" : node->kind == NODE_FOREACH ? "foreach" : "step";
}

static void add_json_item(struct jsonw *w, struct since_view *view, const struct preview_item *item)
{
	jsonw_object(w);
	jsonw_kv_string(w, "id", item->node->id);
	jsonw_kv_string(w, "verdict", item->problem ? NULL : verdict_name(item->decision.verdict));
	jsonw_kv_string(w, "problem", item->problem);
	jsonw_kv_string(w, "kind", kind_name(item->node));
	jsonw_kv_bool(w, "group", item->node->kind == NODE_FOREACH);
	jsonw_kv_uint(w, "expected_ms", item->node->duration_ms);
	jsonw_key(w, "reasons");
	jsonw_array(w);
	for (size_t i = 0; !item->problem && i < item->decision.reasons.list.n; i++)
		add_json_reason(w, view, item, &item->decision.reasons.list.v[i]);
	jsonw_array_end(w);
	add_json_gates(w, item);
	jsonw_object_end(w);
}

static void add_json_handlers(struct jsonw *w, const struct workflow *wf,
			      const struct preview *preview)
{
	jsonw_key(w, "handlers");
	jsonw_array(w);
	for (size_t i = 0; i < preview->handlers.n; i++) {
		const struct node *node = preview->handlers.v[i];
		uint32_t caller = node->step->called->caller;

		jsonw_object(w);
		jsonw_kv_string(w, "id", node->id);
		jsonw_kv_string(w, "caller", caller == WF_NONE ? NULL : wf->steps[caller].id);
		jsonw_kv_string(w, "on", json_view_call(node->step->called));
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_json_counts(struct jsonw *w, const struct preview *preview)
{
	jsonw_key(w, "counts");
	jsonw_object(w);
	jsonw_kv_uint(w, "run", preview->n_run);
	jsonw_kv_uint(w, "pending", preview->n_pending);
	jsonw_kv_uint(w, "restore", preview->n_restore);
	jsonw_kv_uint(w, "cached", preview->n_cached);
	jsonw_kv_uint(w, "skip", preview->n_skip);
	jsonw_kv_uint(w, "problems", preview->n_problems);
	jsonw_kv_uint(w, "gates_failing", preview->n_broken);
	jsonw_object_end(w);
}

void plan_view_json(const struct workflow *wf, const struct preview *preview,
		    struct since_view *view, plan_view_filter *wanted, void *data,
		    struct strbuf *out)
{
	struct jsonw w;

	json_view_begin(&w, out);
	jsonw_kv_string(&w, "workflow", wf->id);
	jsonw_kv_bool(&w, "up_to_date", plan_view_is_up_to_date(preview));
	add_json_counts(&w, preview);
	jsonw_kv_uint(&w, "eta_ms", preview->eta_ms);
	jsonw_kv_uint(&w, "critical_path_ms", preview->path_ms);
	jsonw_key(&w, "steps");
	jsonw_array(&w);
	for (size_t i = 0; i < preview->items.n; i++) {
		if (!wanted || wanted(data, &preview->items.v[i]))
			add_json_item(&w, view, &preview->items.v[i]);
	}
	jsonw_array_end(&w);
	if (!wanted)
		add_json_handlers(&w, wf, preview);
	json_view_end(&w);
}
