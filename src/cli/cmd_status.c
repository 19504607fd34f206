/*
 * git wf status: how one run stands, or the newest of every workflow.
 */
#include <string.h>
#include <unistd.h>

#include "commands_impl.h"
#include "run/recover.h"
#include "status_impl.h"
#include "sys/clock.h"
#include "target_impl.h"
#include "views_impl.h"

struct status_options {
	bool json, porcelain, exit_code;
	const char *execution;
	struct status_require require;
};

static const struct option_row rows[] = {
	{ 0, "json", OPTION_FLAG, offsetof(struct status_options, json), NULL, NULL,
	  "answer in JSON", 0 },
	{ 0, "porcelain", OPTION_FLAG, offsetof(struct status_options, porcelain), NULL, NULL,
	  "answer in lines for programs, which stay as they are", 0 },
	{ 0, "exit-code", OPTION_FLAG, offsetof(struct status_options, exit_code), NULL, NULL,
	  "exit with 1 unless everything shown has passed", 0 },
	{ 0, "execution-id", OPTION_STRING, offsetof(struct status_options, execution), "RUN",
	  "<runs>", "the run, as RUN", 0 },
	{ 0, "require", OPTION_STRING, offsetof(struct status_options, require.workflow), "ID",
	  "<workflows>",
	  "exit with 1 unless it has passed in a hook, for the very tree of a commit", 0 },
	{ 0, "rev", OPTION_STRING, offsetof(struct status_options, require.rev), "REV", NULL,
	  "with --require: the commit (default: HEAD)", 0 },
	{ 0, "allowed-signers", OPTION_STRING,
	  offsetof(struct status_options, require.allowed_signers), "FILE", "<files>",
	  "with --require: only what was signed by who stands in this file counts", 0 },
};

const struct option_table cmd_status_options = { rows, ARRAY_SIZE(rows) };

static struct run_view view_of(struct cli *cli)
{
	return (struct run_view){ .now_ms = clock_realtime_ms(),
				  .is_verbose = cli->common.verbose,
				  .use_color = cli_use_color(cli, STDOUT_FILENO),
				  .terminal = (size_t)cli_columns() };
}

static bool is_of_git(struct cli *cli, const struct session *session, const char *run)
{
	struct run_origin origin;
	struct err none = ERR_INIT;
	bool is = recover_read_origin(&session->layout, run, &cli->arena, &origin, &none) == 0 &&
		  recover_is_of_git(&origin);

	err_release(&none);
	return is;
}

static void show_one(struct cli *cli, const struct session *session,
		     const struct status_options *options, const struct run_state *state)
{
	struct run_view view = view_of(cli);

	if (options->porcelain) {
		run_view_porcelain(state, &cli->out);
	} else if (options->json) {
		state_to_json(state, &cli->out, 2);
	} else {
		view.is_of_git = state->run && is_of_git(cli, session, state->run);
		run_view_text(&view, state, &cli->out);
	}
	if (options->json)
		strbuf_addch(&cli->out, '\n');
}

static bool is_workflow(struct session *session, const char *word)
{
	const char *path, *id;

	return session_find_workflow(session, word, &path, &id, NULL) == 0;
}

/* Who asks whether it passed gets an answer; who asks how the run stands has named none. */
static int never_ran(struct cli *cli, const struct status_options *options, const char *word,
		     struct err *err)
{
	if (!options->exit_code)
		return err_set(err, ERR_USAGE, "'%s' has not run here yet", word);
	cli_say(cli, "'%s' has not run here yet", word);
	return EXIT_NOT_PASSED;
}

static int status_of_run(struct cli *cli, struct session *session,
			 const struct status_options *options, const char *word, struct err *err)
{
	struct run_state state;
	const char *run;
	int rc = layout_find_run(&session->layout, word, &cli->arena, &run, err);

	if (rc < 0 && err->kind == ERR_NOT_FOUND && is_workflow(session, word)) {
		err_release(err);
		return never_ran(cli, options, word, err);
	}
	state_init(&state);
	if (rc == 0)
		rc = recover_read_state(&session->layout, run, &state, err);
	if (rc == 0) {
		show_one(cli, session, options, &state);
		rc = options->exit_code && state.status != RUN_PASSED ? EXIT_NOT_PASSED
								      : EXIT_PASSED;
	}
	state_release(&state);
	return rc;
}

