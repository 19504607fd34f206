/*
 * The run as JUnit knows it: a suite, and a case for each step. Valid by the schema of Jenkins
 * (xunit-plugin, junit-10.xsd).
 */
#include <string.h>

#include "base/timefmt.h"
#include "base/utf8.h"
#include "report_impl.h"

#define LOG_BYTES ((size_t)32 << 10)

/* XML 1.0 has no way to write most control characters, not even escaped. */
static bool is_xml(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' ||
	       (code >= ' ' && code != 0xfffe && code != 0xffff);
}

static void add_xml(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t size = utf8_decode(text + i, len - i, &code);

		switch (code) {
		case '&': strbuf_addstr(out, "&amp;"); break;
		case '<': strbuf_addstr(out, "&lt;"); break;
		case '>': strbuf_addstr(out, "&gt;"); break;
		case '"': strbuf_addstr(out, "&quot;"); break;
		case '\r': strbuf_addstr(out, "&#13;"); break;
		default:
			if (code == UTF8_BAD || !is_xml(code))
				strbuf_addstr(out, "\xef\xbf\xbd");
			else
				strbuf_add(out, text + i, size);
		}
		i += size;
	}
}

/* In an attribute a line feed or tab would be read as a blank. */
static void add_attribute(struct strbuf *out, const char *name, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf escaped = STRBUF_INIT;

	add_xml(&escaped, text);
	strbuf_addf(out, " %s=\"", name);
	for (size_t i = 0; i < escaped.len; i++) {
		if (escaped.buf[i] == '\n' || escaped.buf[i] == '\t')
			strbuf_addf(out, "&#%d;", escaped.buf[i]);
		else
			strbuf_addch(out, escaped.buf[i]);
	}
	strbuf_addch(out, '"');
}

static void add_time(struct strbuf *out, uint64_t duration_ms)
{
	strbuf_addf(out, " time=\"%llu.%03u\"", (unsigned long long)(duration_ms / 1000),
		    (unsigned)(duration_ms % 1000));
}

/* ---- Cases ---- */

enum result { CASE_PASSED, CASE_FAILED, CASE_ERROR, CASE_SKIPPED, CASES };

static enum result result_of(const struct step_state *step)
{
	switch (step->status) {
	case STEP_PASSED: return CASE_PASSED;
	case STEP_FAILED: return CASE_FAILED;
	case STEP_CANCELLED: return step->started_ms ? CASE_ERROR : CASE_SKIPPED;
	case STEP_RUNNING:
	case STEP_WAITING:
	case STEP_UNKNOWN: return CASE_ERROR;
	default: return CASE_SKIPPED;
	}
}

static void add_failure(const struct step_state *step, enum result result, const char *logs_dir,
			struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	const char *element = result == CASE_FAILED ? "failure" : "error";

	strbuf_addf(out, "      <%s", element);
	if (result == CASE_FAILED)
		report_add_cause(step, &text);
	else
		strbuf_addf(&text, "%s%s", step_status_name(step->status),
			    step_status_is_final(step->status) ? "" : " when the run ended");
	add_attribute(out, "message", strbuf_str(&text));
	add_attribute(out, "type",
		      result == CASE_ERROR  ? step_status_name(step->status)
		      : step->timed_out	    ? "timeout"
		      : step->signal	    ? "signal"
		      : step->exit_code > 0 ? "exit"
					    : "failed");
	strbuf_addch(out, '>');
	strbuf_clear(&text);
	excerpt_read(logs_dir, step->log, LOG_BYTES, &text);
	add_xml(out, strbuf_str(&text));
	strbuf_addf(out, "</%s>\n", element);
}

/* Tries that failed before the last one, as Surefire writes them and Jenkins reads them. */
static void add_tries(const struct report *report, const struct step_state *step,
		      struct strbuf *out)
{
	const char *element = step->status == STEP_PASSED ? "flakyFailure" : "rerunFailure";

	for (size_t i = 0; i < report->tries.n; i++) {
		const struct report_try *try = &report->tries.v[i];
		CLEANUP(strbuf_release)
		struct strbuf message = STRBUF_INIT;

		if (!try->why || strcmp(try->step, step->id) != 0)
			continue;
		strbuf_addf(&message, "attempt %u: %s", try->attempt, try->why);
		strbuf_addf(out, "      <%s", element);
		add_attribute(out, "message", strbuf_str(&message));
		strbuf_addstr(out, " type=\"retry\"/>\n");
	}
}

