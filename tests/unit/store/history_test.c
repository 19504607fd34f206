/*
 * The list of runs: newest first, torn and foreign lines passed over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "store/history.h"
#include "unit/store/scratch.h"

struct seen {
	uint32_t n, stop_after, first_ran, last_ran;
	struct history_entry entry;
	char run[64], head[64];
};

static int note(void *data, const struct history_entry *entry)
{
	struct seen *seen = data;

	seen->n++;
	if (seen->n == 1)
		seen->first_ran = entry->n_ran;
	seen->last_ran = entry->n_ran;
	seen->entry = *entry;
	snprintf(seen->run, sizeof seen->run, "%s", entry->run ? entry->run : "-");
	snprintf(seen->head, sizeof seen->head, "%s", entry->head ? entry->head : "-");
	return seen->stop_after && seen->n == seen->stop_after;
}

static void append(const struct scratch *scratch, uint32_t n_ran)
{
	struct history_entry entry = {
		.run = n_ran % 2 ? "build-20261120-213201-3f9c5a" : NULL,
		.workflow = "build",
		.status = RUN_FAILED,
		.started_ms = 1795000000042,
		.duration_ms = 8412,
		.work_ms = UINT64_C(5000000000),
		.saved_ms = 77,
		.jobs = 4,
		.n_ran = n_ran,
		.n_retries = 7,
	};

	assert_int_equal(history_append(scratch_path(scratch, "runs"), &entry, NULL), 0);
}

static struct seen read_all(const struct scratch *scratch, uint32_t stop_after)
{
	struct seen seen = { .stop_after = stop_after };

	assert_int_equal(history_read(scratch_path(scratch, "runs"), note, &seen, NULL), 0);
	return seen;
}

static void reads_back_newest_first(void **state)
{
	struct seen seen;

	assert_int_equal(read_all(*state, 0).n, 0);
	append(*state, 1);
	seen = read_all(*state, 0);
	assert_string_equal(seen.run, "build-20261120-213201-3f9c5a");
	assert_string_equal(seen.head, "-");
	assert_int_equal(seen.entry.status, RUN_FAILED);
	assert_int_equal(seen.entry.started_ms, 1795000000042);
	assert_int_equal(seen.entry.duration_ms, 8412);
	assert_int_equal(seen.entry.work_ms, UINT64_C(5000000000));
	assert_int_equal(seen.entry.saved_ms, 77);
	assert_int_equal(seen.entry.jobs, 4);
	assert_int_equal(seen.entry.n_retries, 7);
	append(*state, 2);
	seen = read_all(*state, 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.first_ran, 2);
	assert_int_equal(seen.last_ran, 1);
}

static void reads_over_block_borders_and_stops_on_request(void **state)
{
	struct seen seen;
	uint32_t i;

	for (i = 0; i < 2000; i++)
		append(*state, i);
	seen = read_all(*state, 0);
	assert_int_equal(seen.n, 2000);
	assert_int_equal(seen.first_ran, 1999);
	assert_int_equal(seen.last_ran, 0);
	assert_int_equal(read_all(*state, 3).n, 3);
}

static void passes_over_bad_lines(void **state)
{
	const struct scratch *scratch = *state;
	struct strbuf file CLEANUP(strbuf_release) = STRBUF_INIT;

	append(scratch, 1);
	scratch_read(scratch, "runs/history.ndjson", &file);
	strbuf_addstr(&file, "nonsense\n{\"run\":1}\n[]\n\n{\"workflow\":\"x\",");
	scratch_write_n(scratch, "runs/history.ndjson", file.buf, file.len);
	assert_int_equal(read_all(scratch, 0).n, 1);
	append(scratch, 2); /* must not become part of the torn line */
	assert_int_equal(read_all(scratch, 0).n, 2);
	assert_int_equal(read_all(scratch, 0).first_ran, 2);
}

/* Names with escapes, other orders, blanks and members of newer versions are no reason to forget. */
static void reads_any_json_form(void **state)
{
	const struct scratch *scratch = *state;
	struct seen seen;

	append(scratch, 1);
	scratch_write(scratch, "runs/history.ndjson",
		      "{\"workflow\":\"b\\u00fc\\n\\\"\",\"run\":\"r-\\\\\",\"status\":\"passed\","
		      "\"started\":\"2026-11-20T21:32:01.042Z\",\"ran\":4}\n"
		      "{\"status\" : \"passed\", \"workflow\" : \"x\", \"new\" : [1, {}],"
		      " \"started\" : \"2026-11-20T21:32:01.042Z\", \"ran\" : 5 }\n");
	seen = read_all(scratch, 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.first_ran, 5);
	assert_int_equal(seen.last_ran, 4);
	assert_string_equal(seen.run, "r-\\");
}

static void many_may_write_at_once(void **state)
{
	pid_t pids[4];
	int i, j, status;

	append(*state, 0);
	for (i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (j = 0; j < 50; j++)
				append(*state, 1);
			_exit(0);
		}
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
	assert_int_equal(read_all(*state, 0).n, 201);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reads_back_newest_first), CASE(reads_over_block_borders_and_stops_on_request),
		CASE(passes_over_bad_lines),   CASE(reads_any_json_form),
		CASE(many_may_write_at_once),
	};

	return cmocka_run_group_tests_name("store/history", tests, NULL, NULL);
}
