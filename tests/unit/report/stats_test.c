/*
 * Figures about past runs: what is counted, what is not, and the percentiles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/stats.h"
#include "store/journal.h"
#include "sys/fs.h"

static struct stats stats;
static uint32_t n_resumes;

static int begin(void **unused)
{
	(void)unused;
	memset(&stats, 0, sizeof stats);
	n_resumes = 0;
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	stats_release(&stats);
	return 0;
}

static void add(const char *run, enum run_status status, uint64_t duration_ms, uint32_t n_ran)
{
	stats_add_entry(&stats, &(struct history_entry){ .run = run,
							 .workflow = "w",
							 .status = status,
							 .started_ms = 1000,
							 .duration_ms = duration_ms,
							 .work_ms = n_ran ? duration_ms * 3 / 2 : 0,
							 .cpu_ms = n_ran ? duration_ms : 0,
							 .n_resumes = n_resumes,
							 .saved_ms = 10,
							 .jobs = n_ran ? 2 : 0,
							 .n_ran = n_ran,
							 .n_cached = 3 });
}

static const struct stats_workflow *finish(void)
{
	stats_finish(&stats);
	assert_int_equal(stats.workflows.n, 1);
	return stats.workflows.v[0];
}

static void durations_are_of_runs_that_ran_something(void **unused)
{
	const struct stats_workflow *w;
	char id[16];

	(void)unused;
	for (uint32_t i = 100; i >= 1; i--) {
		snprintf(id, sizeof id, "r%u", i);
		add(id, i % 10 ? RUN_PASSED : RUN_FAILED, i, 1);
	}
	add(NULL, RUN_PASSED, 5000, 0);
	w = finish();
	assert_int_equal(w->runs.n, 101);
	assert_int_equal(w->by_status[RUN_PASSED], 91);
	assert_int_equal(w->by_status[RUN_FAILED], 10);
	assert_int_equal(w->n_idle, 1);
	assert_int_equal(w->mean_ms, 50);
	assert_int_equal(w->p50_ms, 50);
	assert_int_equal(w->p95_ms, 95);
	assert_int_equal(w->saved_ms, 1010);
	assert_int_equal(w->n_ran, 100);
	assert_int_equal(w->n_cached, 303);
}

static void parts_of_a_resumed_run_are_one_run(void **unused)
{
	const struct stats_workflow *w;

	(void)unused;
	n_resumes = 1;
	add("a", RUN_PASSED, 100, 2); /* the newest part first */
	add("b", RUN_FAILED, 50, 1);
	n_resumes = 0;
	add("a", RUN_FAILED, 300, 1);
	add("b", RUN_FAILED, 50, 1);
	w = finish();
	assert_int_equal(w->runs.n, 2);
	assert_int_equal(w->by_status[RUN_PASSED], 1);
	assert_int_equal(w->n_resumed, 2);
	assert_int_equal(w->n_recovered, 1);
	assert_int_equal(w->p95_ms, 400);
	assert_int_equal(w->n_ran, 5);
	assert_int_equal(w->n_cached, 12);
}

/* The engine was killed and so wrote no line of the first part; and one that was given up is not resumed. */
static void a_run_is_resumed_however_many_lines_it_has(void **unused)
{
	const struct stats_workflow *w;

	(void)unused;
	add("c", RUN_CANCELLED, 0, 0); /* given up for good after it had failed */
	add("c", RUN_FAILED, 50, 1);
	n_resumes = 2;
	add("k", RUN_PASSED, 100, 2);
	w = finish();
	assert_int_equal(w->runs.n, 2);
	assert_int_equal(w->n_resumed, 1);
	assert_int_equal(w->n_recovered, 1);
	assert_int_equal(w->by_status[RUN_CANCELLED], 1);
	assert_int_equal(w->p50_ms, 50);
}

static void efficiency_is_work_by_wall_and_slots(void **unused)
{
	const struct stats_workflow *w;

	(void)unused;
	assert_true(stats_busy_slots(&(struct stats_workflow){ 0 }) < 0.01);
	add("a", RUN_PASSED, 1000, 2);
	add(NULL, RUN_PASSED, 1000, 0);
	w = finish();
	assert_true(stats_busy_slots(w) > 1.49 && stats_busy_slots(w) < 1.51);
	assert_true(stats_efficiency(w) > 0.74 && stats_efficiency(w) < 0.76);
	assert_true(stats_utilisation(w) > 0.49 && stats_utilisation(w) < 0.51);
}

/* ---- Journals ---- */

static void write_event(struct journal *journal, struct event event)
{
	event.at_ms = 1;
	assert_int_equal(journal_append(journal, &event, NULL), 0);
}

static void execute(struct journal *journal, const char *step, const char *fingerprint,
		    uint32_t attempt, enum step_status status)
{
	write_event(journal, (struct event){ .type = EV_STEP_JUDGED,
					     .step = step,
					     .text = "x",
					     .fingerprint = fingerprint });
	write_event(journal, (struct event){ .type = EV_STEP_START,
					     .step = step,
					     .cookie = "c",
					     .attempt = attempt,
					     .attempts = 3 });
	write_event(journal, (struct event){ .type = EV_STEP_END,
					     .step = step,
					     .status = status,
					     .attempt = attempt,
					     .attempts = 3 });
}

static void flaky_steps_are_found(void **unused)
{
	char dir[] = "/tmp/wf-stats.XXXXXX";
	struct stats_workflow *w;
	struct journal *journal;

	(void)unused;
	add("a", RUN_PASSED, 100, 2);
	w = stats.workflows.v[0];
	assert_non_null(mkdtemp(dir));
	journal = journal_open(dir, &(uint64_t){ 0 }, NULL);
	assert_non_null(journal);
	execute(journal, "steady", "f1", 1, STEP_PASSED);
	execute(journal, "steady", "f2", 1, STEP_FAILED);
	execute(journal, "unsteady", "f3", 1, STEP_FAILED);
	execute(journal, "unsteady", "f3", 1, STEP_PASSED);
	execute(journal, "unsteady", "f3", 1, STEP_FAILED);
	execute(journal, "rescued", "f4", 2, STEP_PASSED);
	execute(journal, "cancelled", "f5", 1, STEP_CANCELLED);
	journal_close(journal);
	assert_int_equal(stats_add_journal(&stats, w, dir, NULL), 0);
	assert_int_equal(w->steps.n, 3);
	assert_false(stats_is_flaky(w->steps.v[0]));
	assert_int_equal(w->steps.v[0]->n_failed, 1);
	assert_true(stats_is_flaky(w->steps.v[1]));
	assert_int_equal(w->steps.v[1]->n_unsteady, 1);
	assert_int_equal(w->steps.v[1]->n_failed, 2);
	assert_int_equal(w->steps.v[2]->n_rescued, 1);
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, NULL), 0);
	assert_int_equal(stats_add_journal(&stats, w, dir, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(durations_are_of_runs_that_ran_something),
		TEST(parts_of_a_resumed_run_are_one_run),
		TEST(a_run_is_resumed_however_many_lines_it_has),
		TEST(efficiency_is_work_by_wall_and_slots),
		TEST(flaky_steps_are_found),
	};

	return cmocka_run_group_tests_name("report/stats", tests, NULL, NULL);
}
