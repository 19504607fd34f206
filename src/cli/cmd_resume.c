/*
 * git wf resume: the run's own words and values, today's definition, then the engine.
 */
#include <string.h>
#include <unistd.h>

#include "commands_impl.h"
#include "execute_impl.h"
#include "isolate_impl.h"
#include "preview_impl.h"
#include "resume_impl.h"
#include "rolling_impl.h"
#include "run/offline.h"
#include "run/recover.h"
#include "target_impl.h"

struct resume_options {
	bool dry_run;
	uint32_t jobs;
	struct option_values params;
	struct option_values retry, skip, done, from;
	bool abort;
	const char *rollback_to;
	const char
		*known_run; /* that stands behind --retry, or another command has found; or NULL */
};

static const struct option_row rows[] = {
	{ 'n', "dry-run", OPTION_FLAG, offsetof(struct resume_options, dry_run), NULL, NULL,
	  "show what would run, and why; change nothing", 0 },
	{ 'p', "param", OPTION_LIST, offsetof(struct resume_options, params), "NAME=VALUE",
	  "<param-names>", "give a parameter another value than the run had", 0 },
	{ 'j', "jobs", OPTION_COUNT, offsetof(struct resume_options, jobs), "N", NULL,
	  "run at most N steps at once (default: as many as there are CPUs)", 0 },
	{ 0, "retry", OPTION_MAYBE, offsetof(struct resume_options, retry), "STEP", "<run-steps>",
	  "run this step again (alone: each that did not pass), whatever is known of it", 0 },
	{ 0, "skip", OPTION_LIST, offsetof(struct resume_options, skip), "STEP", "<run-steps>",
	  "leave this step out; what needs it goes on", 0 },
	{ 0, "done", OPTION_LIST, offsetof(struct resume_options, done), "STEP", "<run-steps>",
	  "this step was finished by hand: its outputs are taken as they are", 0 },
	{ 0, "from", OPTION_LIST, offsetof(struct resume_options, from), "STEP", "<run-steps>",
	  "run this step and all below it again", 0 },
	{ 0, "abort", OPTION_FLAG, offsetof(struct resume_options, abort), NULL, NULL,
	  "end the run for good; it cannot be resumed after that", 0 },
	{ 0, "rollback-to", OPTION_STRING, offsetof(struct resume_options, rollback_to),
	  "CHECKPOINT", "<checkpoints>",
	  "first put the worktree back as it was there, as 'rollback --to'", 0 },
};

const struct option_table cmd_resume_options = { rows, ARRAY_SIZE(rows) };

/* What `run` would have made of the words that the run was started with. */
struct recorded {
	struct target_options target;
	struct execute_options execute;
	struct option_values steps;
	struct option_words words;
};

static void recorded_release(struct recorded *recorded)
{
	target_options_release(&recorded->target);
	execute_options_release(&recorded->execute);
	vec_release(&recorded->steps.list);
	option_words_release(&recorded->words);
}

static int read_words(struct cli *cli, const struct run_origin *origin, struct recorded *recorded,
		      struct err *err)
{
	const struct option_set sets[] = {
		{ &target_options, &recorded->target },
		{ &execute_options, &recorded->execute },
	};
	char **argv = ARENA_ARRAY(&cli->arena, char *, origin->n_words + 1);

	for (size_t i = 0; i < origin->n_words; i++)
		argv[i] = arena_strdup(&cli->arena, origin->words[i]);
	/* Flags of `run` itself are passed over as unknown ones. */
	if (option_parse(sets, ARRAY_SIZE(sets), true, argv, &cli->arena, &recorded->words, err) <
	    0)
		return err_wrap(err, "as recorded by run '%s'", origin->run_id);
	for (size_t i = 0; i < recorded->words.list.n; i++) {
		if (!recorded->words.list.v[i].is_option)
			vec_push(&recorded->steps.list, recorded->words.list.v[i].text);
	}
	return 0;
}

/* An id where there is one; a path from the top else, wherever the caller stands. */
static const char *word_of_origin(const struct session *session, const struct run_origin *origin,
				  struct arena *arena)
{
	const char *path = origin->workflow_path;

	if (!path || !strncmp(path, ".workflows/", 11))
		return origin->workflow;
	return *path == '/' ? path : arena_printf(arena, "%s/%s", session->repo.root, path);
}

static void add_hands(const struct option_values *steps, enum hand_word word, struct hand *hands,
		      size_t *n)
{
	for (size_t i = 0; i < steps->list.n; i++)
		hands[(*n)++] = (struct hand){ steps->list.v[i], word };
}

