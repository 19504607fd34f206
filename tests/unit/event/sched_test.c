/*
 * The scheduler against random graphs: limits are kept, nothing starts too early, everything ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "event/sched.h"

enum { STEPS_MAX = 60, POOLS = 3 };

struct fixture {
	struct arena arena;
	struct workflow wf;
	struct plan plan;
	uint32_t seed;
};

static uint32_t next_random(struct fixture *f, uint32_t below)
{
	f->seed = f->seed * UINT32_C(1664525) + UINT32_C(1013904223);
	return (f->seed >> 12) % below;
}

static void start(struct fixture *f, uint32_t seed, size_t n)
{
	size_t i;

	*f = (struct fixture){ .seed = seed };
	f->wf.steps = ARENA_ARRAY(&f->arena, struct step, n);
	f->wf.n_steps = n;
	f->plan.wf = &f->wf;
	for (i = 0; i < n; i++) {
		struct node *node = ARENA_NEW(&f->arena, struct node);

		f->wf.steps[i].index = (uint32_t)i;
		f->wf.steps[i].parent = f->wf.steps[i].before = WF_NONE;
		f->wf.steps[i].slots = 1;
		*node = (struct node){ .index = (uint32_t)i,
				       .parent = WF_NONE,
				       .is_selected = true,
				       .step = &f->wf.steps[i],
				       .group = WF_NONE };
		vec_push(&f->plan.nodes, node);
	}
}

static void finish(struct fixture *f)
{
	vec_release(&f->plan.nodes);
	arena_release(&f->arena);
}

static void depend(struct fixture *f, uint32_t node, uint32_t from, enum edge_kind kind)
{
	struct node *to = f->plan.nodes.v[node];
	struct edge *deps = ARENA_ARRAY(&f->arena, struct edge, to->deps.n + 1);

	if (to->deps.n)
		memcpy(deps, to->deps.v, to->deps.n * sizeof *deps);
	deps[to->deps.n] = (struct edge){ from, kind, false };
	to->deps.v = deps;
	to->deps.alloc = ++to->deps.n;
}

/* --- what must hold at every moment --- */

struct watch {
	struct fixture *f;
	struct sched *sched;
	struct sched_limits limits;
	uint32_t running[STEPS_MAX], n_running;
	enum step_status ended[STEPS_MAX]; /* STEP_PENDING: not yet */
	bool started[STEPS_MAX];
};

static void check_limits(const struct watch *w)
{
	uint32_t slots = 0, pools[POOLS] = { 0 }, console = 0, exclusive = 0, i, p;

	for (i = 0; i < w->n_running; i++) {
		const struct step *step = w->f->plan.nodes.v[w->running[i]]->step;

		slots += step->slots < w->limits.jobs ? step->slots : w->limits.jobs;
		console += step->console;
		exclusive += step->exclusive;
		for (p = 0; step->pool.name && p < POOLS; p++)
			pools[p] += !strcmp(step->pool.name, w->f->wf.pools[p].name);
	}
	assert_in_range(slots, 0, w->limits.jobs);
	assert_int_equal(sched_slots_free(w->sched), w->limits.jobs - slots);
	assert_int_equal(sched_running(w->sched), w->n_running);
	assert_in_range(console, 0, 1);
	assert_true(!exclusive || w->n_running == 1);
	assert_true(!w->limits.max_parallel || w->n_running <= w->limits.max_parallel);
	for (p = 0; p < POOLS; p++)
		assert_in_range(pools[p], 0, w->f->wf.pools[p].limit);
}

static void check_deps_ended(const struct watch *w, uint32_t node)
{
	const struct node *n = w->f->plan.nodes.v[node];
	size_t d;

	for (d = 0; d < n->deps.n; d++)
		assert_true(w->ended[n->deps.v[d].from] != STEP_PENDING ||
			    !w->f->plan.nodes.v[n->deps.v[d].from]->is_selected);
}

static void end(struct watch *w, uint32_t node, enum step_status status)
{
	assert_int_equal(w->ended[node], STEP_PENDING);
	w->ended[node] = status;
	sched_done(w->sched, node, status);
}

