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
	VEC(struct busy) busy; /* a heap: none ends before the one above it */
	uint64_t now_ms;
};

static void push_busy(struct simulation *s, struct busy busy)
{
	size_t i = s->busy.n;

	vec_push(&s->busy, busy);
	for (; i && s->busy.v[(i - 1) / 2].end_ms > busy.end_ms; i = (i - 1) / 2)
		s->busy.v[i] = s->busy.v[(i - 1) / 2];
	s->busy.v[i] = busy;
}

static struct busy pop_busy(struct simulation *s)
{
	struct busy first = s->busy.v[0], last = vec_pop(&s->busy);
	size_t i = 0;

	for (size_t child = 1; child < s->busy.n; child = 2 * i + 1) {
		if (child + 1 < s->busy.n && s->busy.v[child + 1].end_ms < s->busy.v[child].end_ms)
			child++;
		if (s->busy.v[child].end_ms >= last.end_ms)
			break;
		s->busy.v[i] = s->busy.v[child];
		i = child;
	}
	if (s->busy.n)
		s->busy.v[i] = last;
	return first;
}

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

		push_busy(s, (struct busy){ node, end_ms });
	}
}

/* False: nothing runs, so nothing more will happen. */
static bool end_next(struct simulation *s)
{
	struct busy ended;

	if (!s->busy.n)
		return false;
	ended = pop_busy(s);
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