/* --from first: of a step below it, what is said for itself counts. */
static void set_hands(struct cli *cli, const struct resume_options *options,
		      struct run_options *run)
{
	size_t n = options->retry.list.n + options->skip.list.n + options->done.list.n +
		   options->from.list.n;
	struct hand *hands = ARENA_ARRAY(&cli->arena, struct hand, n + 1);

	add_hands(&options->from, HAND_FROM, hands, &run->n_hands);
	add_hands(&options->retry, HAND_RETRY, hands, &run->n_hands);
	add_hands(&options->done, HAND_DONE, hands, &run->n_hands);
	add_hands(&options->skip, HAND_SKIP, hands, &run->n_hands);
	run->hands = hands;
}

/* `resume --retry 3f9c5a`: the word behind is the run, where no run is named and it is one. */
static void untangle_retry(struct cli *cli, const struct session *session,
			   struct resume_options *options)
{
	struct option_values *retry = &options->retry;
	const char *run;

	if ((cli->words.list.n && !cli->words.list.v[0].is_option) || retry->list.n != 1 ||
	    !*retry->list.v[0] ||
	    layout_find_run(&session->layout, retry->list.v[0], &cli->arena, &run, NULL) < 0)
		return;
	options->known_run = run;
	retry->list.v[0] = "";
}

static int find_run(struct cli *cli, struct session *session, struct resume_options *options,
		    const char **run, struct err *err)
{
	const struct option_word *first = cli->words.list.n ? &cli->words.list.v[0] : NULL;

	if (!options->known_run)
		untangle_retry(cli, session, options);
	if (options->known_run) {
		*run = options->known_run;
		return 0;
	}
	if (first && !first->is_option)
		return layout_find_run(&session->layout, first->text, &cli->arena, run, err);
	return recover_find_resumable(&session->layout, NULL, &cli->arena, run, err);
}

/* Says before anything starts what will run again and why; in a session of its own, because what is
 * known for sure and what is foreseen do not mix. */
static int foretell(struct cli *cli, const struct target_request *target,
		    const struct run_options *run, struct err *err)
{
	struct session session;
	int rc = target_open(&session, err);

	if (rc == 0)
		rc = target_load(cli, &session, target, err);
	if (rc == 0)
		rc = preview_show(cli, &session, run, err);
	session_close(&session);
	return rc < 0 ? -1 : cli_flush(cli, err);
}

static int refuse_if_running(const struct session *session, const char *run, struct err *err)
{
	struct run_state state;
	int rc;

	state_init(&state);
	rc = recover_read_state(&session->layout, run, &state, err);
	if (rc == 0 && state.status == RUN_RUNNING)
		rc = err_set(err, ERR_BUSY,
			     "run '%s' is still running; 'git wf status %s' shows it", run,
			     layout_short_id(run));
	else if (rc == 0 && state.status == RUN_PASSED)
		rc = err_set(err, ERR_USAGE, "run '%s' has passed: there is nothing to go on with",
			     run);
	else if (rc == 0 && state.is_aborted)
		rc = err_set(err, ERR_USAGE, "run '%s' was ended for good", run);
	state_release(&state);
	return rc;
}

/* What it was about has gone with git's command, or will be another the next time. */
static int refuse_of_git(const struct session *session, const struct run_origin *origin,
			 struct err *err)
{
	struct run_state state;
	int rc;

	if (!recover_is_of_git(origin))
		return 0;
	state_init(&state);
	rc = recover_read_state(&session->layout, origin->run_id, &state, err);
	if (rc == 0 && state.status != RUN_PAUSED)
		rc = recover_refuse_of_git(origin, err);
	state_release(&state);
	return rc;
}

static int resume_origin(struct cli *cli, struct session *session, const struct run_origin *origin,
			 const struct resume_options *options, struct execute_options *execute,
			 struct recorded *recorded, struct err *err)
{
	struct target_request target = { .options = &recorded->target,
					 .selected = &recorded->steps,
					 .origin = origin };
	struct run_options run = { .resume_run = origin->run_id };

