/*
 * See report/stats.h.
 */
#include "report/stats.h"

#include <stdlib.h>
#include <string.h>

#include "event/state.h"
#include "store/journal.h"

void stats_release(struct stats *stats)
{
	for (size_t i = 0; i < stats->workflows.n; i++) {
		struct stats_workflow *workflow = stats->workflows.v[i];

		vec_release(&workflow->runs);
		vec_release(&workflow->steps);
		strmap_release(&workflow->run_ids);
		strmap_release(&workflow->step_ids);
		strmap_release(&workflow->fingerprints);
	}
	vec_release(&stats->workflows);
	strmap_release(&stats->by_id);
	arena_release(&stats->arena);
}

/* ---- Lines of the history ---- */

static struct stats_workflow *get_workflow(struct stats *stats, const char *id)
{
	struct stats_workflow *workflow = strmap_get(&stats->by_id, id);

	if (workflow)
		return workflow;
	workflow = ARENA_NEW(&stats->arena, struct stats_workflow);
	workflow->id = arena_strdup(&stats->arena, id);
	strmap_put(&stats->by_id, workflow->id, workflow);
	vec_push(&stats->workflows, workflow);
	return workflow;
}

/* The run that this line is an earlier part of, or a new one. */
static struct stats_run *get_run(struct stats *stats, struct stats_workflow *workflow,
				 const struct history_entry *entry)
{
	uintptr_t known = entry->run ? (uintptr_t)strmap_get(&workflow->run_ids, entry->run) : 0;
	struct stats_run run = { .status = entry->status };

	if (known)
		return &workflow->runs.v[known - 1];
	if (entry->run)
		run.id = arena_strdup(&stats->arena, entry->run);
	vec_push(&workflow->runs, run);
	if (run.id)
		strmap_put(&workflow->run_ids, run.id, (void *)(uintptr_t)workflow->runs.n);
	return vec_last(&workflow->runs);
}

static void add_steps(struct stats_workflow *workflow, const struct history_entry *entry)
{
	workflow->n_ran += entry->n_ran;
	workflow->n_cached += entry->n_cached;
	workflow->n_restored += entry->n_restored;
	workflow->saved_ms += entry->saved_ms;
}

void stats_add_entry(struct stats *stats, const struct history_entry *entry)
{
	struct stats_workflow *workflow = get_workflow(stats, entry->workflow);
	struct stats_run *run = get_run(stats, workflow, entry);

	/* The newest line of a run tells how often it was tried again in all. */
	if (!run->n_lines++)
		workflow->n_retries += entry->n_retries;
	if (entry->n_resumes > run->n_resumes)
		run->n_resumes = entry->n_resumes;
	run->duration_ms += entry->duration_ms;
	run->did_run = run->did_run || entry->n_ran;
	add_steps(workflow, entry);
	if (entry->jobs && entry->work_ms) {
		workflow->work_ms += entry->work_ms;
		workflow->cpu_ms += entry->cpu_ms;
		workflow->wall_ms += entry->duration_ms;
		workflow->slot_ms += entry->duration_ms * entry->jobs;
	}
	if (!workflow->newest_ms)
		workflow->newest_ms = entry->started_ms;
	workflow->oldest_ms = entry->started_ms;
}

/* ---- Figures ---- */

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The smallest of them that `percent` of all do not exceed. */
static uint64_t percentile(const uint64_t *sorted, size_t n, unsigned percent)
{
	size_t rank = (n * percent + 99) / 100;

	return n ? sorted[rank ? rank - 1 : 0] : 0;
}

static void take_durations(struct stats_workflow *workflow)
{
	VEC(uint64_t) durations = { 0 };
	uint64_t sum = 0;

	for (size_t i = 0; i < workflow->runs.n; i++) {
		if (!workflow->runs.v[i].did_run)
			continue;
		vec_push(&durations, workflow->runs.v[i].duration_ms);
		sum += workflow->runs.v[i].duration_ms;
	}
	if (durations.n) {
		qsort(durations.v, durations.n, sizeof *durations.v, by_size);
		workflow->mean_ms = sum / durations.n;
		workflow->p50_ms = percentile(durations.v, durations.n, 50);
		workflow->p95_ms = percentile(durations.v, durations.n, 95);
	}
	vec_release(&durations);
}

