/*
 * What a run would do, in words: plan, explain, run --dry-run, the beginning of resume.
 */
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "views_impl.h"

#define FOLD_FROM   4	 /* cached steps in a row that become one line */
#define ETA_FROM_MS 1000 /* below that nobody waits */

static enum view_color color_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_RUN: return VIEW_WARN;
	case VERDICT_RESTORE: return VIEW_WARN;
	case VERDICT_CACHED: return VIEW_GOOD;
	default: return VIEW_DIM;
	}
}

bool plan_view_is_up_to_date(const struct preview *preview)
{
	return !preview->n_run && !preview->n_broken && !preview->n_restore &&
	       !preview->n_pending && !preview->n_problems;
}

/* ---- plan ---- */

static void add_count(struct strbuf *out, uint32_t n, const char *what)
{
	if (n)
		strbuf_addf(out, "%s%u %s", out->len ? ", " : "", n, what);
}

static void add_headline(const struct workflow *wf, const struct preview *preview,
			 struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf counts = STRBUF_INIT;

	add_count(&counts, preview->n_run, "to run");
	add_count(&counts, preview->n_pending, "depending on these");
	add_count(&counts, preview->n_restore, "to restore");
	add_count(&counts, preview->n_cached, "cached");
	add_count(&counts, preview->n_skip, "skipped");
	add_count(&counts, preview->n_problems, "unclear");
	strbuf_addf(out, "%s: %s", wf->id, plan_view_is_up_to_date(preview) ? "nothing to do" : "");
	if (plan_view_is_up_to_date(preview))
		strbuf_addf(out, " (%s)", counts.len ? strbuf_str(&counts) : "no steps");
	else
		strbuf_addstr(out, strbuf_str(&counts));
	if (preview->n_broken)
		strbuf_addf(out, "; %u gate%s would fail", preview->n_broken,
			    preview->n_broken == 1 ? "" : "s");
	if (preview->eta_ms >= ETA_FROM_MS && !plan_view_is_up_to_date(preview)) {
		strbuf_addstr(out, "; about ");
		duration_format(out, preview->eta_ms);
	}
	strbuf_addch(out, '\n');
}

static size_t id_columns(const struct preview *preview)
{
	size_t columns = 0;

	for (size_t i = 0; i < preview->items.n; i++) {
		size_t width = strlen(preview->items.v[i].node->id);

		if (width > columns && width <= 40)
			columns = width;
	}
	return columns;
}

static void add_item(const struct preview_item *item, size_t columns, bool use_color,
		     struct strbuf *out)
{
	const struct reasons *reasons = &item->decision.reasons;
	size_t before;

	strbuf_addstr(out, "  ");
	if (item->problem)
		view_add(out, use_color, VIEW_BAD, "%-8s", "unclear");
	else
		view_add(out, use_color, color_of(item->decision.verdict), "%-8s",
			 verdict_name(item->decision.verdict));
	before = out->len;
	utf8_add_visible(out, item->node->id, strlen(item->node->id));
	strbuf_pad(out, ' ', out->len - before < columns ? columns - (out->len - before) : 0);
	strbuf_addstr(out, "  ");
	if (item->problem)
		utf8_add_visible(out, item->problem, strlen(item->problem));
	else if (reasons->list.n)
		reason_render(&reasons->list.v[0], out);
	if (reasons->list.n > 1 && !item->problem)
		view_add(out, use_color, VIEW_DIM, " (and %zu more)", reasons->list.n - 1);
	strbuf_addch(out, '\n');
}

/* Those that do not hold now; all of them for those who want to know. */
static void add_gates(const struct preview_item *item, bool is_verbose, bool use_color,
		      struct strbuf *out)
{
	for (size_t i = 0; i < item->n_gates; i++) {
		const struct preview_gate *gate = &item->gates[i];
		bool is_bad = gate->is_known && !gate->holds;
		const char *text = gate->message ? gate->message : gate->found;

		if (!is_bad && !is_verbose)
			continue;
		strbuf_addstr(out, "            ");
		view_add(out, use_color,
			 !is_bad	    ? VIEW_DIM
			 : gate->only_warns ? VIEW_WARN
					    : VIEW_BAD,
			 "%s",
			 !gate->is_known    ? "will be checked: "
			 : !is_bad	    ? "holds: "
			 : gate->only_warns ? "would warn: "
					    : "would fail: ");
		strbuf_addstr(out, gate->gate->name);
		if (is_bad && text) {
			strbuf_addstr(out, ": ");
			utf8_add_visible(out, text, strlen(text));
		}
		strbuf_addch(out, '\n');
	}
}