	target.word = word_of_origin(session, origin, &cli->arena);
	target.first_word = cli->words.list.n && !cli->words.list.v[0].is_option;
	recorded->target.jobs = options->jobs;
	for (size_t i = 0; i < options->params.list.n; i++)
		vec_push(&recorded->target.params.list, options->params.list.v[i]);
	vec_clear(&recorded->target.force.list);
	execute->keep_going |= recorded->execute.keep_going;
	execute->checkpoint |= recorded->execute.checkpoint;
	if (!execute->mode && !execute->is_interactive) {
		execute->mode = recorded->execute.mode;
		execute->is_interactive = recorded->execute.is_interactive;
	}
	if (!execute->timeout_ms)
		execute->timeout_ms = recorded->execute.timeout_ms;
	if (target_run_options(session, &recorded->target, &run, err) < 0)
		return -1;
	set_hands(cli, options, &run);
	run.words = origin->words;
	run.n_words = origin->n_words;
	if ((options->dry_run || !cli->common.quiet) && foretell(cli, &target, &run, err) < 0)
		return -1;
	if (options->dry_run)
		return EXIT_PASSED;
	if (target_load(cli, session, &target, err) < 0)
		return -1;
	return execute_run(cli, session, execute, &run, err);
}

static int abort_run(struct cli *cli, struct session *session, const char *run, struct err *err)
{
	const struct event events[] = {
		{ .type = EV_RUN_ABORT, .text = "by hand" },
		{ .type = EV_RUN_END, .run_status = RUN_CANCELLED, .text = "ended for good" },
	};

	if (offline_write(session, run, events, ARRAY_SIZE(events), err) < 0)
		return -1;
	cli_say(cli, "run '%s' has ended for good", run);
	return EXIT_PASSED;
}

static int resume_isolated(struct cli *cli, const char *run, const struct resume_options *options,
			   struct err *err)
{
	bool is_own_command = strcmp(cli->command->name, "resume") == 0;

	if (options->rollback_to)
		return err_set(err, ERR_USAGE,
			       "run '%s' was in a worktree of its own, which is gone: there is "
			       "nothing to roll back",
			       run);
	return isolate_resume(cli, is_own_command ? NULL : run, err);
}

static int resume_in_session(struct cli *cli, struct session *session,
			     struct resume_options *options, struct execute_options *execute,
			     struct err *err)
{
	struct recorded recorded = { 0 };
	struct run_origin origin = { 0 };
	const char *run;
	int rc;

	if (find_run(cli, session, options, &run, err) < 0 ||
	    refuse_if_running(session, run, err) < 0)
		return -1;
	if (options->abort)
		return abort_run(cli, session, run, err);
	if (recover_read_origin(&session->layout, run, &cli->arena, &origin, err) < 0 ||
	    refuse_of_git(session, &origin, err) < 0)
		return -1;
	if (isolate_was(&origin) && !isolate_is_inside())
		return resume_isolated(cli, run, options, err);
	if (options->rollback_to && !options->dry_run) {
		rc = rolling_back_to(cli, run, options->rollback_to, err);
		if (rc != 0)
			return rc < 0 ? -1 : EXIT_NOT_PASSED;
	}
	cli_say(cli, "going on with run '%s'", origin.run_id);
	rc = read_words(cli, &origin, &recorded, err);
	if (rc == 0)
		rc = resume_origin(cli, session, &origin, options, execute, &recorded, err);
	recorded_release(&recorded);
	return rc;
}

static int resume(struct cli *cli, struct resume_options *options, struct execute_options *execute,
		  struct err *err)
{
	struct session session;
	int rc;

	do {
		rc = target_open(&session, err);
		if (rc == 0 && !options->dry_run)
			rc = rolling_finish(cli, &session, err);
		if (rc == 0)
			rc = resume_in_session(cli, &session, options, execute, err);
		session_close(&session);
	} while (rc == EXECUTE_AGAIN);
	return rc;
}

int resume_known_run(struct cli *cli, const char *run, struct err *err)
{
	struct resume_options options = { .known_run = run };
	struct execute_options execute = { 0 };
	int rc;

	vec_clear(&cli->words.list); /* they were the other command's */
	rc = resume(cli, &options, &execute, err);
	execute_options_release(&execute);
	return rc;
}

int cmd_resume(struct cli *cli, struct err *err)
{
	struct resume_options options = { 0 };
	struct execute_options execute = { 0 };
	void *const into[COMMAND_TABLES] = { &options, &execute };
	int rc = cli_parse(cli, into, true, err);

	isolate_enter();
	if (rc == 0)
		rc = resume(cli, &options, &execute, err);
	vec_release(&options.params.list);
	vec_release(&options.retry.list);
	vec_release(&options.skip.list);
	vec_release(&options.done.list);
	vec_release(&options.from.list);
	execute_options_release(&execute);
	return rc;
}