void stats_finish(struct stats *stats)
{
	for (size_t i = 0; i < stats->workflows.n; i++) {
		struct stats_workflow *workflow = stats->workflows.v[i];

		for (size_t k = 0; k < workflow->runs.n; k++) {
			const struct stats_run *run = &workflow->runs.v[k];

			workflow->by_status[run->status]++;
			workflow->n_idle += !run->did_run && run->status == RUN_PASSED;
			workflow->n_resumed += run->n_resumes > 0;
			workflow->n_recovered += run->n_resumes && run->status == RUN_PASSED;
		}
		take_durations(workflow);
	}
}

double stats_busy_slots(const struct stats_workflow *workflow)
{
	return workflow->wall_ms ? (double)workflow->work_ms / (double)workflow->wall_ms : 0;
}

double stats_utilisation(const struct stats_workflow *workflow)
{
	return workflow->slot_ms ? (double)workflow->cpu_ms / (double)workflow->slot_ms : 0;
}

double stats_efficiency(const struct stats_workflow *workflow)
{
	double part = workflow->slot_ms ? (double)workflow->work_ms / (double)workflow->slot_ms : 0;

	return part < 1 ? part : 1;
}

bool stats_is_flaky(const struct stats_step *step)
{
	return step->n_rescued || step->n_unsteady;
}

/* ---- Journals ---- */

enum { DID_PASS = 1, DID_FAIL = 2 };

struct reading {
	struct stats *stats;
	struct stats_workflow *workflow;
	struct run_state state;
};

static struct stats_step *get_step(struct reading *r, const char *id)
{
	struct stats_step *step = strmap_get(&r->workflow->step_ids, id);

	if (step)
		return step;
	step = ARENA_NEW(&r->stats->arena, struct stats_step);
	step->id = arena_strdup(&r->stats->arena, id);
	strmap_put(&r->workflow->step_ids, step->id, step);
	vec_push(&r->workflow->steps, step);
	return step;
}

static void note_fingerprint(struct reading *r, struct stats_step *step, const char *fingerprint,
			     uintptr_t what)
{
	struct strmap *map = &r->workflow->fingerprints;
	const char *key;
	uintptr_t before;

	if (!fingerprint || !*fingerprint)
		return;
	key = arena_printf(&r->stats->arena, "%s %s", fingerprint, step->id);
	before = (uintptr_t)strmap_get(map, key);
	if ((before | what) == (DID_PASS | DID_FAIL) && before != (DID_PASS | DID_FAIL))
		step->n_unsteady++;
	strmap_put(map, key, (void *)(before | what));
}

static int on_event(void *data, const struct event *event)
{
	struct reading *r = data;
	const struct step_state *state;
	struct stats_step *step;
	bool passed;

	state_apply(&r->state, event);
	if (event->type != EV_STEP_END || !event->step || event->verdict != VERDICT_RUN)
		return 0;
	passed = event->status == STEP_PASSED;
	state = state_step(&r->state, event->step);
	/* What was cancelled or never started says nothing of the step. */
	if (!state || state->is_group || !state->started_ms ||
	    (!passed && event->status != STEP_FAILED))
		return 0;
	step = get_step(r, event->step);
	step->n_passed += passed;
	step->n_failed += !passed;
	step->n_rescued += passed && state->attempt > 1;
	note_fingerprint(r, step, state->fingerprint, passed ? DID_PASS : DID_FAIL);
	return 0;
}

int stats_add_journal(struct stats *stats, struct stats_workflow *workflow, const char *run_dir,
		      struct err *err)
{
	struct reading r = { .stats = stats, .workflow = workflow };
	uint64_t n_bad = 0;
	int rc;

	state_init(&r.state);
	rc = journal_read(run_dir, on_event, &r, &n_bad, err);
	state_release(&r.state);
	return rc;
}
