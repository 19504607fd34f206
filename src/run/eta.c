/*
 * See eta_impl.h.
 */
#include "eta_impl.h"

#include "base/vec.h"
#include "event/sched.h"

struct busy {
	uint32_t node;
	uint64_t end_ms;
};

struct simulation {
	const uint64_t *cost_ms;
	struct sched *sched;
	VEC(struct busy) busy;
	uint64_t now_ms;
};

static void take_ready(struct simulation *s)
{
	uint32_t node, blocked_by;

	while (sched_next_ready(s->sched, &node, &blocked_by)) {
		if (s->cost_ms[node])
			sched_enqueue(s->sched, node);
		else
			sched_done(s->sched, node, STEP_PASSED);
	}
}

static void start(struct simulation *s)
{
	uint32_t node;

	while (sched_next_start(s->sched, &node)) {
		uint64_t cost_ms = s->cost_ms[node];
		uint64_t end_ms = cost_ms > UINT64_MAX - s->now_ms ? UINT64_MAX
								   : s->now_ms + cost_ms;

		vec_push(&s->busy, ((struct busy){ node, end_ms }));
	}
}

/* False: nothing runs, so nothing more will happen. */
static bool end_next(struct simulation *s)
{
	size_t next = 0;
	struct busy ended;

	if (!s->busy.n)
		return false;
	for (size_t i = 1; i < s->busy.n; i++) {
		if (s->busy.v[i].end_ms < s->busy.v[next].end_ms)
			next = i;
	}
	ended = s->busy.v[next];
	s->busy.v[next] = vec_pop(&s->busy);
	s->now_ms = ended.end_ms;
	sched_done(s->sched, ended.node, STEP_PASSED);
	return true;
}

uint64_t eta_simulate(const struct plan *plan, const uint64_t *cost_ms, uint32_t jobs)
{
	struct sched_limits limits = { .jobs = jobs,
				       .max_parallel = plan->wf->max_parallel,
				       .keep_going = true };
	struct simulation s = { .cost_ms = cost_ms, .sched = sched_new(plan, &limits) };

	do {
		take_ready(&s);
		start(&s);
	} while (end_next(&s));
	sched_free(s.sched);
	vec_release(&s.busy);
	return s.now_ms;
}