/* A step of gates is told of where one of them has something to say. */
static bool is_quiet(const struct preview_item *item)
{
	if (item->node->step->action != ACTION_GATES || item->problem)
		return false;
	for (size_t i = 0; i < item->n_gates; i++)
		if (!item->gates[i].is_known || !item->gates[i].holds)
			return false;
	return true;
}

/* A group whose items stand beside it says nothing of its own. */
static bool is_spread(const struct preview_item *item)
{
	return item->node->kind == NODE_FOREACH && item->node->is_expanded;
}

bool plan_view_is_cached(const struct preview_item *item)
{
	return !item->problem && item->decision.verdict == VERDICT_CACHED;
}

void plan_view_text(const struct workflow *wf, const struct preview *preview, bool is_verbose,
		    bool use_color, struct strbuf *out)
{
	size_t columns = id_columns(preview);

	add_headline(wf, preview, out);
	if (plan_view_is_up_to_date(preview) && !is_verbose)
		return;
	for (size_t i = 0; i < preview->items.n; i++) {
		size_t end = i, n = 0;

		if (is_spread(&preview->items.v[i]) ||
		    (!is_verbose && is_quiet(&preview->items.v[i])))
			continue;
		for (; end < preview->items.n && plan_view_is_cached(&preview->items.v[end]); end++)
			n += !is_spread(&preview->items.v[end]);
		if (n < FOLD_FROM || is_verbose) {
			add_item(&preview->items.v[i], columns, use_color, out);
			add_gates(&preview->items.v[i], is_verbose, use_color, out);
			continue;
		}
		strbuf_addstr(out, "  ");
		view_add(out, use_color, VIEW_GOOD, "%-8s", "cached");
		strbuf_addf(out, "%zu steps\n", n);
		i = end - 1;
	}
}

/* ---- explain ---- */

static void add_side(struct strbuf *out, const char *sign, const char *text, bool use_color,
		     enum view_color color)
{
	const char *line = text ? text : "(not set)";

	do {
		size_t len = strcspn(line, "\n");

		strbuf_addstr(out, "      ");
		view_add(out, use_color, color, "%s ", sign);
		utf8_add_visible(out, line, len);
		strbuf_addch(out, '\n');
		line += len + (line[len] == '\n');
	} while (*line);
}

static void add_reason(const struct reason *reason, bool use_color, struct strbuf *out)
{
	struct reason head = *reason;

	head.before = head.after = NULL;
	strbuf_addstr(out, "    ");
	reason_render(&head, out);
	strbuf_addch(out, '\n');
	if (!reason->before && !reason->after)
		return;
	add_side(out, "-", reason->before, use_color, VIEW_BAD);
	add_side(out, "+", reason->after, use_color, VIEW_GOOD);
}

void plan_view_explain(struct since_view *view, const struct preview_item *item, bool use_color,
		       struct strbuf *out)
{
	const struct reasons *reasons = &item->decision.reasons;

	utf8_add_visible(out, item->node->id, strlen(item->node->id));
	strbuf_addstr(out, ": ");
	if (item->problem) {
		view_add(out, use_color, VIEW_BAD, "unclear");
		strbuf_addstr(out, "\n    ");
		utf8_add_visible(out, item->problem, strlen(item->problem));
		strbuf_addch(out, '\n');
		return;
	}
	view_add(out, use_color, color_of(item->decision.verdict), "%s",
		 verdict_name(item->decision.verdict));
	strbuf_addch(out, '\n');
	for (size_t i = 0; i < reasons->list.n; i++) {
		add_reason(&reasons->list.v[i], use_color, out);
		since_view_add(view, item, &reasons->list.v[i], use_color, out);
	}
}

/* ---- JSON ---- */

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

static void add_json_item(struct jsonw *w, struct since_view *view, const struct preview_item *item)
{
	jsonw_object(w);
	jsonw_kv_string(w, "id", item->node->id);
	jsonw_kv_string(w, "verdict", item->problem ? NULL : verdict_name(item->decision.verdict));
	jsonw_kv_string(w, "problem", item->problem);
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
	json_view_end(&w);
}
