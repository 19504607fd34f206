/*
 * See stats_view_impl.h.
 */
#include "stats_view_impl.h"

#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"

static unsigned percent_of(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)((double)part * 100 / (double)whole + 0.5) : 0;
}

static uint64_t n_skipped_work(const struct stats_workflow *w)
{
	return w->n_cached + w->n_restored;
}

/* ---- Text ---- */

static void add_cell(struct strbuf *out, uint64_t duration_ms, bool is_known)
{
	CLEANUP(strbuf_release)
	struct strbuf cell = STRBUF_INIT;

	if (is_known)
		duration_format(&cell, duration_ms);
	else
		strbuf_addch(&cell, '-');
	strbuf_addf(out, " %7s", strbuf_str(&cell));
}

void stats_view_table(const struct stats *stats, struct strbuf *out)
{
	strbuf_addf(out, "%-20s %6s %6s %7s %7s %7s %7s %7s\n", "WORKFLOW", "RUNS", "PASSED",
		    "MEAN", "P50", "P95", "CACHED", "SAVED");
	for (size_t i = 0; i < stats->workflows.n; i++) {
		const struct stats_workflow *w = stats->workflows.v[i];
		size_t before = out->len;

		utf8_add_visible(out, w->id, strlen(w->id));
		if (out->len - before < 20)
			strbuf_pad(out, ' ', 20 - (out->len - before));
		strbuf_addf(out, " %6zu %5u%%", w->runs.n,
			    percent_of(w->by_status[RUN_PASSED], w->runs.n));
		add_cell(out, w->mean_ms, w->runs.n > w->n_idle);
		add_cell(out, w->p50_ms, w->runs.n > w->n_idle);
		add_cell(out, w->p95_ms, w->runs.n > w->n_idle);
		strbuf_addf(out, " %6u%%",
			    percent_of(n_skipped_work(w), n_skipped_work(w) + w->n_ran));
		add_cell(out, w->saved_ms, true);
		strbuf_addch(out, '\n');
	}
}

static void add_headline(const struct stats_workflow *w, int64_t now_ms, struct strbuf *out)
{
	static const enum run_status others[] = { RUN_FAILED, RUN_CANCELLED, RUN_INTERRUPTED };

	utf8_add_visible(out, w->id, strlen(w->id));
	strbuf_addf(out, ": %zu run%s, %u passed (%u%%)", w->runs.n, w->runs.n == 1 ? "" : "s",
		    w->by_status[RUN_PASSED], percent_of(w->by_status[RUN_PASSED], w->runs.n));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (w->by_status[others[i]])
			strbuf_addf(out, ", %u %s", w->by_status[others[i]],
				    run_status_name(others[i]));
	}
	if (w->n_idle)
		strbuf_addf(out, "; %u had nothing to do", w->n_idle);
	strbuf_addstr(out, "; the first ");
	instant_format_ago(out, w->oldest_ms, now_ms);
	strbuf_addch(out, '\n');
}

static void add_durations(const struct stats_workflow *w, struct strbuf *out)
{
	const struct {
		const char *name;
		uint64_t ms;
	} figures[] = { { "mean ", w->mean_ms },
			{ ", half within ", w->p50_ms },
			{ ", 95% within ", w->p95_ms } };

	if (w->runs.n <= w->n_idle)
		return;
	strbuf_addstr(out, "  duration   ");
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		strbuf_addstr(out, figures[i].name);
		duration_format(out, figures[i].ms);
	}
	strbuf_addch(out, '\n');
}

static void add_cache(const struct stats_workflow *w, struct strbuf *out)
{
	uint64_t hits = n_skipped_work(w);

	strbuf_addf(out, "  cache      %llu of %llu steps did not have to run (%u%%)",
		    (unsigned long long)hits, (unsigned long long)(hits + w->n_ran),
		    percent_of(hits, hits + w->n_ran));
	if (w->saved_ms) {
		strbuf_addstr(out, ", which saved about ");
		duration_format(out, w->saved_ms);
	}
	strbuf_addch(out, '\n');
}

static void add_parallel(const struct stats_workflow *w, struct strbuf *out)
{
	if (!w->wall_ms)
		return;
	strbuf_addf(out,
		    "  parallel   %.1f steps at a time on average, %.0f%% of what -j allowed\n"
		    "  processors used to %.0f%%\n",
		    stats_busy_slots(w), stats_efficiency(w) * 100, stats_utilisation(w) * 100);
}

static void add_flaky(const struct stats_workflow *w, struct strbuf *out)
{
	for (size_t i = 0; i < w->steps.n; i++) {
		const struct stats_step *step = w->steps.v[i];

		if (!stats_is_flaky(step))
			continue;
		strbuf_addstr(out, "  flaky      ");
		utf8_add_visible(out, step->id, strlen(step->id));
		strbuf_addf(out, ": %u of %u runs failed", step->n_failed,
			    step->n_failed + step->n_passed);
		if (step->n_rescued)
			strbuf_addf(out, ", %u passed only when tried again", step->n_rescued);
		if (step->n_unsteady)
			strbuf_addstr(out, ", passed and failed with nothing changed");
		strbuf_addch(out, '\n');
	}
}