static bool take_turn(struct watch *w)
{
	uint32_t node, by;

	if (sched_next_stopped(w->sched, &node)) {
		assert_false(w->started[node]);
		end(w, node, STEP_SKIPPED);
		return true;
	}
	if (sched_next_ready(w->sched, &node, &by)) {
		check_deps_ended(w, node);
		if (by != WF_NONE) {
			assert_int_not_equal(w->ended[by], STEP_PASSED);
			end(w, node, STEP_SKIPPED);
		} else if (next_random(w->f, 5) == 0) {
			end(w, node, next_random(w->f, 4) ? STEP_PASSED : STEP_SKIPPED);
		} else {
			sched_enqueue(w->sched, node);
		}
		return true;
	}
	if (sched_next_start(w->sched, &node)) {
		check_deps_ended(w, node);
		w->started[node] = true;
		w->running[w->n_running++] = node;
		check_limits(w);
		return true;
	}
	return false;
}

static void end_one(struct watch *w, uint32_t failures_of_10)
{
	uint32_t at = next_random(w->f, w->n_running), node = w->running[at];
	bool fails = next_random(w->f, 10) < failures_of_10;

	w->running[at] = w->running[--w->n_running];
	if (next_random(w->f, 10) == 0) { /* a retry's delay */
		w->started[node] = false;
		sched_release(w->sched, node);
		check_limits(w);
		sched_enqueue(w->sched, node);
		return;
	}
	end(w, node, fails ? STEP_FAILED : STEP_PASSED);
	check_limits(w);
	if (fails && next_random(w->f, 3) == 0)
		sched_stop(w->sched);
}

static void run(struct watch *w, uint32_t failures_of_10)
{
	size_t i;

	w->sched = sched_new(&w->f->plan, &w->limits);
	while (!sched_is_finished(w->sched)) {
		if (take_turn(w))
			continue;
		if (!w->n_running)
			fail_msg("stuck");
		end_one(w, failures_of_10);
	}
	for (i = 0; i < w->f->plan.nodes.n; i++)
		assert_int_equal(w->ended[i] == STEP_PENDING, !w->f->plan.nodes.v[i]->is_selected);
	sched_free(w->sched);
}

static void test_random(void **state)
{
	static struct pool pools[POOLS] = { { .name = "p", .limit = 1 },
					    { .name = "q", .limit = 2 },
					    { .name = "r", .limit = 3 } };
	uint32_t seed, i, k;

	(void)state;
	for (seed = 1; seed <= 600; seed++) {
		struct fixture f;
		struct watch w = { .f = &f };
		uint32_t n;

		start(&f, seed, STEPS_MAX);
		n = 1 + next_random(&f, STEPS_MAX - 1);
		f.plan.nodes.n = n;
		f.wf.pools = pools;
		f.wf.n_pools = POOLS;
		w.limits = (struct sched_limits){ .jobs = 1 + next_random(&f, 6),
						  .max_parallel = next_random(&f, 4) };
		for (i = 0; i < n; i++) {
			struct step *step = &f.wf.steps[i];

			step->slots = 1 + next_random(&f, 3);
			step->console = next_random(&f, 6) == 0;
			step->exclusive = next_random(&f, 8) == 0;
			if (next_random(&f, 2)) {
				step->pool.index = next_random(&f, POOLS);
				step->pool.name = pools[step->pool.index].name;
			}
			f.plan.nodes.v[i]->critical_ms = next_random(&f, 100);
			f.plan.nodes.v[i]->is_finally = i + 3 > n;
			f.plan.nodes.v[i]->is_selected = next_random(&f, 10) != 0;
			for (k = 0; i && k < next_random(&f, 4); k++) {
				uint32_t from = next_random(&f, i);

				if (f.plan.nodes.v[from]->is_finally ==
				    f.plan.nodes.v[i]->is_finally)
					depend(&f, i, from, EDGE_NEEDS);
			}
		}
		run(&w, seed % 4);
		finish(&f);
	}
}

