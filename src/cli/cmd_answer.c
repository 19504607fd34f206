/*
 * git wf approve, reject, answer: a person's word to a step that waits for it. The engine hears it by the
 * inbox; where none is alive the word goes into the journal, and a resume goes on with it. The first word
 * counts: whoever comes later is told whose that was.
 */
#include <string.h>
#include <unistd.h>

#include "answer_impl.h"
#include "commands_impl.h"
#include "event/wait.h"
#include "identity_impl.h"
#include "resume_impl.h"
#include "run/offline.h"
#include "run/recover.h"
#include "store/inbox.h"
#include "sys/clock.h"
#include "target_impl.h"

#define HEARD_WITHIN_MS 3000
#define LOOK_EACH_MS	25

struct answer_options {
	bool resume;
};

static const struct option_row rows[] = {
	{ 0, "resume", OPTION_FLAG, offsetof(struct answer_options, resume), NULL, NULL,
	  "go on with the run, if no engine is at work on it", 0 },
};

const struct option_table cmd_answer_options = { rows, ARRAY_SIZE(rows) };

struct request {
	struct cli *cli;
	struct session *session;
	const char *verb, *run_word, *step_word, *text, *by;
	const char *run, *step; /* found */
};

enum said { SAID, SAID_TOO_LATE, SAID_NOT_HEARD };

/* ---- Who is meant ---- */

static bool is_waiting(const struct step_state *step)
{
	return step->status == STEP_WAITING && step->wait && !step->answer;
}

static const struct step_state *find_waiting(const struct run_state *state, const char *id)
{
	for (size_t i = 0; i < state->steps.n; i++)
		if (is_waiting(state->steps.v[i]) &&
		    (!id || strcmp(state->steps.v[i]->id, id) == 0))
			return state->steps.v[i];
	return NULL;
}

/* The newest that waits, for this step if one is named; else the newest that ever asked it. */
static int find_run(struct request *request, struct err *err)
{
	struct arena *arena = &request->cli->arena;
	const char *asked = NULL;
	struct layout_runs runs;

	if (request->run_word)
		return layout_find_run(&request->session->layout, request->run_word, arena,
				       &request->run, err);
	if (layout_list_runs(&request->session->layout, arena, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n && !request->run; i++) {
		const struct step_state *step;
		struct run_state state;

		state_init(&state);
		if (recover_read_state(&request->session->layout, runs.ids[i], &state, NULL) == 0) {
			step = state_step(&state, request->step_word);
			if (!state.is_aborted && find_waiting(&state, request->step_word))
				request->run = runs.ids[i];
			else if (!asked && step && step->wait)
				asked = runs.ids[i];
		}
		state_release(&state);
	}
	if (!request->run)
		request->run = asked;
	if (request->run)
		return 0;
	if (request->step_word)
		return err_set(err, ERR_NOT_FOUND, "no run waits for anybody at '%s'",
			       request->step_word);
	return err_set(err, ERR_NOT_FOUND, "no run waits for anybody");
}

static int name_the_steps(const struct run_state *state, const char *verb, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < state->steps.n; i++)
		if (is_waiting(state->steps.v[i]))
			strbuf_addf(&list, "%s'%s'", list.len ? ", " : "", state->steps.v[i]->id);
	return err_set(err, ERR_USAGE, "several steps wait: %s; say which: git wf %s %s STEP",
		       strbuf_str(&list), verb, layout_short_id(state->run));
}

static int find_step(struct request *request, const struct run_state *state, struct err *err)
{
	const struct step_state *step = find_waiting(state, request->step_word);

	if (!request->step_word && step && state->n_waiting > 1)
		return name_the_steps(state, request->verb, err);
	if (!step && request->step_word)
		step = state_step(state, request->step_word);
	if (!step && !request->step_word)
		return err_set(err, ERR_USAGE, "run '%s' does not wait for anybody", state->run);
	if (!step) {
		const char *nearest = strmap_nearest(&state->by_id, request->step_word);

		return err_set(err, ERR_USAGE, "no step '%s' of run '%s' waits%s%s%s",
			       request->step_word, state->run, nearest ? "; did you mean '" : "",
			       nearest ? nearest : "", nearest ? "'?" : "");
	}
	request->step = arena_strdup(&request->cli->arena, step->id);
	return 0;
}

/* ---- Saying it ---- */

static int tell_late(const struct step_state *step)
{
	CLEANUP(strbuf_release)
	struct strbuf done = STRBUF_INIT;

	wait_describe_answer(step, &done);
	cli_warn("%s", strbuf_str(&done));
	return SAID_TOO_LATE;
}

/* SAID, SAID_TOO_LATE, 3: nothing yet; *is_alive: an engine is there. */
static int look(const struct request *request, const char *token, bool *is_alive, struct err *err)
{
	const struct step_state *step;
	struct run_state state;
	int said = 3;

	state_init(&state);
	if (recover_read_state(&request->session->layout, request->run, &state, err) < 0) {
		state_release(&state);
		return -1;
	}
	*is_alive = state.status == RUN_RUNNING;
	step = state_step(&state, request->step);
	if (step && step->answer)
		said = step->answer->token && strcmp(step->answer->token, token) == 0
			       ? SAID
			       : tell_late(step);
	state_release(&state);
	return said;
}

static int write_down(const struct request *request, const char *token, struct err *err)
{
	const struct event event = { .type = EV_STEP_ANSWER,
				     .step = request->step,
				     .text = request->verb,
				     .answer = request->text,
				     .by = request->by,
				     .cookie = token };
	bool was_late;

	if (offline_answer(request->session, request->run, &event, &was_late, err) == 0)
		return SAID;
	if (!was_late)
		return -1;
	cli_warn("%s", err_msg(err));
	err_release(err);
	return SAID_TOO_LATE;
}

