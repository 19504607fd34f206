/*
 * The life of an execution: queued, started, ended or tried again. Done means: the child is reaped and
 * its output drained; a pipe that something it left behind still holds is waited for shortly only.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_impl.h"

#include "base/timefmt.h"
#include "base/xalloc.h"
#include "event/policy.h"
#include "model/stepout.h"
#include "outcome_impl.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/tty.h"

#define SUMMARY_MAX   (1u << 20) /* bytes of $WF_SUMMARY */
#define LOOKAHEAD     8		 /* judged nodes that wait for a slot, beyond -j */
#define GROUP_POLL_MS 20

/* ---- The two lists ---- */

static void list_remove(struct engine *engine, struct execution *execution)
{
	for (size_t i = 0; i < engine->running.n; i++) {
		if (engine->running.v[i] == execution) {
			engine->running.v[i] = vec_pop(&engine->running);
			return;
		}
	}
}

static void set_by_node(struct engine *engine, uint32_t node, struct execution *execution)
{
	while (engine->by_node.n <= node)
		vec_push(&engine->by_node, NULL);
	engine->by_node.v[node] = execution;
}

void attempts_queue(struct engine *engine, const struct node *node, struct judged *judged,
		    struct arena *arena)
{
	struct execution *execution = xcalloc(1, sizeof *execution);

	execution->engine = engine;
	execution->node = node;
	execution->judged = *judged;
	execution->arena = *arena;
	execution->attempts = node->step->retry ? node->step->retry->attempts : 1;
	execution->wants_stdout = engine->stdout_readers.n_bits > node->step->index &&
				  bitset_has(&engine->stdout_readers, node->step->index);
	execution->out.fd = execution->errs.fd = -1;
	execution->log.fd = -1;
	memset(judged, 0, sizeof *judged);
	memset(arena, 0, sizeof *arena);
	set_by_node(engine, node->index, execution);
	engine->n_queued++;
	sched_enqueue(engine->sched, node->index);
}

void execution_free(struct execution *execution)
{
	struct engine *engine = execution->engine;

	loop_stop_timer(engine->loop, &execution->timeout);
	loop_stop_timer(engine->loop, &execution->kill);
	loop_stop_timer(engine->loop, &execution->drain);
	loop_stop_timer(engine->loop, &execution->retry);
	capture_release(&execution->out);
	capture_release(&execution->errs);
	capture_log_close(&execution->log);
	err_release(&execution->log.err);
	err_release(&execution->start_err);
	tree_list_release(&execution->escaped);
	if (execution->judged.has_facts)
		facts_release(&execution->judged.gathered);
	vec_release(&execution->judged.decision.reasons.list);
	arena_release(&execution->arena);
	free(execution);
}

/* ---- Ending a process group ---- */

static void on_kill_due(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	attempt_kill(data);
}

static void signal_all(struct execution *execution, int signo)
{
	if (!execution->pid)
		return;
	tree_signal_group(execution->pid, signo, NULL);
	tree_signal_list(&execution->escaped, signo);
}

/* What it started and is in no group of its: below it while it lives, then among our orphans. */
static void find_escaped(struct execution *execution)
{
	struct engine *engine = execution->engine;
	const char *cookie;

	tree_list_release(&execution->escaped);
	if (!execution->is_reaped) {
		tree_find_below(execution->pid, &execution->escaped);
		return;
	}
	cookie = arena_printf(&execution->arena, "WF_COOKIE=%s/%u.%u", engine->run_id,
			      execution->node->index, execution->attempt);
	tree_find_escaped(loop_child_pids(engine->loop), loop_child_count(engine->loop), cookie,
			  &execution->escaped);
}

static bool is_anything_left(struct execution *execution)
{
	tree_drop_ended(&execution->escaped);
	return execution->escaped.processes.n > 0 ||
	       tree_signal_group(execution->pid, 0, NULL) == 0;
}

void attempt_terminate(struct execution *execution)
{
	struct engine *engine = execution->engine;
	uint64_t grace = engine->options->grace_ms ? engine->options->grace_ms : GRACE_MS;

	if (!execution->pid || loop_timer_is_running(&execution->kill))
		return;
	find_escaped(execution);
	signal_all(execution, SIGTERM);
	signal_all(execution, SIGCONT); /* a stopped process hears TERM only then */
	loop_start_timer(engine->loop, &execution->kill, grace, on_kill_due, execution);
}

void attempt_kill(struct execution *execution)
{
	if (!execution->pid)
		return;
	find_escaped(execution);
	signal_all(execution, SIGKILL);
}

static void on_timeout(struct loop *loop UNUSED, struct loop_timer *timer UNUSED, void *data)
{
	struct execution *execution = data;

	execution->timed_out = true;
	attempt_terminate(execution);
}

/* ---- The end of an attempt ---- */

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

	if (execution->start_err.kind != ERR_NONE)
		return arena_strdup(arena, err_msg(&execution->start_err));
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

