/*
 * git wf run: first the short way, for a run that has nothing to do; then the whole one.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "commands_impl.h"
#include "execute_impl.h"
#include "git/worktree.h"
#include "isolate_impl.h"
#include "preview_impl.h"
#include "report/summary.h"
#include "reports_impl.h"
#include "rolling_impl.h"
#include "run/noop.h"
#include "run/recover.h"
#include "run/turn.h"
#include "settings_impl.h"
#include "store/history.h"
#include "sys/clock.h"
#include "target_impl.h"

struct run_request {
	bool dry_run, parallel, resume, isolate;
	const char *revs; /* of --rev, or NULL */
	struct target_options target;
	struct execute_options execute;
	struct option_values steps;
};

static const struct option_row rows[] = {
	{ 'n', "dry-run", OPTION_FLAG, offsetof(struct run_request, dry_run), NULL, NULL,
	  "show what would run, and why, as 'git wf plan' does", 0 },
	{ 0, "resume", OPTION_FLAG, offsetof(struct run_request, resume), NULL, NULL,
	  "go on with the newest run of this workflow that has not passed since, if there is one",
	  0 },
	{ 0, "parallel", OPTION_FLAG, offsetof(struct run_request, parallel), NULL, NULL,
	  "as many steps at once as there are CPUs (the default), also of a file with 'order: "
	  "listed'",
	  OPTION_NOT_KEY },
	{ 0, "isolate", OPTION_FLAG, offsetof(struct run_request, isolate), NULL, NULL,
	  "run on a copy of the files, in a worktree of its own that goes afterwards",
	  OPTION_NOT_KEY },
	{ 0, "rev", OPTION_STRING, offsetof(struct run_request, revs), "A..B", NULL,
	  "run on each commit of a range, or on one, in a worktree of its own", OPTION_NOT_KEY },
};

const struct option_table cmd_run_options = { rows, ARRAY_SIZE(rows) };

/* ---- The short way ---- */

/* What the plan is remembered by: all words that matter, and the settings. */
static struct digest key_of(struct cli *cli, const struct session *session, const char *word)
{
	size_t n = 0, n_all = cli->words.key.n + cli->words.list.n + 1;
	const char **words = ARENA_ARRAY(&cli->arena, const char *, n_all);

	for (size_t i = 0; i < cli->words.key.n; i++)
		words[n++] = cli->words.key.v[i];
	for (size_t i = 1; i < cli->words.list.n; i++)
		words[n++] = cli->words.list.v[i].text;
	words[n++] = settings_identity(session, &cli->arena);
	return noop_key(session, word, words, n);
}

static bool may_be_short(const struct cli *cli, const struct run_request *request)
{
	return !cli->common.verbose && !request->execute.events &&
	       !reports_are_wanted(&request->execute.reports) && !request->dry_run &&
	       !request->resume && !request->target.no_cache && !request->target.force.list.n;
}

static const char *id_of_word(struct cli *cli, const char *word)
{
	const char *base = strrchr(word, '/'), *dot;

	base = base ? base + 1 : word;
	dot = strrchr(base, '.');
	return dot ? arena_strndup(&cli->arena, base, (size_t)(dot - base)) : base;
}

static void answer_nothing_to_do(struct cli *cli, const struct session *session, const char *word,
				 const struct planfile_summary *summary, int64_t started_ms)
{
	struct history_entry entry = {
		.workflow = id_of_word(cli, word),
		.status = RUN_PASSED,
		.started_ms = started_ms,
		.duration_ms = (uint64_t)(clock_realtime_ms() - started_ms),
		.n_steps = summary->n_steps,
		.n_cached = summary->n_cached,
		.n_skipped = summary->n_skipped,
		.saved_ms = summary->saved_ms,
	};
	struct err err = ERR_INIT;

	if (history_append(session->layout.runs_dir, &entry, &err) < 0)
		cli_warn("%s", err_msg(&err));
	err_release(&err);
	if (!cli->common.quiet)
		summary_nothing_to_do(&cli->out, entry.workflow, summary->n_cached,
				      summary->n_skipped);
}

/* ---- The whole way ---- */

#define GATES_WORD "--custom-gates="

/* A file is found again from wherever the run goes on. */
static const char *lasting_word(struct cli *cli, const char *word)
{
	size_t len = strlen(GATES_WORD);
	char path[PATH_MAX];

	if (strncmp(word, GATES_WORD, len) != 0 || !realpath(word + len, path))
		return word;
	return arena_join(&cli->arena, GATES_WORD, path, "");
}

/* What `resume` needs to know of this command line: no values of parameters, they are kept apart. */
static void describe_words(struct cli *cli, const struct run_request *request,
			   struct run_options *run)
{
	const char **words = ARENA_ARRAY(&cli->arena, const char *,
					 cli->words.key.n + request->steps.list.n + 2);
	size_t n = 0;