static int tell_engine(const struct request *request, struct err *err)
{
	struct arena *arena = &request->cli->arena;
	const struct inbox_word word = { .verb = request->verb,
					 .step = request->step,
					 .by = request->by,
					 .text = request->text };
	const char *path, *token;
	bool is_alive = true;

	if (inbox_put(layout_run_dir(&request->session->layout, arena, request->run), &word,
		      clock_realtime_ms(), arena, &path, err) < 0)
		return -1;
	token = strrchr(path, '/') + 1;
	for (int ms = 0; ms < HEARD_WITHIN_MS; ms += LOOK_EACH_MS) {
		int said = look(request, token, &is_alive, err);

		if (said != 3)
			return said;
		if (!is_alive) {
			unlink(path); /* nobody takes it any more */
			return write_down(request, token, err);
		}
		clock_sleep_ms(LOOK_EACH_MS);
	}
	return SAID_NOT_HEARD;
}

static int say_it(const struct request *request, bool is_alive, struct err *err)
{
	int said;

	if (is_alive)
		return tell_engine(request, err);
	said = write_down(request, NULL, err);
	if (said >= 0 || !err || err->kind != ERR_BUSY)
		return said;
	err_release(err); /* it was resumed just now */
	return tell_engine(request, err);
}

static int go_on(const struct request *request, const struct answer_options *options, bool is_alive,
		 struct err *err)
{
	const char *run = layout_short_id(request->run);

	if (is_alive)
		cli_say(request->cli, "run '%s' has heard it", request->run);
	else if (!options->resume)
		cli_say(request->cli, "it is noted; 'git wf resume %s' goes on with the run", run);
	if (is_alive || !options->resume)
		return EXIT_PASSED;
	return resume_known_run(request->cli, request->run, err);
}

static int check(const struct request *request, const struct run_state *state, struct err *err)
{
	const struct step_state *step = state_step(state, request->step);

	if (state->is_aborted)
		return err_set(err, ERR_USAGE, "run '%s' was ended for good", state->run);
	if (step->answer)
		return 0; /* too late, which will be told */
	if (!is_waiting(step))
		return err_set(err, ERR_USAGE, "'%s' does not wait for anybody", step->id);
	if (step->wait->is_secret && strcmp(request->verb, "answer") == 0)
		return err_set(
			err, ERR_USAGE,
			"'%s' is a secret, which no file may hold: answer it at the terminal "
			"of the run, or give GIT_WF_ANSWER_<STEP> to 'git wf resume %s'",
			step->id, layout_short_id(state->run));
	return wait_check(step->wait, step->id, request->verb, request->text, err);
}

static int answer_in_session(struct request *request, bool *is_alive, struct err *err)
{
	struct run_state state;
	int rc = find_run(request, err);

	if (rc < 0)
		return -1;
	state_init(&state);
	rc = recover_read_state(&request->session->layout, request->run, &state, err);
	if (rc == 0)
		rc = find_step(request, &state, err);
	if (rc == 0)
		rc = check(request, &state, err);
	*is_alive = state.status == RUN_RUNNING;
	if (rc == 0 && state_step(&state, request->step)->answer)
		rc = tell_late(state_step(&state, request->step));
	else if (rc == 0)
		rc = say_it(request, *is_alive, err);
	state_release(&state);
	return rc;
}

/* ---- The words ---- */

/* [RUN] [STEP] [TEXT]: what stands first is a run, if there is such a one. */
static void take_words(struct request *request, bool wants_text)
{
	struct cli *cli = request->cli;
	size_t n = cli->words.list.n, at = 0;
	const char *run;

	if (wants_text)
		request->text = cli_word(cli, --n);
	if (n && (n > 1 || layout_find_run(&request->session->layout, cli_word(cli, 0), &cli->arena,
					   &run, NULL) == 0))
		request->run_word = cli_word(cli, at++);
	if (at < n)
		request->step_word = cli_word(cli, at++);
	if (at < n)
		request->text = cli_word(cli, at++);
}

static int answer_parsed(struct cli *cli, const char *verb, bool wants_text,
			 const struct answer_options *options, struct err *err)
{
	struct request request = { .cli = cli, .verb = verb };
	bool is_alive = false;
	struct session session;
	int rc = target_open(&session, err);

	request.session = &session;
	if (rc == 0) {
		take_words(&request, wants_text);
		request.by = identity_of_user(&session, &cli->arena);
		rc = answer_in_session(&request, &is_alive, err);
	}
	session_close(&session);
	if (rc == SAID_NOT_HEARD)
		cli_say(cli, "run '%s' has not heard it yet; it will", request.run);
	if (rc == SAID)
		return go_on(&request, options, is_alive, err);
	return rc == SAID_TOO_LATE ? EXIT_NOT_PASSED : rc < 0 ? -1 : EXIT_PASSED;
}

static int answer(struct cli *cli, const char *verb, bool wants_text, struct err *err)
{
	struct answer_options options = { 0 };
	int rc = cli_parse_words(cli, &options, wants_text, 3, err);

	return rc != 0 ? rc : answer_parsed(cli, verb, wants_text, &options, err);
}

int answer_skip(struct cli *cli, struct err *err)
{
	const struct answer_options options = { 0 };

	return answer_parsed(cli, "skip", false, &options, err);
}

int cmd_approve(struct cli *cli, struct err *err)
{
	return answer(cli, "approve", false, err);
}

int cmd_reject(struct cli *cli, struct err *err)
{
	return answer(cli, "reject", false, err);
}

int cmd_answer(struct cli *cli, struct err *err)
{
	return answer(cli, "answer", true, err);
}
