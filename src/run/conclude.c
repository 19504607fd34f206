/*
 * An attempt is over: what it means for the step. Another attempt, or the end with all that is to be
 * remembered.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/timefmt.h"
#include "event/policy.h"
#include "outcome_impl.h"
#include "printed_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/tty.h"

#define RETRY_AFTER_MAX_MS (5 * 60 * 1000) /* as the default of max_delay */
#define NOT_TOLD	   "exit 1: "	   /* before what git wf __notify says */
#define SUMMARY_MAX	   (1u << 20)	   /* bytes of $WF_SUMMARY */

static uint64_t elapsed_ms(const struct execution *execution)
{
	return (clock_monotonic_ns() - execution->started_ns) / 1000000;
}

static int exit_code_of(const struct execution *execution)
{
	if (execution->start_err.kind != ERR_NONE)
		return execution->start_err.kind == ERR_NOT_FOUND ? 127 : 126;
	return WIFEXITED(execution->status) ? WEXITSTATUS(execution->status) : -1;
}

static uint64_t timeval_ms(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000;
}

static void fill_end(struct execution *execution, struct event *event)
{
	event->attempt = execution->attempt;
	event->attempts = execution->attempts;
	event->exit_code = exit_code_of(execution);
	if (execution->start_err.kind == ERR_NONE && WIFSIGNALED(execution->status))
		event->signal = WTERMSIG(execution->status);
	event->timed_out = execution->timed_out;
	event->duration_ms = elapsed_ms(execution);
	event->cpu_user_ms = timeval_ms(execution->usage.ru_utime);
	event->cpu_system_ms = timeval_ms(execution->usage.ru_stime);
	event->max_rss_kib = (uint64_t)execution->usage.ru_maxrss;
	event->verdict = VERDICT_RUN;
	event->log = execution->log.fd >= 0 || execution->log_was_written ? execution->log_name
									  : NULL;
}

static const char *failure_text(struct execution *execution)
{
	struct arena *arena = &execution->engine->session->arena;
	enum step_status status;
	const char *why;

	if (execution->start_err.kind != ERR_NONE)
		return arena_strdup(arena, err_msg(&execution->start_err));
	if (execution->was_cancelled && execution->is_loser &&
	    (why = groups_why_stopped(execution->engine, execution->node, &status)))
		return why;
	if (execution->was_cancelled)
		return "cancelled";
	if (execution->timed_out) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT;

		strbuf_addstr(&text, "timed out after ");
		duration_format(&text, execution->node->step->timeout_ms);
		return arena_strdup(arena, text.buf);
	}
	return NULL; /* the exit code says it */
}

