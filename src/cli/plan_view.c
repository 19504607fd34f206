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
	for (size_t i = 0; i < preview->handlers.n; i++) {
		size_t width = strlen(preview->handlers.v[i]->id);

		if (width > columns && width <= 40)
			columns = width;
	}
	return columns;
}

/* What stands there is a step, or the gates of a file or a group. */
static void add_verdict(const struct preview_item *item, bool use_color, struct strbuf *out)
{
	enum verdict verdict = item->decision.verdict;
	bool checks = item->node->step->action == ACTION_GATES && verdict != VERDICT_SKIP;

	if (item->problem)
		view_add(out, use_color, VIEW_BAD, "%-8s", "unclear");
	else
		view_add(out, use_color, checks ? VIEW_DIM : color_of(verdict), "%-8s",
			 checks ? "check" : verdict_name(verdict));
}

static void add_reasons(const struct preview_item *item, bool use_color, struct strbuf *out)
{
	const struct reasons *reasons = &item->decision.reasons;

	if (item->problem) {
		utf8_add_visible(out, item->problem, strlen(item->problem));
		return;
	}
	if (reasons->list.n)
		reason_render(&reasons->list.v[0], out);
	if (reasons->list.n > 1)
		view_add(out, use_color, VIEW_DIM, " (and %zu more)", reasons->list.n - 1);
}

/* "; 2 gates before, 1 after" */
static void add_gate_counts(const struct step *step, bool use_color, struct strbuf *out)
{
	size_t before = step->requires.n, after = step->ensures.n;

	if (step->action == ACTION_GATES)
		view_add(out, use_color, VIEW_DIM, "; %zu gate%s", before, before == 1 ? "" : "s");
	else if (before)
		view_add(out, use_color, VIEW_DIM, "; %zu gate%s before", before,
			 before == 1 ? "" : "s");
	if (before && after)
		view_add(out, use_color, VIEW_DIM, ", %zu after", after);
	else if (after)
		view_add(out, use_color, VIEW_DIM, "; %zu gate%s after", after,
			 after == 1 ? "" : "s");
}

static void add_padded_id(const char *id, size_t columns, struct strbuf *out)
{
	size_t before = out->len;

	utf8_add_visible(out, id, strlen(id));
	strbuf_pad(out, ' ', out->len - before < columns ? columns - (out->len - before) : 0);
	strbuf_addstr(out, "  ");
}

static void add_item(const struct preview_item *item, size_t columns, bool use_color,
		     struct strbuf *out)
{
	enum verdict verdict = item->decision.verdict;

	strbuf_addstr(out, "  ");
	add_verdict(item, use_color, out);
	add_padded_id(item->node->id, columns, out);
	add_reasons(item, use_color, out);
	if (!item->problem && (verdict == VERDICT_RUN || verdict == VERDICT_PENDING))
		add_gate_counts(item->node->step, use_color, out);
	strbuf_addch(out, '\n');
}

/* "if 'build' fails" */
static void add_when(const struct workflow *wf, const struct call *call, struct strbuf *out)
{
	const char *caller = call->caller == WF_NONE ? NULL : wf->steps[call->caller].id;

	if (caller)
		strbuf_addf(out, "if '%s' %s", caller,
			    call->on == CALL_ON_FAILURE ? "fails" : "passes");
	else if (call->on == CALL_ON_ROLLBACK)
		strbuf_addstr(out, "after a rollback");
	else
		strbuf_addf(out, "if the run %s", call->on == CALL_ON_FAILURE ? "fails" : "passes");
}

static void add_handlers(const struct workflow *wf, const struct preview *preview, size_t columns,
			 bool use_color, struct strbuf *out)
{
	for (size_t i = 0; i < preview->handlers.n; i++) {
		const struct node *node = preview->handlers.v[i];

		strbuf_addstr(out, "  ");
		view_add(out, use_color, VIEW_DIM, "%-8s", "handler");
		add_padded_id(node->id, columns, out);
		add_when(wf, node->step->called, out);
		strbuf_addch(out, '\n');
	}
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

		if (is_spread(&preview->items.v[i]))
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
	add_handlers(wf, preview, columns, use_color, out);
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
