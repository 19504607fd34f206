/*
 * See run/offline.h.
 */
#include "run/offline.h"

#include <string.h>

#include "effort_impl.h"
#include "event/wait.h"
#include "manifest_impl.h"
#include "run/recover.h"
#include "store/checkpoint.h"
#include "store/history.h"
#include "store/journal.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "turn_impl.h"

#define GRACE_MS      5000
#define OTHER_WORD_MS 1000 /* for as long as somebody else writes his word down */

static int append(const char *dir, const struct event *events, size_t n, struct run_state *state,
		  struct err *err)
{
	struct journal *journal = journal_open(dir, NULL, err);
	int rc = journal ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct event event = events[i];

		event.at_ms = clock_realtime_ms();
		event.node = WF_NONE;
		rc = journal_append(journal, &event, err);
		state_apply(state, &event);
	}
	if (rc == 0)
		rc = journal_sync(journal, err);
	journal_close(journal);
	return rc;
}

/* The part whose engine died without a line of its own has its line now; one that ended has had it. */
static int write_end(struct session *session, const char *dir, const struct run_state *state,
		     bool has_died, enum checkpoint_kind kind, struct err *err)
{
	struct effort effort = has_died ? effort_of(state, NULL) : (struct effort){ 0 };
	struct checkpoint_writer *writer = checkpoint_open(dir);
	struct history_entry entry = {
		.run = state->run,
		.workflow = state->workflow ? state->workflow : "?",
		.status = state->status,
		.started_ms = state->started_ms,
		.duration_ms = has_died ? state_work_ms(state, 0) - state->past_ms : 0,
		.work_ms = effort.work_ms,
		.cpu_ms = effort.cpu_ms,
		.n_steps = state->n_expected,
		.n_ran = effort.n_ran,
		.n_cached = effort.n_cached,
		.n_restored = effort.n_restored,
		.n_failed = state->n_failed,
		.n_skipped = state->n_skipped,
		.n_retries = state->n_retries,
		.n_resumes = state->resumes,
	};
	int rc = checkpoint_write(writer, state, kind, NULL, clock_realtime_ms(), err);

	checkpoint_close(writer);
	if (rc < 0 || manifest_write_results(session, state, dir, err) < 0)
		return -1;
	return history_append(session->layout.runs_dir, &entry, err);
}

static int write_locked(struct session *session, const char *run_id, const char *dir,
			const struct event *events, size_t n, struct err *err)
{
	const struct event *last = &events[n - 1];
	struct run_state state;
	bool has_died;
	int rc;

	turn_end_orphans(run_id, GRACE_MS);
	state_init(&state);
	rc = recover_read_state(&session->layout, run_id, &state, err);
	has_died = state.status == RUN_RUNNING || state.status == RUN_INTERRUPTED;
	if (rc == 0)
		rc = append(dir, events, n, &state, err);
	if (rc == 0 && last->type == EV_RUN_END)
		rc = write_end(session, dir, &state, has_died, CHECKPOINT_END, err);
	state_release(&state);
	return rc;
}

/* 0: it waits, and the word fits. */
static int check_wait(const struct run_state *state, const struct event *event, bool *was_late,
		      struct err *err)
{
	const struct step_state *step = state_step(state, event->step);
	CLEANUP(strbuf_release)
	struct strbuf done = STRBUF_INIT;

	if (step && step->wait && !step->answer && step->status == STEP_WAITING)
		return wait_check(step->wait, step->id, event->text, event->answer, err);
	*was_late = step && step->answer;
	if (!*was_late)
		return err_set(err, ERR_USAGE, "'%s' does not wait for anybody", event->step);
	wait_describe_answer(step, &done);
	return err_set(err, ERR_USAGE, "%s", strbuf_str(&done));
}

/* A step that has no permission is left out, as the mode's question says. */
static bool is_skip(const struct step_state *step, const char *word)
{
	return strcmp(word, "skip") == 0 ||
	       (strcmp(word, "reject") == 0 && !wait_is_step(step->wait->kind));
}

/* A failure that a person takes for done. */
static bool is_done(const struct step_state *step, const char *word)
{
	return strcmp(word, "approve") == 0 && wait_is_escalation(step->wait->kind);
}

static int answer_locked(struct session *session, const char *run_id, const char *dir,
			 const struct event *event, bool *was_late, struct err *err)
{
	struct event events[3] = { *event };
	struct run_state state;
	size_t n = 1;
	int rc;

	turn_end_orphans(run_id, GRACE_MS);
	state_init(&state);
	rc = recover_read_state(&session->layout, run_id, &state, err);
	if (rc == 0)
		rc = check_wait(&state, event, was_late, err);
	if (rc == 0)
		events[0].text = wait_word(state_step(&state, event->step)->wait->kind, event->text,
					   event->answer);
	if (rc == 0 && is_skip(state_step(&state, event->step), events[0].text))
		events[n++] = (struct event){ .type = EV_STEP_HAND,
					      .step = event->step,
					      .text = "skip" };
	if (rc == 0 && is_done(state_step(&state, event->step), events[0].text))
		events[n++] = (struct event){ .type = EV_STEP_HAND,
					      .step = event->step,
					      .text = "done" };
	if (rc == 0)
		rc = append(dir, events, n, &state, err);
	state_release(&state);
	return rc;
}

int offline_answer(struct session *session, const char *run_id, const struct event *event,
		   bool *was_late, struct err *err)
{
	const char *dir = layout_run_dir(&session->layout, &session->arena, run_id);
	struct lock lock = LOCK_NOT_HELD;
	int rc = lock_wait(&lock, AT_FDCWD, arena_printf(&session->arena, "%s/lock", dir),
			   LOCK_EXCLUSIVE, OTHER_WORD_MS, err);

	*was_late = false;
	if (rc < 0)
		return err_wrap(err, "run '%s'", run_id);
	rc = answer_locked(session, run_id, dir, event, was_late, err);
	lock_release(&lock);
	return rc;
}

int offline_write(struct session *session, const char *run_id, const struct event *events,
		  size_t n_events, struct err *err)
{
	const char *dir = layout_run_dir(&session->layout, &session->arena, run_id);
	struct lock lock = LOCK_NOT_HELD;
	int rc = lock_try(&lock, AT_FDCWD, arena_printf(&session->arena, "%s/lock", dir),
			  LOCK_EXCLUSIVE, err);

	if (rc == 0)
		rc = write_locked(session, run_id, dir, events, n_events, err);
	lock_release(&lock);
	return rc < 0 ? err_wrap(err, "run '%s'", run_id) : 0;
}