static void read_summary(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct event event;

	if (fs_read_file(AT_FDCWD, execution->summary_path, SUMMARY_MAX, &text, NULL) < 0 ||
	    text.len == 0)
		return;
	event = event_of(execution->engine, EV_STEP_SUMMARY, execution->node);
	event.text = arena_strndup(&execution->engine->session->arena, text.buf, text.len);
	emit(execution->engine, &event);
}

/* Frees the slots of the execution and takes it out of the engine. */
static void forget(struct execution *execution)
{
	struct engine *engine = execution->engine;

	list_remove(engine, execution);
	engine->by_node.v[execution->node->index] = NULL;
	tokens_give(engine, execution->node->step->slots);
	if (execution->node->step->console && tty_is_terminal(STDIN_FILENO))
		tty_take_foreground(STDIN_FILENO);
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

static void finish(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;

	if (execution->log.is_broken)
		emit_note(engine, execution->node, "%s", err_msg(&execution->log.err));
	forget(execution);
	session_result(engine->session, execution->node->index)->did_execute = true;
	judging_end(engine, execution->node, end);
	let_linger(execution);
}

static void describe(struct execution *execution, const struct event *end,
		     struct outcome_files *files)
{
	size_t len;
	const char *tail = capture_tail(&execution->out, &len);

	files->output_path = execution->output_path;
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

void attempt_requeue(struct execution *execution)
{
	loop_stop_timer(execution->engine->loop, &execution->retry);
	list_remove(execution->engine, execution);
	execution->engine->n_queued++;
	sched_enqueue(execution->engine->sched, execution->node->index);
}

static double random01(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
		number = (uint32_t)clock_monotonic_ns();
	return number / 4294967296.0;
}

static bool retried(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	struct try_outcome outcome = {
		.attempt = execution->attempt,
		.exit_code = end->exit_code,
		.signal = end->signal,
		.timed_out = execution->timed_out,
		.cancelled = execution->was_cancelled || engine->is_stopping,
		.could_not_start = execution->start_err.kind != ERR_NONE,
	};
	uint64_t delay_ms;

	if (!policy_retries(execution->node->step, &outcome, random01(), &delay_ms))
		return false;
	end->type = EV_STEP_TRY;
	end->delay_ms = delay_ms;
	end->text = failure_text(execution);
	emit(engine, end);
	capture_release(&execution->out);
	capture_release(&execution->errs);
	capture_log_close(&execution->log);
	err_release(&execution->start_err);
	tree_list_release(&execution->escaped);
	loop_stop_timer(engine->loop, &execution->kill);
	loop_stop_timer(engine->loop, &execution->drain);
	tokens_give(engine, execution->node->step->slots);
	sched_release(engine->sched, execution->node->index);
	execution->pid = 0;
	loop_start_timer(engine->loop, &execution->retry, delay_ms, on_retry_due, execution);
	return true;
}

static void end_failed(struct execution *execution, struct event *end)
{
	struct outcome_files files = { 0 };
	const char *note = NULL;

	if (retried(execution, end))
		return;
	end->status = execution->was_cancelled ? STEP_CANCELLED : STEP_FAILED;
	if (!end->text)
		end->text = failure_text(execution);
	describe(execution, end, &files);
	outcome_failed(execution->engine->session, execution->node, &execution->judged, &files,
		       &execution->arena, &note);
	if (note)
		emit_note(execution->engine, execution->node, "%s", note);
	finish(execution, end);
}

static void end_passed(struct execution *execution, struct event *end)
{
	struct engine *engine = execution->engine;
	struct outcome_files files = { 0 };
	struct err err = ERR_INIT;
	const char *note = NULL;

	describe(execution, end, &files);
	if (outcome_passed(engine->session, execution->node, &execution->judged, &files,
			   &execution->arena, &note, &err) < 0) {
		end->text = arena_strdup(&engine->session->arena, err_msg(&err));
		err_release(&err);
		end_failed(execution, end);
		return;
	}
	if (note)
		emit_note(engine, execution->node, "%s", note);
	end->status = STEP_PASSED;
	end->outputs = session_result(engine->session, execution->node->index)->values;
	finish(execution, end);
}

static void conclude(struct execution *execution)
{
	struct event end = event_of(execution->engine, EV_STEP_END, execution->node);
	bool passed;

	loop_stop_timer(execution->engine->loop, &execution->timeout);
	execution->log_was_written = execution->log.fd >= 0;
	if (execution->out.fd < 0 && execution->errs.fd < 0)
		capture_log_close(&execution->log);
	fill_end(execution, &end);
	if (execution->start_err.kind == ERR_NONE)
		read_summary(execution);
	passed = execution->start_err.kind == ERR_NONE && !execution->timed_out &&
		 !execution->was_cancelled && WIFEXITED(execution->status) &&
		 WEXITSTATUS(execution->status) == 0;
	if (passed)
		end_passed(execution, &end);
	else
		end_failed(execution, &end);
}

/* A failed or ended attempt leaves nothing behind that the next one could trip over. */
static bool must_be_alone(const struct execution *execution)
{
	return execution->timed_out || execution->was_cancelled || !WIFEXITED(execution->status) ||
	       WEXITSTATUS(execution->status) != 0;
}

static void on_drained(struct loop *loop, struct loop_timer *timer, void *data)
{
	struct execution *execution = data;

	if (must_be_alone(execution)) {
		bool was_told = loop_timer_is_running(&execution->kill);

		if (was_told && is_anything_left(execution)) {
			loop_start_timer(loop, timer, GROUP_POLL_MS, on_drained, execution);
			return; /* its grace is not over */
		}
		attempt_kill(execution);
	}
	capture_drain(&execution->out);
	capture_drain(&execution->errs);
	conclude(execution);
}

static void maybe_conclude(struct execution *execution)
{
	uint64_t wait_ms = DRAIN_GRACE_MS;

	if (!execution->is_reaped || execution->is_ended)
		return;
	if (execution->out.fd < 0 && execution->errs.fd < 0 && !must_be_alone(execution)) {
		conclude(execution);
		return;
	}
	if (must_be_alone(execution)) {
		if (!loop_timer_is_running(&execution->kill))
			attempt_terminate(execution); /* what a failed step left */
		wait_ms = 0;
	}
	if (!loop_timer_is_running(&execution->drain))
		loop_start_timer(execution->engine->loop, &execution->drain, wait_ms, on_drained,
				 execution);
}

static void on_pipe_end(void *owner, struct capture *capture UNUSED)
{
	struct execution *execution = owner;

	if (execution->is_reaped && !execution->is_ended &&
	    !loop_timer_is_running(&execution->drain))
		return; /* it is being concluded */
	if (execution->is_reaped && !execution->is_ended && !must_be_alone(execution) &&
	    execution->out.fd < 0 && execution->errs.fd < 0) {
		loop_stop_timer(execution->engine->loop, &execution->drain);
		conclude(execution);
	}
}

static void on_child_end(struct loop *loop UNUSED, pid_t pid UNUSED, int status,
			 const struct rusage *usage, void *data)
{
	struct execution *execution = data;

	execution->status = status;
	execution->usage = *usage;
	capture_drain(&execution->out);
	capture_drain(&execution->errs);
	execution->is_reaped = true;
	maybe_conclude(execution);
}

/* ---- The start of an attempt ---- */

static void start(struct execution *execution)
{
	struct engine *engine = execution->engine;

	execution->attempt++;
	vec_push(&engine->running, execution);
	launch(execution, on_pipe_end);
	if (!execution->pid) {
		execution->status = 0;
		capture_release(&execution->out);
		capture_release(&execution->errs);
		conclude(execution);
		return;
	}
	loop_watch_child(engine->loop, execution->pid, on_child_end, execution);
	if (execution->node->step->timeout_ms)
		loop_start_timer(engine->loop, &execution->timeout,
				 execution->node->step->timeout_ms, on_timeout, execution);
}

/* Judging goes a little ahead of starting, so that a free slot never waits for it. */
void attempts_start(struct engine *engine)
{
	uint32_t index;

	while (!engine->waits_for_token && !engine->is_fatal &&
	       sched_next_start(engine->sched, &index)) {
		struct execution *execution = engine->by_node.v[index];

		if (!tokens_take(engine, execution->node->step->slots)) {
			sched_release(engine->sched, index);
			sched_enqueue(engine->sched, index);
			return;
		}
		engine->n_queued--;
		start(execution);
	}
}

bool attempts_want_more(const struct engine *engine)
{
	return engine->n_queued < engine->options->jobs + LOOKAHEAD ||
	       (sched_slots_free(engine->sched) > 0 && !engine->waits_for_token);
}

/* ---- Progress ---- */

static void poll_progress(struct execution *execution)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct event event;
	unsigned percent;
	const char *message, *line;

	if (fs_read_file(AT_FDCWD, execution->progress_path, SUMMARY_MAX, &text, NULL) < 0 ||
	    text.len == execution->progress_seen)
		return;
	execution->progress_seen = text.len;
	while (text.len && text.buf[text.len - 1] == '\n') {
		text.len--;
		text.buf[text.len] = '\0';
	}
	line = strrchr(strbuf_str(&text), '\n');
	line = line ? line + 1 : strbuf_str(&text);
	if (stepout_parse_progress(line, &percent, &message) < 0)
		return;
	event = event_of(execution->engine, EV_STEP_PROGRESS, execution->node);
	event.percent = (uint8_t)percent;
	event.text = message;
	emit(execution->engine, &event);
}

void attempts_poll_progress(struct engine *engine)
{
	for (size_t i = 0; i < engine->running.n; i++) {
		if (engine->running.v[i]->pid)
			poll_progress(engine->running.v[i]);
	}
}
