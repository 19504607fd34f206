/*
 * git wf cancel, pause, skip: a person's word to a run. Its engine hears it by the run's inbox; where no
 * engine is alive the word goes into the journal at once.
 */
#include <string.h>
#include <unistd.h>

#include "answer_impl.h"
#include "commands_impl.h"
#include "identity_impl.h"
#include "run/offline.h"
#include "run/recover.h"
#include "store/inbox.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "target_impl.h"

#define HEARD_WITHIN_MS 3000
#define LOOK_EACH_MS	25

/* 1: the engine has taken it; 0: there is no engine any more; -1: it is there, but did not. */
static int wait_until_heard(const struct session *session, const char *run, const char *path,
			    struct arena *arena)
{
	const char *lock = arena_printf(arena, "%s/lock",
					layout_run_dir(&session->layout, arena, run));

	for (int ms = 0; ms < HEARD_WITHIN_MS; ms += LOOK_EACH_MS) {
		if (access(path, F_OK) < 0)
			return 1;
		if (lock_probe(AT_FDCWD, lock, NULL) == 0)
			return unlink(path) < 0 ? 1 : 0;
		clock_sleep_ms(LOOK_EACH_MS);
	}
	return -1;
}

/* 1: told; 0: nobody was there to hear. */
static int tell_engine(struct cli *cli, struct session *session, const char *run,
		       const struct inbox_word *word, struct err *err)
{
	const char *path;
	int heard;

	if (inbox_put(layout_run_dir(&session->layout, &cli->arena, run), word, clock_realtime_ms(),
		      &cli->arena, &path, err) < 0)
		return -1;
	heard = wait_until_heard(session, run, path, &cli->arena);
	if (heard < 0)
		cli_say(cli, "run '%s' has not heard it yet; it will", run);
	else if (heard)
		cli_say(cli, "run '%s' has heard it", run);
	return heard != 0;
}

static int refuse(const char *run, const struct run_state *state, const char *verb, struct err *err)
{
	return err_set(err, ERR_USAGE, "cannot %s run '%s': it %s", verb, run,
		       state->is_aborted		? "was ended for good"
		       : state->status == RUN_PASSED	? "has passed"
		       : state->status == RUN_FAILED	? "has failed"
		       : state->status == RUN_CANCELLED ? "was cancelled already"
							: "does not run");
}

static bool fits(const struct run_state *state, const char *verb)
{
	if (state->is_aborted)
		return false;
	switch (state->status) {
	case RUN_RUNNING:
	case RUN_INTERRUPTED: return true;
	case RUN_PAUSED: return strcmp(verb, "pause") != 0;
	case RUN_PASSED: return false;
	default: return !strcmp(verb, "skip");
	}
}

static int write_word(struct cli *cli, struct session *session, const char *run,
		      const struct inbox_word *word, struct err *err)
{
	bool is_cancel = !strcmp(word->verb, "cancel");
	const struct event skip[] = {
		{ .type = EV_STEP_HAND, .step = word->step, .text = "skip" },
	};
	const struct event end[] = {
		{ .type = EV_RUN_CANCEL,
		  .text = arena_printf(&cli->arena, "git wf %s, by %s", word->verb, word->by) },
		{ .type = EV_RUN_END, .run_status = is_cancel ? RUN_CANCELLED : RUN_PAUSED },
	};
	int rc = word->step  ? offline_write(session, run, skip, 1, err)
		 : is_cancel ? offline_write(session, run, end, 2, err)
			     : offline_write(session, run, end + 1, 1, err);

	if (rc == 0 && word->step)
		cli_say(cli, "run '%s' will leave '%s' out when it goes on", run, word->step);
	else if (rc == 0)
		cli_say(cli, "run '%s' is %s; 'git wf resume %s' goes on with it", run,
			is_cancel ? "cancelled" : "paused", layout_short_id(run));
	return rc;
}

static int say(struct cli *cli, struct session *session, const char *run,
	       const struct inbox_word *word, struct err *err)
{
	struct run_state state;
	int rc;

	state_init(&state);
	rc = recover_read_state(&session->layout, run, &state, err);
	if (rc == 0 && !fits(&state, word->verb))
		rc = refuse(run, &state, word->verb, err);
	if (rc == 0 && state.status == RUN_RUNNING)
		rc = tell_engine(cli, session, run, word, err);
	if (rc == 0)
		rc = write_word(cli, session, run, word, err);
	state_release(&state);
	return rc < 0 ? -1 : EXIT_PASSED;
}

/* The newest that the word fits. */
static int find_fitting(struct cli *cli, struct session *session, const char *verb,
			const char **run, struct err *err)
{
	struct layout_runs runs;

	if (layout_list_runs(&session->layout, &cli->arena, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n; i++) {
		struct run_state state;
		bool is_it;

		state_init(&state);
		is_it = recover_read_state(&session->layout, runs.ids[i], &state, NULL) == 0 &&
			fits(&state, verb);
		state_release(&state);
		*run = runs.ids[i];
		if (is_it)
			return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "there is no run to %s", verb);
}

/* In the workflow as it is now. */
static int check_step(struct cli *cli, struct session *session, const char *run, const char *step,
		      struct err *err)
{
	struct run_origin origin;
	const char *nearest;
	size_t len = strcspn(step, "[");

	if (recover_read_origin(&session->layout, run, &cli->arena, &origin, err) < 0)
		return -1;
	if (session_load(session, origin.workflow, NULL) < 0 ||
	    strmap_get_n(&session->wf->step_ids, step, len))
		return 0; /* a file elsewhere, or a broken one: the engine will say */
	nearest = strmap_nearest(&session->wf->step_ids, step);
	return err_set(err, ERR_USAGE, "workflow '%s' has no step '%s'%s%s%s", session->wf->id,
		       step, nearest ? "; did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}

static int say_in_session(struct cli *cli, struct session *session, const char *verb,
			  struct err *err)
{
	const char *run_word = cli_word(cli, 0), *run;
	struct inbox_word word = { .verb = verb, .step = cli_word(cli, 1) };
	int rc = run_word ? layout_find_run(&session->layout, run_word, &cli->arena, &run, err)
			  : find_fitting(cli, session, verb, &run, err);

	word.by = identity_of_user(session, &cli->arena);
	if (rc == 0 && word.step)
		rc = check_step(cli, session, run, word.step, err);
	return rc < 0 ? -1 : say(cli, session, run, &word, err);
}

static int say_word(struct cli *cli, const char *verb, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = say_in_session(cli, &session, verb, err);
	session_close(&session);
	return rc;
}

static int run_word(struct cli *cli, const char *verb, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 1, err);

	return rc != 0 ? rc : say_word(cli, verb, err);
}

int cmd_cancel(struct cli *cli, struct err *err)
{
	return run_word(cli, "cancel", err);
}

int cmd_pause(struct cli *cli, struct err *err)
{
	return run_word(cli, "pause", err);
}

int cmd_skip(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 0, 2, err);

	if (rc != 0)
		return rc;
	/* Without a run or a step one is meant that waits. */
	return cli->words.list.n == 2 ? say_word(cli, "skip", err) : answer_skip(cli, err);
}