static void test_stop_and_abandon(void **state)
{
	struct sched_limits limits = { .jobs = 1 };
	struct sched *sched;
	struct fixture f;
	uint32_t node, by;

	(void)state;
	start(&f, 1, 4);
	f.plan.nodes.v[3]->is_finally = true;
	depend(&f, 2, 1, EDGE_NEEDS);
	sched = sched_new(&f.plan, &limits);
	assert_true(sched_next_ready(sched, &node, &by));
	assert_int_equal(node, 0);
	sched_enqueue(sched, 0);
	assert_true(sched_next_start(sched, &node));
	sched_stop(sched);
	assert_false(sched_next_ready(sched, &node, &by));
	assert_true(sched_next_stopped(sched, &node));
	assert_int_equal(node, 1);
	sched_done(sched, 1, STEP_CANCELLED);
	assert_true(sched_next_stopped(sched, &node));
	assert_int_equal(node, 2);
	assert_int_equal(sched_blocked_by(sched, 2), 1);
	sched_done(sched, 2, STEP_CANCELLED);
	assert_false(sched_next_stopped(sched, &node));
	sched_done(sched, 0, STEP_PASSED);
	assert_true(sched_next_ready(sched, &node, &by));
	assert_int_equal(node, 3);
	assert_int_equal(by, WF_NONE);
	sched_abandon(sched);
	sched_enqueue(sched, 3);
	assert_false(sched_next_start(sched, &node));
	assert_true(sched_next_stopped(sched, &node));
	sched_done(sched, 3, STEP_CANCELLED);
	assert_true(sched_is_finished(sched));
	sched_free(sched);
	finish(&f);
}

/* A foreach comes once to be expanded and once when its items are done. */
static void test_grow(void **state)
{
	struct sched_limits limits = { .jobs = 4 };
	struct sched *sched;
	struct fixture f;
	struct node *group, *item;
	uint32_t node, by, i;

	(void)state;
	start(&f, 1, 2);
	group = f.plan.nodes.v[0];
	group->kind = NODE_FOREACH;
	depend(&f, 1, 0, EDGE_NEEDS);
	sched = sched_new(&f.plan, &limits);
	assert_true(sched_next_ready(sched, &node, &by));
	assert_int_equal(node, 0);
	for (i = 2; i < 5; i++) {
		item = ARENA_NEW(&f.arena, struct node);
		*item = (struct node){
			.index = i, .parent = WF_NONE, .is_selected = true, .step = group->step
		};
		vec_push(&f.plan.nodes, item);
		depend(&f, 0, i, EDGE_ITEM);
	}
	group->is_expanded = true;
	group->first_item = 2;
	group->n_items = 3;
	sched_grow(sched);
	for (i = 2; i < 5; i++) {
		assert_true(sched_next_ready(sched, &node, &by));
		assert_int_equal(node, i);
		sched_enqueue(sched, node);
	}
	assert_false(sched_next_ready(sched, &node, &by));
	for (i = 2; i < 5; i++)
		assert_true(sched_next_start(sched, &node));
	for (i = 2; i < 5; i++)
		sched_done(sched, i, i == 3 ? STEP_FAILED : STEP_PASSED);
	assert_true(sched_next_ready(sched, &node, &by));
	assert_int_equal(node, 0);
	assert_int_equal(by, 3);
	sched_done(sched, 0, STEP_FAILED);
	assert_true(sched_next_ready(sched, &node, &by));
	assert_int_equal(node, 1);
	assert_int_equal(by, 0);
	sched_done(sched, 1, STEP_SKIPPED);
	assert_true(sched_is_finished(sched));
	sched_free(sched);
	finish(&f);
}

/* What comes first does so whatever takes longest; then the longest. */
static void test_order(void **state)
{
	struct sched_limits limits = { .jobs = 2 };
	uint32_t node, blocked_by, order[4];
	struct sched *sched;
	struct fixture f;

	(void)state;
	start(&f, 1, 4);
	for (uint32_t i = 0; i < 4; i++)
		f.plan.nodes.v[i]->critical_ms = i;
	f.plan.nodes.v[0]->comes_first = f.plan.nodes.v[2]->comes_first = true;
	sched = sched_new(&f.plan, &limits);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(sched_next_ready(sched, &node, &blocked_by));
		order[i] = node;
	}
	assert_memory_equal(order, ((uint32_t[]){ 2, 0, 3, 1 }), sizeof order);
	sched_free(sched);
	finish(&f);
}

static void test_nothing_to_do(void **state)
{
	struct sched_limits limits = { .jobs = 0 };
	struct sched *sched;
	struct fixture f;

	(void)state;
	start(&f, 1, 0);
	sched = sched_new(&f.plan, &limits);
	assert_true(sched_is_finished(sched));
	assert_int_equal(sched_slots_free(sched), 1);
	sched_free(sched);
	finish(&f);
	sched_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	      cmocka_unit_test(test_stop_and_abandon),
		cmocka_unit_test(test_grow),	      cmocka_unit_test(test_order),
		cmocka_unit_test(test_nothing_to_do),
	};

	return cmocka_run_group_tests_name("event/sched", tests, NULL, NULL);
}
