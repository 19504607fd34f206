/*
 * See metrics_impl.h.
 */
#include "metrics_impl.h"

#include <string.h>

#include "report/stats.h"
#include "store/history.h"
#include "sys/clock.h"

struct metrics {
	const struct session *session;
	struct stats stats;
	uint64_t n_runs, n_passed, n_ran, n_hits, n_retries;
	uint64_t mean_ms, p50_ms, p95_ms;
};

/* ---- The past ---- */

static int take_entry(void *data, const struct history_entry *entry)
{
	struct metrics *metrics = data;
	const char *run = metrics->session->run_id;

	if (strcmp(entry->workflow, metrics->session->wf->id) == 0 &&
	    !(run && entry->run && strcmp(entry->run, run) == 0))
		stats_add_entry(&metrics->stats, entry);
	return 0;
}

static void take_figures(struct metrics *metrics)
{
	const struct stats_workflow *past;

	stats_finish(&metrics->stats);
	if (!metrics->stats.workflows.n)
		return;
	past = metrics->stats.workflows.v[0];
	metrics->n_runs = past->runs.n;
	metrics->n_passed = past->by_status[RUN_PASSED];
	metrics->n_ran = past->n_ran;
	metrics->n_hits = past->n_cached + past->n_restored;
	metrics->n_retries = past->n_retries;
	metrics->mean_ms = past->mean_ms;
	metrics->p50_ms = past->p50_ms;
	metrics->p95_ms = past->p95_ms;
}

static int gather(struct session *session, struct err *err)
{
	struct metrics *metrics = ARENA_NEW(&session->arena, struct metrics);
	int rc;

	if (session->metrics)
		return 0;
	metrics->session = session;
	rc = history_read(session->layout.runs_dir, take_entry, metrics, err);
	if (rc == 0)
		take_figures(metrics);
	stats_release(&metrics->stats);
	memset(&metrics->stats, 0, sizeof metrics->stats);
	if (rc == 0)
		session->metrics = metrics;
	return rc;
}

/* ---- Members ---- */

static struct value seconds(uint64_t ms)
{
	return ms ? value_number((double)ms / 1000) : value_null();
}

static struct value percent(uint64_t part, uint64_t whole)
{
	return whole ? value_number((double)part * 100 / (double)whole) : value_null();
}

static struct value runs(const struct metrics *m)
{
	return value_number((double)m->n_runs);
}

static struct value success_rate(const struct metrics *m)
{
	return percent(m->n_passed, m->n_runs);
}

static struct value hit_rate(const struct metrics *m)
{
	return percent(m->n_hits, m->n_hits + m->n_ran);
}

static struct value retries(const struct metrics *m)
{
	return value_number((double)m->n_retries);
}

static struct value mean(const struct metrics *m)
{
	return seconds(m->mean_ms);
}

static struct value p50(const struct metrics *m)
{
	return seconds(m->p50_ms);
}

static struct value p95(const struct metrics *m)
{
	return seconds(m->p95_ms);
}

static struct value duration(const struct metrics *m)
{
	const struct session *session = m->session;

	if (!session->begun_ms)
		return value_null();
	return value_number((double)(session->past_ms + clock_monotonic_ms() - session->begun_ms) /
			    1000);
}

static struct value expected(const struct metrics *m)
{
	return seconds(m->session->wf->expected_ms);
}

static const struct {
	const char *name;
	struct value (*get)(const struct metrics *metrics);
} members[] = {
	{ "runs", runs },	  { "success_rate", success_rate },
	{ "hit_rate", hit_rate }, { "retries", retries },
	{ "mean", mean },	  { "p50", p50 },
	{ "p95", p95 },		  { "duration", duration },
	{ "expected", expected },
};

int metrics_lookup(struct session *session, const char *member, struct value *out, struct err *err)
{
	session->is_volatile = true;
	if (gather(session, err) < 0)
		return err_wrap(err, "metrics");
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].name, member) == 0) {
			*out = members[i].get(session->metrics);
			return 0;
		}
	return err_set(err, ERR_VALUE, "'metrics' has no '%s'", member);
}