/* What a failed gate expected and found, where CI servers show what a test wrote. */
static void add_gate_words(const struct report *report, const struct step_state *step,
			   struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < report->state.gates.n; i++) {
		const struct gate_state *gate = &report->state.gates.v[i];

		if (!gate->failed || strcmp(gate->step, step->id) != 0)
			continue;
		strbuf_addf(&text, "%s %s: expected %s, found %s\n", gate->gate,
			    gate->is_warning ? "warned" : "failed",
			    gate->expected ? gate->expected : "", gate->found ? gate->found : "");
	}
	if (!text.len)
		return;
	strbuf_addstr(out, "      <system-out>");
	add_xml(out, text.buf);
	strbuf_addstr(out, "</system-out>\n");
}

/* "test" of "test[unit]": what CI servers show as the class. */
static void add_names(const struct report *report, const struct step_state *step,
		      struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf class = STRBUF_INIT;
	size_t len = strcspn(step->id, "[");

	strbuf_addstr(&class, report->state.workflow ? report->state.workflow : "run");
	if (step->id[len]) {
		strbuf_addch(&class, '.');
		strbuf_add(&class, step->id, len);
	}
	add_attribute(out, "name", step->id);
	add_attribute(out, "classname", strbuf_str(&class));
}

static void add_case(const struct report *report, const struct step_state *step,
		     const char *logs_dir, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf inside = STRBUF_INIT;
	enum result result = result_of(step);

	if (result == CASE_SKIPPED) {
		strbuf_addstr(&inside, "      <skipped");
		add_attribute(&inside, "message",
			      step->reason ? step->reason : step_status_name(step->status));
		strbuf_addstr(&inside, "/>\n");
	} else if (result != CASE_PASSED) {
		add_failure(step, result, logs_dir, &inside);
	}
	if (step->attempt > 1)
		add_tries(report, step, &inside);
	add_gate_words(report, step, &inside);
	strbuf_addstr(out, "    <testcase");
	add_names(report, step, out);
	add_time(out, step->started_ms ? step->duration_ms : 0);
	if (!inside.len) {
		strbuf_addstr(out, "/>\n");
		return;
	}
	strbuf_addf(out, ">\n%s    </testcase>\n", strbuf_str(&inside));
}

/* ---- The suite ---- */

static void add_counts(const struct report *report, const unsigned *counts, bool with_skipped,
		       struct strbuf *out)
{
	unsigned n = 0;

	for (int i = 0; i < CASES; i++)
		n += counts[i];
	add_attribute(out, "name", report->state.workflow ? report->state.workflow : "run");
	strbuf_addf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", n, counts[CASE_FAILED],
		    counts[CASE_ERROR]);
	if (with_skipped)
		strbuf_addf(out, " skipped=\"%u\"", counts[CASE_SKIPPED]);
	add_time(out, state_work_ms(&report->state, report->state.active_ms));
}

static void add_properties(const struct report *report, struct strbuf *out)
{
	strbuf_addstr(out, "    <properties>\n");
	if (report->state.run) {
		strbuf_addstr(out, "      <property name=\"run\"");
		add_attribute(out, "value", report->state.run);
		strbuf_addstr(out, "/>\n");
	}
	strbuf_addf(out, "      <property name=\"status\" value=\"%s\"/>\n",
		    run_status_name(report->state.status));
	strbuf_addstr(out, "    </properties>\n");
}

void junit_render(const struct report *report, const char *logs_dir, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf cases = STRBUF_INIT, started = STRBUF_INIT;
	unsigned counts[CASES] = { 0 };

	for (size_t i = 0; i < report->state.steps.n; i++) {
		const struct step_state *step = report->state.steps.v[i];

		if (report_is_mute(report, step))
			continue;
		counts[result_of(step)]++;
		add_case(report, step, logs_dir, &cases);
	}
	instant_format(&started, report->state.started_ms);
	strbuf_setlen(&started, strlen("2026-11-20T21:32:01")); /* the schema has no more */
	strbuf_addstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_counts(report, counts, false, out);
	strbuf_addstr(out, ">\n  <testsuite");
	add_counts(report, counts, true, out);
	add_attribute(out, "timestamp", strbuf_str(&started));
	strbuf_addstr(out, ">\n");
	add_properties(report, out);
	strbuf_add(out, strbuf_str(&cases), cases.len);
	strbuf_addstr(out, "  </testsuite>\n</testsuites>\n");
}
