/*
 * Events gathered for a document. See report/report.h.
 */
#include "report/report.h"

#include <signal.h>
#include <string.h>

#include "report_impl.h"
#include "store/journal.h"

void report_init(struct report *report)
{
	memset(report, 0, sizeof *report);
	state_init(&report->state);
}

void report_release(struct report *report)
{
	state_release(&report->state);
	strmap_release(&report->last_tries);
	vec_release(&report->tries);
	vec_release(&report->texts);
	vec_release(&report->changes);
	arena_release(&report->arena);
}

static struct report_try *last_try(struct report *report, const char *step)
{
	uintptr_t index = (uintptr_t)strmap_get(&report->last_tries, step);

	return index ? &report->tries.v[index - 1] : NULL;
}

static void begin_try(struct report *report, const struct event *event)
{
	struct report_try *before = last_try(report, event->step);
	struct report_try try = { .step = before ? before->step
						 : arena_strdup(&report->arena, event->step),
				  .attempt = event->attempt,
				  .started_ms = event->at_ms,
				  .status = STEP_RUNNING,
				  .is_last = true };

	if (before)
		before->is_last = false;
	vec_push(&report->tries, try);
	strmap_put(&report->last_tries, try.step, (void *)(uintptr_t)report->tries.n);
}

static const char *why_again(struct arena *arena, const struct event *event)
{
	if (event->text)
		return arena_strdup(arena, event->text);
	if (event->timed_out)
		return "timed out";
	if (event->signal)
		return arena_printf(arena, "signal %d", event->signal);
	return arena_printf(arena, "exit %d", event->exit_code);
}

static void end_try(struct report *report, const struct event *event)
{
	struct report_try *try = last_try(report, event->step);

	if (!try || try->ended_ms)
		return;
	try->ended_ms = event->at_ms;
	try->status = event->type == EV_STEP_TRY ? STEP_FAILED : event->status;
	if (event->type == EV_STEP_TRY)
		try->why = why_again(&report->arena, event);
}

/* What ran when the engine died ended then, as far as anybody knows. */
static void end_all(struct report *report)
{
	for (size_t i = 0; i < report->tries.n; i++) {
		if (!report->tries.v[i].ended_ms)
			report->tries.v[i].ended_ms = report->state.active_ms;
	}
}

static void add_text(struct report *report, const struct event *event)
{
	struct report_text text = { event->step ? arena_strdup(&report->arena, event->step) : NULL,
				    arena_strdup(&report->arena, event->text ? event->text : "") };

	vec_push(&report->texts, text);
}

void report_add(struct report *report, const struct event *event)
{
	if (event->type == EV_RUN_RESUME)
		end_all(report);
	state_apply(&report->state, event);
	if (event->type == EV_STEP_SUMMARY)
		add_text(report, event);
	else if (event->type == EV_STEP_START && event->step)
		begin_try(report, event);
	else if ((event->type == EV_STEP_TRY || event->type == EV_STEP_END) && event->step)
		end_try(report, event);
}

void report_add_change(struct report *report, const char *path, const char *how)
{
	struct report_change change = { arena_strdup(&report->arena, path),
					arena_strdup(&report->arena, how) };

	vec_push(&report->changes, change);
}

static int on_event(void *data, const struct event *event, struct err *err UNUSED)
{
	if (event->type != EV_STEP_OUTPUT && event->type != EV_PROMPT &&
	    event->type != EV_STEP_PROGRESS)
		report_add(data, event);
	return 0;
}

static void close_nothing(void *data UNUSED)
{
}

struct sink report_sink(struct report *report)
{
	return (struct sink){ .data = report, .on_event = on_event, .close = close_nothing };
}

static int add_read(void *data, const struct event *event)
{
	report_add(data, event);
	return 0;
}

int report_read(struct report *report, const char *run_dir, struct err *err)
{
	uint64_t n_bad = 0;

	return journal_read(run_dir, add_read, report, &n_bad, err);
}

/* ---- What the documents share ---- */

bool report_is_mute(const struct report *report, const struct step_state *step)
{
	size_t len = strlen(step->id);

	if (!step->is_group || step->status != STEP_FAILED)
		return step->is_group;
	for (size_t i = 0; i < report->state.steps.n; i++) {
		const struct step_state *item = report->state.steps.v[i];

		if (item->status == STEP_FAILED && !strncmp(item->id, step->id, len) &&
		    item->id[len] == '[')
			return true;
	}
	return false;
}

void report_add_cause(const struct step_state *step, struct strbuf *out)
{
	size_t before = out->len;

	if (step->timed_out)
		strbuf_addstr(out, "timed out");
	else if (step->signal)
		strbuf_addf(out, "signal %d (%s)", step->signal, strsignal(step->signal));
	else if (step->exit_code > 0)
		strbuf_addf(out, "exit %d", step->exit_code);
	if (step->attempt > 1)
		strbuf_addf(out, "%sattempt %u/%u", out->len > before ? ", " : "", step->attempt,
			    step->attempts);
	if (out->len == before)
		strbuf_addstr(out, step->reason && *step->reason ? step->reason
								 : step_status_name(step->status));
}

void report_render(const struct report *report, enum report_format format, const char *logs_dir,
		   struct strbuf *out)
{
	switch (format) {
	case REPORT_JUNIT: junit_render(report, logs_dir, out); break;
	case REPORT_MARKDOWN: markdown_render(report, logs_dir, out); break;
	case REPORT_TRACE: trace_render(report, out); break;
	case REPORT_FORMATS: BUG("no format");
	}
}