static bool is_written(const struct execution *execution, const char *path)
{
	return faccessat(execution->engine->io_fd, strrchr(path, '/') + 1, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

/* Most steps write none of them; to look is cheaper than to fail, and mostly one look at the folder
 * does. */
static void look_for_files(struct execution *execution)
{
	execution->wrote_output = execution->wrote_summary = execution->wrote_progress = false;
	if (emit_io_is_untouched(execution->engine))
		return;
	execution->wrote_output = is_written(execution, execution->output_path);
	execution->wrote_summary = is_written(execution, execution->summary_path);
	execution->wrote_progress = is_written(execution, execution->progress_path);
}

static void read_summary(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	CLEANUP(strbuf_release)
	struct strbuf masked = STRBUF_INIT;
	struct engine *engine = execution->engine;
	struct err err = ERR_INIT;
	struct event event;

	if (!execution->wrote_summary)
		return;
	if (fs_read_file(AT_FDCWD, execution->summary_path, SUMMARY_MAX, &text, &err) < 0 &&
	    err.kind != ERR_NOT_FOUND)
		emit_note(engine, execution->node, "$WF_SUMMARY: %s", err_msg(&err));
	if (err.kind != ERR_NONE || text.len == 0) {
		err_release(&err);
		return;
	}
	capture_mask(&engine->masks, text.buf, text.len, true, &masked);
	event = event_of(engine, EV_STEP_SUMMARY, execution->node);
	event.text = arena_strndup(&engine->session->arena, masked.buf, masked.len);
	emit(engine, &event);
}

/* Something the step left behind may write on: its log is kept open until the run ends. */
static void let_linger(struct execution *execution)
{
	if (execution->out.fd < 0 && execution->errs.fd < 0) {
		execution_free(execution);
		return;
	}
	execution->is_ended = true;
	loop_stop_timer(execution->engine->loop, &execution->drain);
	loop_stop_timer(execution->engine->loop, &execution->kill);
	vec_push(&execution->engine->lingering, execution);
}

/* They have been read, and may hold what is masked everywhere else. */
static void remove_files(struct execution *execution)
{
	printed_end(execution);
	if (execution->judged.gathered.command.placed == WORD_IS_CODE)
		unlink(execution->script_path);
	if (execution->wrote_output)
		unlink(execution->output_path);
	if (execution->wrote_summary)
		unlink(execution->summary_path);
	if (execution->wrote_progress)
		unlink(execution->progress_path);
}

static void tell_broken_log(struct execution *execution)
{
	if (execution->log.is_broken)
		emit_note(execution->engine, execution->node, "%s", err_msg(&execution->log.err));
	err_release(&execution->log.err);
	execution->log.is_broken = false;
}

static void finish(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;

	remove_files(execution);
	tell_broken_log(execution);
	execution_forget(execution);
	session_result(engine->session, execution->node->index)->did_execute = true;
	judging_end(engine, execution->node, end);
	let_linger(execution);
}

static void describe(struct execution *execution, const struct event *end,
		     struct outcome_files *files)
{
	size_t len;
	const char *tail = capture_tail(&execution->out, &len);

	files->output_path = execution->wrote_output ? execution->output_path : NULL;
	printed_describe(execution, files);
	files->exit_code = end->exit_code;
	files->attempts = execution->attempt;
	files->duration_ms = end->duration_ms;
	files->ended_ms = end->at_ms;
	files->stdout_tail = execution->wants_stdout
				     ? arena_strndup(&execution->engine->session->arena, tail, len)
				     : NULL;
}

static void on_retry_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	attempt_requeue(data);
}

static double random01(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
		number = (uint32_t)clock_monotonic_ns();
	return number / 4294967296.0;
}

/* No other attempt: the run is being stopped, and that is for this step too. */
static bool is_over_for(const struct execution *execution)
{
	const struct engine *engine = execution->engine;

	return engine->is_fatal || stop_reaches(engine, execution->node) ||
	       groups_is_over_for(execution->engine, execution->node);
}

void attempt_clear(struct execution *execution)
{
	struct engine *engine = execution->engine;

	remove_files(execution);
	execution->wrote_output = execution->wrote_summary = execution->wrote_progress = false;
	capture_release(&execution->out);
	capture_release(&execution->errs);
	capture_log_close(&execution->log);
	tell_broken_log(execution);
	tree_list_release(&execution->escaped);
	loop_stop_timer(engine->loop, &execution->kill);
	loop_stop_timer(engine->loop, &execution->drain);
	execution->pid = 0;
	execution->is_reaped = false;
}

/* A server may ask for a longer pause. False: for a longer one than `max_delay` allows. */
static bool heed_retry_after(struct execution *execution, struct event *end, uint64_t *delay_ms)
{
	struct session *session = execution->engine->session;
	const struct step *step = execution->node->step;
	uint64_t asked_ms, max_ms = step->retry && step->retry->max_delay_ms
					    ? step->retry->max_delay_ms
					    : RETRY_AFTER_MAX_MS;

	if (!execution->wrote_output)
		return true;
	asked_ms = outcome_retry_after_ms(session, execution->node, execution->output_path);
	if (asked_ms <= *delay_ms)
		return true;
	*delay_ms = asked_ms;
	if (asked_ms <= max_ms)
		return true;
	end->text = arena_printf(&session->arena,
				 "not tried again: the server asks to wait %llu s, 'max_delay' is "
				 "%llu s",
				 (unsigned long long)(asked_ms / 1000),
				 (unsigned long long)(max_ms / 1000));
	return false;
}

static bool retried(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	struct try_outcome outcome = {
		.attempt = execution->attempt - execution->tries_before,
		.exit_code = end->exit_code,
		.signal = end->signal,
		.timed_out = execution->timed_out,
		.cancelled = execution->was_cancelled || is_over_for(execution),
		.could_not_start = execution->start_err.kind != ERR_NONE,
	};
	uint64_t delay_ms;

	if (!policy_retries(execution->node->step, &outcome, random01(), &delay_ms) ||
	    !heed_retry_after(execution, end, &delay_ms))
		return false;
	end->type = EV_STEP_TRY;
	end->delay_ms = delay_ms;
	if (!end->text)
		end->text = failure_text(execution);
	emit(engine, end);
	attempt_clear(execution);
	err_release(&execution->start_err);
	execution_leave_terminal(execution);
	tokens_give(engine, execution->node->step->slots);
	sched_release(engine->sched, execution->node->index);
	loop_start_timer(engine->loop, &execution->retry, delay_ms, on_retry_due, execution);
	return true;
}

/* Not ended by us or by anybody, and not for want of an output: it would fail again. */
static bool has_failed_by_itself(const struct execution *execution)
{
	return execution->start_err.kind == ERR_NONE && !execution->was_cancelled &&
	       !execution->timed_out && WIFEXITED(execution->status) &&
	       WEXITSTATUS(execution->status) != 0;
}

void attempt_fail(struct execution *execution, struct event *end)
{
	struct outcome_files files = { 0 };
	const char *note = NULL;

	end->status = execution->was_cancelled ? STEP_CANCELLED : STEP_FAILED;
	if (!end->text)
		end->text = failure_text(execution);
	describe(execution, end, &files);
	files.is_final = has_failed_by_itself(execution);
	outcome_failed(execution->engine->session, execution->node, &execution->judged, &files,
		       &execution->arena, &note);
	if (note)
		emit_note(execution->engine, execution->node, "%s", note);
	if (!execution->was_cancelled && (note = confine_explain(execution)))
		emit_note(execution->engine, execution->node, "%s", note);
	if (execution->is_loser)
		groups_remove_outputs(execution->engine->session, execution->node,
				      execution->started_unix_ms);
	finish(execution, end);
}

/* First its retries, then what the strategy has before the failure counts. */
static void end_failed(struct execution *execution, struct event *end)
{
	if (retried(execution, end))
		return;
	if (!end->text)
		end->text = failure_text(execution);
	if (!mending_begin(execution, end) && !waits_escalate(execution, end))
		attempt_fail(execution, end);
}

/* A result with a warning is none to rest on: the next run shall say it again. */
static void remember(struct execution *execution, const struct outcome_files *files,
		     const struct outcome_made *made)
{
	struct engine *engine = execution->engine;
	const char *note = NULL;

	if (execution->gating.has_warned)
		engine->session->is_volatile = true;
	else
		outcome_remember(engine->session, execution->node, &execution->judged, files, made,
				 &execution->arena, &note);
	if (note)
		emit_note(engine, execution->node, "%s", note);
}

static void end_passed(struct execution *execution, struct event *end,
		       const struct outcome_files *files, struct outcome_made *made)
{
	struct engine *engine = execution->engine;

	remember(execution, files, made);
	outcome_made_release(made);
	end->status = STEP_PASSED;
	end->outputs = session_result(engine->session, execution->node->index)->values;
	finish(execution, end);
}

/* It did what it had to; now what it ensures. */
static void end_well(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	struct outcome_files files = { 0 };
	struct outcome_made made;
	struct err err = ERR_INIT;

	describe(execution, end, &files);
	if (outcome_take(engine->session, execution->node, &execution->judged, &files,
			 &execution->arena, &made, &err) < 0) {
		end->text = arena_strdup(&engine->session->arena, err_msg(&err));
		err_release(&err);
		end_failed(execution, end);
		return;
	}
	if (!execution->node->step->ensures.n) {
		end_passed(execution, end, &files, &made);
		return;
	}
	execution->gating.end = *end;
	execution->gating.files = files;
	execution->gating.made = made;
	attempt_clear(execution); /* what it left behind is heard no more */
	gating_begin(execution, true);
}

/* The answer is there; what it was to ensure holds, or it is asked again when the run goes on. */
static void end_asked(struct execution *execution, struct event *end, const char *fault)
{
	if (fault || execution->was_cancelled) {
		end->status = fault ? STEP_FAILED : STEP_CANCELLED;
		end->exit_code = -1;
		end->text = fault ? fault : "cancelled";
	}
	finish(execution, end);
}

void attempt_ensured(struct execution *execution, const char *fault)
{
	struct event end = execution->gating.end;
	struct outcome_made *made = &execution->gating.made;

	if (execution->is_answered) {
		end_asked(execution, &end, fault);
		return;
	}
	if (!fault && !execution->was_cancelled) {
		end_passed(execution, &end, &execution->gating.files, made);
		return;
	}
	outcome_made_release(made);
	execution->status = 0; /* the step's, which a gate's process has written over */
	end.text = fault;
	end_failed(execution, &end);
}

void attempt_end(struct execution *execution, struct event *end)
{
	finish(execution, end);
}

/* Ctrl-C went to the step that had the terminal, and was meant for the run, as in a shell. */
static void heed_its_interrupt(struct execution *execution)
{
	if (execution->node->step->console && execution->pid && tty_is_terminal(STDIN_FILENO) &&
	    WIFSIGNALED(execution->status) && WTERMSIG(execution->status) == SIGINT) {
		execution->was_cancelled = true;
		stop_begin(execution->engine, true, SIGINT, "SIGINT");
	}
}

void attempt_weighed(struct execution *execution, struct event *end, bool has_passed)
{
	snapshotting_attempt_ended(execution->engine, execution->node);
	if (has_passed)
		end_well(execution, end);
	else
		end_failed(execution, end);
}

/* Nobody fails for a message that did not arrive. */
static void forgive(struct execution *execution, struct event *end)
{
	const char *why = failure_text(execution);

	if (!why && WIFEXITED(execution->status) && WEXITSTATUS(execution->status) == 0)
		return;
	if (!why)
		why = side_describe_end(execution);
	emit_note(execution->engine, execution->node, "%s",
		  strncmp(why, NOT_TOLD, strlen(NOT_TOLD)) == 0 ? why + strlen(NOT_TOLD) : why);
	execution->status = 0;
	err_release(&execution->start_err);
	end->exit_code = 0;
	end->signal = 0;
	end->timed_out = execution->timed_out = false;
}

void attempt_conclude(struct execution *execution)
{
	struct event end = event_of(execution->engine, EV_STEP_END, execution->node);
	bool passed;

	loop_stop_timer(execution->engine->loop, &execution->timeout);
	if (side_is_at_work(execution)) {
		look_for_files(execution);
		if (mending_is_at_work(execution))
			mending_process_ended(execution);
		else
			gating_process_ended(execution);
		return;
	}
	heed_its_interrupt(execution);
	execution->log_was_written = execution->log.fd >= 0;
	if (execution->out.fd < 0 && execution->errs.fd < 0)
		capture_log_close(&execution->log);
	fill_end(execution, &end);
	confine_end(execution);
	look_for_files(execution);
	if (execution->start_err.kind == ERR_NONE)
		read_summary(execution);
	if (execution->node->step->action == ACTION_NOTIFY && !execution->was_cancelled) {
		forgive(execution, &end);
		end_well(execution, &end);
		return;
	}
	passed = execution->start_err.kind == ERR_NONE && !execution->timed_out &&
		 !execution->was_cancelled && WIFEXITED(execution->status) &&
		 WEXITSTATUS(execution->status) == 0;
	if (!allowance_begin(execution, &end, passed))
		attempt_weighed(execution, &end, passed);
}
