/*
 * The run as a timeline: Chrome's trace event format, which Perfetto, speedscope and about:tracing
 * show. Steps that ran at once stand in lanes of their own, the first lane first.
 */
#include <string.h>

#include "base/jsonw.h"
#include "report_impl.h"

struct lanes {
	VEC(int64_t) end_ms; /* of what stands in each lane last */
};

static int64_t end_of(const struct report *report, const struct report_try *try)
{
	int64_t end_ms = try->ended_ms ? try->ended_ms : report->state.active_ms;

	return end_ms > try->started_ms ? end_ms : try->started_ms;
}

static size_t lane_of(struct lanes *lanes, int64_t started_ms, int64_t ended_ms)
{
	size_t lane = 0;

	while (lane < lanes->end_ms.n && lanes->end_ms.v[lane] > started_ms)
		lane++;
	if (lane == lanes->end_ms.n)
		vec_push(&lanes->end_ms, 0);
	lanes->end_ms.v[lane] = ended_ms;
	return lane;
}

/* Microseconds since the run began. */
static int64_t instant_of(const struct report *report, int64_t unix_ms)
{
	return (unix_ms - report->state.started_ms) * 1000;
}

static void begin_event(struct jsonw *w, const char *name, const char *phase, size_t lane)
{
	jsonw_object(w);
	jsonw_kv_string(w, "name", name);
	jsonw_kv_string(w, "ph", phase);
	jsonw_kv_int(w, "pid", 1);
	jsonw_kv_uint(w, "tid", lane + 1);
}

static void add_name(struct jsonw *w, const char *kind, size_t lane, const char *name)
{
	begin_event(w, kind, "M", lane);
	jsonw_key(w, "args");
	jsonw_object(w);
	jsonw_kv_string(w, "name", name);
	jsonw_object_end(w);
	jsonw_object_end(w);
}

static void add_outcome(struct jsonw *w, const struct report *report, const struct report_try *try)
{
	const struct step_state *step = try->is_last ? state_step(&report->state, try->step) : NULL;

	jsonw_key(w, "args");
	jsonw_object(w);
	jsonw_kv_uint(w, "attempt", try->attempt);
	jsonw_kv_string(w, "status", step_status_name(try->status));
	jsonw_kv_string(w, "reason", step ? step->reason : try->why);
	if (step) {
		if (step->exit_code >= 0)
			jsonw_kv_int(w, "exit_code", step->exit_code);
		jsonw_kv_uint(w, "cpu_user_ms", step->cpu_user_ms);
		jsonw_kv_uint(w, "cpu_system_ms", step->cpu_system_ms);
		jsonw_kv_uint(w, "max_rss_kib", step->max_rss_kib);
	}
	jsonw_object_end(w);
}

static void add_try(struct jsonw *w, const struct report *report, const struct report_try *try,
		    size_t lane)
{
	begin_event(w, try->step, "X", lane);
	jsonw_kv_string(w, "cat", "step");
	jsonw_kv_int(w, "ts", instant_of(report, try->started_ms));
	jsonw_kv_int(w, "dur", (end_of(report, try) - try->started_ms) * 1000);
	if (try->status == STEP_FAILED)
		jsonw_kv_string(w, "cname", "terrible");
	add_outcome(w, report, try);
	jsonw_object_end(w);
}

/* Cached, restored, skipped: an instant each. */
static void add_instant(struct jsonw *w, const struct report *report, const struct step_state *step)
{
	begin_event(w, step->id, "i", 0);
	jsonw_kv_string(w, "cat",
			step->status == STEP_PASSED ? verdict_name(step->verdict)
						    : step_status_name(step->status));
	jsonw_kv_string(w, "s", "t");
	jsonw_kv_int(w, "ts", instant_of(report, step->ended_ms));
	jsonw_key(w, "args");
	jsonw_object(w);
	jsonw_kv_string(w, "reason", step->reason);
	jsonw_object_end(w);
	jsonw_object_end(w);
}

static void add_lane_names(struct jsonw *w, const struct report *report, size_t n_lanes)
{
	CLEANUP(strbuf_release)
	struct strbuf name = STRBUF_INIT;

	add_name(w, "process_name", 0, report->state.workflow);
	for (size_t i = 0; i < n_lanes; i++) {
		strbuf_clear(&name);
		strbuf_addf(&name, "slot %zu", i + 1);
		add_name(w, "thread_name", i, strbuf_str(&name));
	}
}

static void add_events(struct jsonw *w, const struct report *report)
{
	struct lanes lanes = { { 0 } };

	for (size_t i = 0; i < report->tries.n; i++) {
		const struct report_try *try = &report->tries.v[i];

		add_try(w, report, try, lane_of(&lanes, try->started_ms, end_of(report, try)));
	}
	for (size_t i = 0; i < report->state.steps.n; i++) {
		const struct step_state *step = report->state.steps.v[i];

		if (!step->is_group && !step->started_ms && step->ended_ms)
			add_instant(w, report, step);
	}
	add_lane_names(w, report, lanes.end_ms.n);
	vec_release(&lanes.end_ms);
}

void trace_render(const struct report *report, struct strbuf *out)
{
	struct jsonw w = { .out = out };

	jsonw_object(&w);
	jsonw_kv_string(&w, "displayTimeUnit", "ms");
	jsonw_key(&w, "otherData");
	jsonw_object(&w);
	jsonw_kv_string(&w, "run", report->state.run);
	jsonw_kv_string(&w, "workflow", report->state.workflow);
	jsonw_kv_string(&w, "status", run_status_name(report->state.status));
	jsonw_object_end(&w);
	jsonw_key(&w, "traceEvents");
	jsonw_array(&w);
	add_events(&w, report);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	strbuf_addch(out, '\n');
}