void stats_view_text(const struct stats_workflow *w, int64_t now_ms, bool with_steps,
		     struct strbuf *out)
{
	add_headline(w, now_ms, out);
	add_durations(w, out);
	add_cache(w, out);
	add_parallel(w, out);
	if (w->n_retries)
		strbuf_addf(out, "  retries    %llu%s\n", (unsigned long long)w->n_retries,
			    with_steps ? "" : " (-v names the steps)");
	if (w->n_resumed)
		strbuf_addf(out, "  resumed    %u run%s, %u of them passed in the end\n",
			    w->n_resumed, w->n_resumed == 1 ? "" : "s", w->n_recovered);
	add_flaky(w, out);
}

/* ---- JSON ---- */

static void add_ratio(struct jsonw *w, const char *key, double ratio, bool is_known)
{
	jsonw_key(w, key);
	if (is_known)
		jsonw_double(w, (double)(int64_t)(ratio * 1000 + 0.5) / 1000);
	else
		jsonw_null(w);
}

static void add_duration(struct jsonw *w, const char *key, uint64_t ms, bool is_known)
{
	if (is_known)
		jsonw_kv_uint(w, key, ms);
	else
		jsonw_kv_string(w, key, NULL);
}

static void add_json_steps(struct jsonw *w, const struct stats_workflow *workflow, bool with_steps)
{
	jsonw_key(w, "steps");
	if (!with_steps) {
		jsonw_null(w);
		return;
	}
	jsonw_array(w);
	for (size_t i = 0; i < workflow->steps.n; i++) {
		const struct stats_step *step = workflow->steps.v[i];

		jsonw_object(w);
		jsonw_kv_string(w, "id", step->id);
		jsonw_kv_uint(w, "passed", step->n_passed);
		jsonw_kv_uint(w, "failed", step->n_failed);
		jsonw_kv_uint(w, "passed_after_retry", step->n_rescued);
		jsonw_kv_uint(w, "passed_and_failed", step->n_unsteady);
		jsonw_kv_bool(w, "flaky", stats_is_flaky(step));
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void add_json_runs(struct jsonw *w, const struct stats_workflow *workflow)
{
	bool any = workflow->runs.n > workflow->n_idle;

	jsonw_kv_uint(w, "runs", workflow->runs.n);
	for (int status = RUN_PASSED; status < RUN_STATUSES; status++)
		jsonw_kv_uint(w, run_status_name((enum run_status)status),
			      workflow->by_status[status]);
	jsonw_kv_uint(w, "nothing_to_do", workflow->n_idle);
	add_ratio(w, "success_rate",
		  workflow->runs.n
			  ? (double)workflow->by_status[RUN_PASSED] / (double)workflow->runs.n
			  : 0,
		  workflow->runs.n);
	json_view_instant(w, "first_at", workflow->oldest_ms);
	json_view_instant(w, "last_at", workflow->newest_ms);
	add_duration(w, "mean_ms", workflow->mean_ms, any);
	add_duration(w, "p50_ms", workflow->p50_ms, any);
	add_duration(w, "p95_ms", workflow->p95_ms, any);
}

static void add_json_workflow(struct jsonw *w, const struct stats_workflow *workflow,
			      bool with_steps)
{
	uint64_t hits = n_skipped_work(workflow), n = hits + workflow->n_ran;

	jsonw_object(w);
	jsonw_kv_string(w, "workflow", workflow->id);
	add_json_runs(w, workflow);
	jsonw_kv_uint(w, "steps_ran", workflow->n_ran);
	jsonw_kv_uint(w, "steps_cached", workflow->n_cached);
	jsonw_kv_uint(w, "steps_restored", workflow->n_restored);
	add_ratio(w, "hit_rate", n ? (double)hits / (double)n : 0, n);
	jsonw_kv_uint(w, "saved_ms", workflow->saved_ms);
	jsonw_kv_uint(w, "retries", workflow->n_retries);
	add_ratio(w, "busy_slots", stats_busy_slots(workflow), workflow->wall_ms);
	add_ratio(w, "parallel_efficiency", stats_efficiency(workflow), workflow->slot_ms);
	add_ratio(w, "utilisation", stats_utilisation(workflow), workflow->slot_ms);
	jsonw_kv_uint(w, "resumed", workflow->n_resumed);
	jsonw_kv_uint(w, "recovered", workflow->n_recovered);
	add_ratio(w, "recovery_rate",
		  (double)workflow->n_recovered / (workflow->n_resumed ? workflow->n_resumed : 1),
		  workflow->n_resumed);
	add_json_steps(w, workflow, with_steps);
	jsonw_object_end(w);
}

void stats_view_json(const struct stats *stats, bool with_steps, struct strbuf *out)
{
	struct jsonw w;

	json_view_begin(&w, out);
	jsonw_key(&w, "workflows");
	jsonw_array(&w);
	for (size_t i = 0; i < stats->workflows.n; i++)
		add_json_workflow(&w, stats->workflows.v[i], with_steps);
	jsonw_array_end(&w);
	json_view_end(&w);
}