/* ---- The newest of every workflow ---- */

static void show_row(struct cli *cli, const struct status_options *options, struct jsonw *json,
		     const struct run_state *state)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	struct run_view view = view_of(cli);

	if (options->porcelain) {
		run_view_porcelain(state, &text);
		strbuf_add(&cli->out, text.buf, strcspn(text.buf, "\n") + 1);
	} else if (json) {
		jsonw_object(json);
		jsonw_kv_string(json, "run", state->run);
		jsonw_kv_string(json, "workflow", state->workflow);
		jsonw_kv_string(json, "status", run_status_name(state->status));
		json_view_instant(json, "started_at", state->started_ms);
		json_view_instant(json, "ended_at", state->ended_ms);
		jsonw_kv_uint(json, "done", state->n_done);
		jsonw_kv_uint(json, "expected", state->n_expected);
		jsonw_kv_uint(json, "failed", state->n_failed);
		jsonw_object_end(json);
	} else {
		run_view_row(&view, state, &cli->out);
	}
}

static int show_newest(struct cli *cli, struct session *session,
		       const struct status_options *options, struct jsonw *json,
		       const struct layout_runs *runs, bool *all_passed, struct err *err)
{
	struct strmap seen = { 0 };
	int rc = 0;

	for (size_t i = 0; i < runs->n && rc == 0; i++) {
		struct run_state state;
		const char *workflow;

		if (layout_parse_id(runs->ids[i], &cli->arena, &workflow, NULL) < 0 ||
		    strmap_put(&seen, workflow, (void *)(uintptr_t)runs->ids[i]))
			continue;
		state_init(&state);
		rc = recover_read_state(&session->layout, runs->ids[i], &state, err);
		if (rc == 0) {
			*all_passed = *all_passed && state.status == RUN_PASSED;
			show_row(cli, options, json, &state);
		}
		state_release(&state);
	}
	strmap_release(&seen);
	return rc;
}

static int status_of_all(struct cli *cli, struct session *session,
			 const struct status_options *options, struct err *err)
{
	struct layout_runs runs = { 0 };
	struct run_view view = view_of(cli);
	bool all_passed = true;
	struct jsonw w;
	int rc;

	if (layout_list_runs(&session->layout, &cli->arena, &runs, err) < 0)
		return -1;
	if (options->json) {
		json_view_begin(&w, &cli->out);
		jsonw_key(&w, "runs");
		jsonw_array(&w);
	} else if (!runs.n) {
		cli_say(cli, "nothing has run here yet");
	} else if (!options->porcelain) {
		run_view_header(&view, &cli->out);
	}
	rc = show_newest(cli, session, options, options->json ? &w : NULL, &runs, &all_passed, err);
	if (rc < 0)
		return -1;
	if (options->json) {
		jsonw_array_end(&w);
		json_view_end(&w);
	}
	return options->exit_code && (!all_passed || !runs.n) ? EXIT_NOT_PASSED : EXIT_PASSED;
}

static int status_in_session(struct cli *cli, struct session *session, const void *data,
			     struct err *err)
{
	const struct status_options *options = data;
	struct status_require require = options->require;
	const char *word = options->execution ? options->execution : cli_word(cli, 0);

	if (options->json && options->porcelain)
		return err_set(err, ERR_USAGE,
			       "'--json' and '--porcelain' are two answers: choose one");
	require.json = options->json;
	if (!require.workflow && (require.rev || require.allowed_signers))
		return err_set(err, ERR_USAGE, "--rev and --allowed-signers go with --require");
	if (require.workflow && word)
		return err_set(err, ERR_USAGE, "--require names the workflow: '%s' is too much",
			       word);
	if (require.workflow)
		return status_require(cli, session, &require, err);
	return word ? status_of_run(cli, session, options, word, err)
		    : status_of_all(cli, session, options, err);
}

int cmd_status(struct cli *cli, struct err *err)
{
	struct status_options options = { 0 };

	return target_session(cli, &options, 0, 1, status_in_session, err);
}
