/*
 * A run told to the console event by event, and a look at what it shows.
 */
#ifndef UNIT_REPORT_CONSOLE_FIXTURE_H
#define UNIT_REPORT_CONSOLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "report/console.h"

#define RUN  "build-20261120-213201-3f9c5a"
#define HEAD "build  run " RUN "\n"

static struct console_options options;
static struct sink sink;
static struct plan plan;
static struct workflow wf = { .id = "build", .file = ".workflows/build.yml" };
UNUSED static const struct unit unit = { .wf = &wf };
static struct strbuf shown;
static FILE *out, *notes;
static int64_t now_ms;
static int columns;

static int64_t get_now(void *data)
{
	(void)data;
	return now_ms;
}

static void get_size(void *data, int *width, int *height)
{
	(void)data;
	*width = columns;
	*height = 24;
}

UNUSED static int begin(void **unused)
{
	(void)unused;
	memset(&options, 0, sizeof options);
	out = tmpfile();
	notes = tmpfile();
	options.out_fd = fileno(out);
	options.err_fd = fileno(notes);
	options.use_utf8 = true;
	options.verbosity = CONSOLE_NORMAL;
	options.size = get_size;
	options.now_ms = get_now;
	now_ms = 1000000;
	columns = 80;
	return 0;
}

UNUSED static void forget_plan(void)
{
	for (size_t i = 0; i < plan.nodes.n; i++) {
		free((void *)plan.nodes.v[i]->step);
		free(plan.nodes.v[i]);
	}
	vec_release(&plan.nodes);
	strmap_release(&plan.by_id);
	memset(&plan, 0, sizeof plan);
}

UNUSED static int end(void **unused)
{
	(void)unused;
	if (sink.data)
		sink.close(sink.data);
	sink.data = NULL;
	fclose(out);
	fclose(notes);
	strbuf_release(&shown);
	forget_plan();
	return 0;
}

UNUSED static struct step *node(const char *id, uint32_t line, uint64_t duration_ms)
{
	struct step *step = xcalloc(1, sizeof *step);
	struct node *n = xcalloc(1, sizeof *n);

	step->id = id;
	step->span.line = line;
	step->unit = &unit;
	n->step = step;
	n->id = id;
	n->is_selected = true;
	n->duration_ms = n->critical_ms = duration_ms;
	vec_push(&plan.nodes, n);
	strmap_put(&plan.by_id, id, n);
	plan.wf = &wf;
	options.plan = &plan;
	return step;
}

UNUSED static void emit(struct event event)
{
	struct err err = ERR_INIT;

	event.at_ms = now_ms;
	assert_int_equal(sink.on_event(sink.data, &event, &err), 0);
}

#define EMIT(...) emit((struct event){ __VA_ARGS__ })

UNUSED static void open_run(uint32_t n_steps)
{
	sink = console_sink(&options);
	EMIT(.type = EV_RUN_START, .run = RUN, .text = "build", .n_steps = n_steps);
}

UNUSED static void start(const char *id)
{
	EMIT(.type = EV_STEP_JUDGED, .step = id, .verdict = VERDICT_RUN, .text = "never ran");
	EMIT(.type = EV_STEP_START, .step = id, .attempt = 1, .attempts = 1);
}

UNUSED static void print(const char *id, const char *text)
{
	EMIT(.type = EV_STEP_OUTPUT, .step = id, .data = text, .data_len = strlen(text));
}

UNUSED static void passed(const char *id)
{
	EMIT(.type = EV_STEP_END, .step = id, .status = STEP_PASSED, .duration_ms = 2100,
	     .attempt = 1, .attempts = 1, .log = "l");
}

UNUSED static void failed(const char *id)
{
	EMIT(.type = EV_STEP_END, .step = id, .status = STEP_FAILED, .exit_code = 2, .attempt = 1,
	     .attempts = 1, .duration_ms = 8400, .log = "l");
}

UNUSED static void cached(const char *id)
{
	EMIT(.type = EV_STEP_END, .step = id, .status = STEP_PASSED, .verdict = VERDICT_CACHED);
}

UNUSED static void skipped(const char *id, const char *why)
{
	EMIT(.type = EV_STEP_END, .step = id, .status = STEP_SKIPPED, .verdict = VERDICT_SKIP,
	     .text = why);
}

UNUSED static void close_run(enum run_status status)
{
	EMIT(.type = EV_RUN_END, .run_status = status, .duration_ms = 500);
}

UNUSED static void tick(int64_t ms)
{
	now_ms += ms;
	sink.on_tick(sink.data, 0);
}

/* What was written since the last look; the offset is shared with the writer. */
UNUSED static const char *written(FILE *file)
{
	off_t size = lseek(fileno(file), 0, SEEK_END);
	char *text = xcalloc(1, (size_t)size + 1);

	assert_int_equal(pread(fileno(file), text, (size_t)size, 0), size);
	strbuf_clear(&shown);
	strbuf_add(&shown, text, (size_t)size);
	free(text);
	assert_int_equal(ftruncate(fileno(file), 0), 0);
	lseek(fileno(file), 0, SEEK_SET);
	return strbuf_str(&shown);
}

#define EXPECT(text) assert_string_equal(written(out), text)

#endif
