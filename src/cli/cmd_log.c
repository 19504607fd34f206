/*
 * git wf log: what steps wrote, from the files of the run; -f goes on while it runs.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "git/cmd.h"
#include "log_impl.h"
#include "run/recover.h"
#include "sys/clock.h"
#include "target_impl.h"

#define FOLLOW_MS 100

struct log_options {
	bool follow, commits;
};

static const struct option_row rows[] = {
	{ 'f', "follow", OPTION_FLAG, offsetof(struct log_options, follow), NULL, NULL,
	  "go on as long as the run does", 0 },
	{ 0, "commits", OPTION_FLAG, offsetof(struct log_options, commits), NULL, NULL,
	  "the commits that runs made, instead", 0 },
};

const struct option_table cmd_log_options = { rows, ARRAY_SIZE(rows) };

static int check_step(struct log_view *view, const struct run_state *state, struct err *err)
{
	const char **ids = ARENA_ARRAY(&view->cli->arena, const char *, state->steps.n + 1);
	size_t len = view->step ? strlen(view->step) : 0;
	const char *nearest;

	for (size_t i = 0; view->step && i < state->steps.n; i++) {
		ids[i] = state->steps.v[i]->id;
		if (!strncmp(ids[i], view->step, len) && (!ids[i][len] || ids[i][len] == '['))
			return 0;
	}
	if (!view->step || state->status == RUN_RUNNING)
		return 0;
	nearest = nearest_word(view->step, ids, state->steps.n);
	if (nearest)
		return err_set(err, ERR_USAGE, "run '%s' has no step '%s'; did you mean '%s'?",
			       state->run, view->step, nearest);
	return err_set(err, ERR_USAGE, "run '%s' has no step '%s'", state->run, view->step);
}

/* Why the step that is asked about did not run, or could not be started. */
static const char *reason_of(struct log_view *view, const struct run_state *state)
{
	const struct step_state *one = view->step ? state_step(state, view->step) : NULL;
	bool did_not_start = one && one->status == STEP_FAILED &&
			     (one->exit_code < 0 || one->exit_code == 126 ||
			      one->exit_code == 127); /* as of a shell */

	if (!one || !one->reason || !(did_not_start || one->status == STEP_SKIPPED))
		return NULL;
	return arena_strdup(&view->cli->arena, one->reason);
}

static bool goes_on(const struct run_state *state, const char *step)
{
	const struct step_state *one = step ? state_step(state, step) : NULL;

	return state->status == RUN_RUNNING && !(one && step_status_is_final(one->status));
}

static int log_of_run(struct log_view *view, struct session *session, const char *run, bool follow,
		      struct err *err)
{
	const char *reason = NULL;
	bool more = true;
	int rc = 0;

	while (more && rc == 0) {
		struct run_state state;

		state_init(&state);
		rc = recover_read_state(&session->layout, run, &state, err);
		/* Asked before it is read: what came in between is shown the next time. */
		more = rc == 0 && follow && goes_on(&state, view->step);
		if (rc == 0)
			rc = check_step(view, &state, err);
		if (rc == 0)
			rc = log_show_new(view, &state, err);
		if (rc == 0 && !more)
			reason = reason_of(view, &state);
		state_release(&state);
		if (more && rc == 0)
			clock_sleep_ms(FOLLOW_MS);
	}
	if (rc == 0 && !view->files.n)
		cli_say(view->cli, reason ? "nothing was written: %s" : "nothing was written%s",
			reason ? reason : "");
	return rc;
}

/* ---- Commits ---- */

/* Of all runs, of one, or of those of a workflow: the word is the value of a trailer. */
static int show_commits(struct cli *cli, struct session *session, struct err *err)
{
	static const char format[] =
		"--format=%h %ad %s%n  run %(trailers:key=Wf-Run,valueonly,separator=%x20)"
		" step %(trailers:key=Wf-Step,valueonly,separator=%x20)";
	const char *word = cli_word(cli, 0), *run, *pattern = "^Wf-Run: ";
	const char *args[] = { "log", "--date=iso", "-E", NULL, format, NULL };
	struct git_cmd cmd = { .repo = &session->repo, .args = args };

	if (word && session_find_workflow(session, word, &run, &run, NULL) == 0)
		pattern = arena_printf(&cli->arena, "^Wf-Workflow: %s$", word);
	else if (word && layout_find_run(&session->layout, word, &cli->arena, &run, err) < 0)
		return -1;
	else if (word)
		pattern = arena_printf(&cli->arena, "^Wf-Run: %s$", run);
	args[3] = arena_join(&cli->arena, "--grep=", pattern, "");
	if (git_run(&cmd, &cli->out, NULL, err) < 0)
		return -1;
	if (!cli->out.len)
		cli_say(cli, "no run has made a commit");
	return EXIT_PASSED;
}

static int log_in_session(struct cli *cli, struct session *session, const void *data,
			  struct err *err)
{
	const struct log_options *options = data;
	struct log_view *view;
	const char *word = cli_word(cli, 0), *run, *dir;
	int rc;

	if (options->commits)
		return show_commits(cli, session, err);
	if (layout_find_run(&session->layout, word ? word : "latest", &cli->arena, &run, err) < 0)
		return -1;
	dir = arena_printf(&cli->arena, "%s/logs",
			   layout_run_dir(&session->layout, &cli->arena, run));
	view = arena_alloc(&cli->arena, sizeof *view);
	view->cli = cli;
	view->step = cli_word(cli, 1);
	view->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (view->dir_fd < 0)
		return err_errno(err, "cannot open '%s'", dir);
	rc = log_of_run(view, session, run, options->follow, err);
	close(view->dir_fd);
	vec_release(&view->files);
	return rc;
}

int cmd_log(struct cli *cli, struct err *err)
{
	struct log_options options = { 0 };

	return target_session(cli, &options, 0, 2, log_in_session, err);
}