	if (isolate_is_inside())
		words[n++] = "--isolate";

	for (size_t i = 0; i < cli->words.key.n; i++) {
		if (strncmp(cli->words.key.v[i], "--param=", 8) != 0)
			words[n++] = lasting_word(cli, cli->words.key.v[i]);
	}
	for (size_t i = 0; i < request->steps.list.n; i++)
		words[n++] = request->steps.list.v[i];
	run->words = words;
	run->n_words = n;
}

/* With --resume: the run that goes on, if there is one. */
static int find_origin(struct session *session, const char *word, struct run_origin *origin,
		       bool *found, struct err *err)
{
	const char *path, *id, *run;
	struct err none = ERR_INIT;

	*found = false;
	if (session_find_workflow(session, word, &path, &id, err) < 0)
		return -1;
	if (recover_find_resumable(&session->layout, id, &session->arena, &run, &none) < 0) {
		if (none.kind != ERR_NOT_FOUND)
			return err_copy(err, &none);
		err_release(&none);
		return 0;
	}
	*found = true;
	return recover_read_origin(&session->layout, run, &session->arena, origin, err);
}

/* Of runs that were killed: their worktrees. */
static int remove_left_trees(const struct session *session, struct err *err)
{
	return isolate_is_inside()
		       ? 0
		       : worktree_remove_left(session->repo.common_dir, turn_end_left, err);
}

static int run_whole(struct cli *cli, struct session *session, struct run_request *request,
		     const char *word, const struct digest *key, struct err *err)
{
	struct target_request target = { .options = &request->target,
					 .lifts_order = request->parallel,
					 .steps = &request->steps,
					 .selected = &request->steps };
	struct run_options run = { 0 };
	struct run_origin origin = { 0 };
	bool resumes = false;

	if (remove_left_trees(session, err) < 0)
		return -1;
	if (request->resume && find_origin(session, word, &origin, &resumes, err) < 0)
		return -1;
	if (resumes && isolate_was(&origin) && !isolate_is_inside())
		return isolate_resume(cli, origin.run_id, err);
	target.origin = resumes ? &origin : NULL;
	if (target_load(cli, session, &target, err) < 0)
		return -1;
	if (target_run_options(session, &request->target, &run, err) < 0)
		return -1;
	describe_words(cli, request, &run);
	if (resumes)
		run.resume_run = origin.run_id;
	if (request->dry_run)
		return preview_show(cli, session, &run, err);
	if (!request->resume && !request->target.no_cache && !request->target.force.list.n)
		run.noop_key = key;
	return execute_run(cli, session, &request->execute, &run, err);
}

static int run_in_session(struct cli *cli, struct run_request *request, const char *word,
			  struct err *err)
{
	int64_t started_ms = clock_realtime_ms();
	struct planfile_summary summary;
	struct session session;
	struct digest key;
	int rc = target_open(&session, err);

	if (rc == 0 && !request->dry_run)
		rc = rolling_finish(cli, &session, err);
	if (rc == 0) {
		key = key_of(cli, &session, word);
		if (may_be_short(cli, request) && noop_holds(&session, &key, &summary)) {
			answer_nothing_to_do(cli, &session, word, &summary, started_ms);
			rc = EXIT_PASSED;
		} else {
			rc = run_whole(cli, &session, request, word, &key, err);
		}
	}
	session_close(&session);
	return rc;
}

static int run_isolated(struct cli *cli, const struct run_request *request, const char *word,
			struct err *err)
{
	if (request->resume)
		return err_set(
			err, ERR_USAGE,
			"a new worktree or an old run: 'git wf resume' goes on with one that "
			"was isolated");
	if (request->revs && request->execute.events && !strcmp(request->execute.events, "-"))
		return err_set(err, ERR_USAGE, "--rev is many runs: --events wants a file");
	return isolate_run(cli, word, request->revs, err);
}

int cmd_run(struct cli *cli, struct err *err)
{
	struct run_request request = { 0 };
	void *const into[COMMAND_TABLES] = { &request, &request.target, &request.execute };
	int rc = cli_parse(cli, into, true, err);
	const char *word = rc == 0 ? target_word(cli, err) : NULL;

	isolate_enter();
	if (rc == 0 && word && (request.isolate || request.revs))
		rc = run_isolated(cli, &request, word, err);
	else if (rc == 0)
		rc = word ? run_in_session(cli, &request, word, err) : -1;
	while (rc == EXECUTE_AGAIN) {
		vec_clear(&request.steps.list);
		rc = run_in_session(cli, &request, word, err);
	}
	target_options_release(&request.target);
	execute_options_release(&request.execute);
	vec_release(&request.steps.list);
	return rc;
}
