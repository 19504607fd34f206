/*
 * A workflow, its parameters, and the part of it that is meant. See target_impl.h.
 */
#include "target_impl.h"

#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "jobs_impl.h"
#include "settings_impl.h"
#include "sys/fs.h"

static const struct option_row rows[] = {
	{ 'p', "param", OPTION_LIST, offsetof(struct target_options, params), "NAME=VALUE",
	  "<param-names>", "set a parameter whatever it is called", 0 },
	{ 0, "from", OPTION_STRING, offsetof(struct target_options, from), "STEP", "<steps>",
	  "this step and what comes after it", 0 },
	{ 0, "until", OPTION_STRING, offsetof(struct target_options, until), "STEP", "<steps>",
	  "this step and what it needs", 0 },
	{ 0, "only", OPTION_LIST, offsetof(struct target_options, only), "STEP", "<steps>",
	  "this step and nothing else; may be said again", 0 },
	{ 0, "force", OPTION_OPTIONAL, offsetof(struct target_options, force), "STEP", "<steps>",
	  "run this step (alone: every step) even if nothing changed; may be said again", 0 },
	{ 0, "no-cache", OPTION_FLAG, offsetof(struct target_options, no_cache), NULL, NULL,
	  "remember nothing and use nothing remembered", 0 },
	{ 0, "strict", OPTION_FLAG, offsetof(struct target_options, strict), NULL, NULL,
	  "a gate of level warning fails too", 0 },
	{ 0, "lenient", OPTION_FLAG, offsetof(struct target_options, lenient), NULL, NULL,
	  "no gate fails, all warn", 0 },
	{ 0, "custom-gates", OPTION_STRING, offsetof(struct target_options, gates), "FILE",
	  "<files>", "check the gates of this file too", 0 },
	{ 'j', "jobs", OPTION_COUNT, offsetof(struct target_options, jobs), "N", NULL,
	  "run at most N steps at once (default: as many as there are CPUs)", OPTION_NOT_KEY },
};

const struct option_table target_options = { rows, ARRAY_SIZE(rows) };

void target_options_release(struct target_options *options)
{
	vec_release(&options->params.list);
	vec_release(&options->only.list);
	vec_release(&options->force.list);
}

const char *target_word(const struct cli *cli, struct err *err)
{
	const struct option_word *first = cli->words.list.n ? &cli->words.list.v[0] : NULL;

	if (!first) {
		err_set(err, ERR_USAGE, "'%s' wants a workflow; 'git wf list' shows them",
			cli->command->name);
		return NULL;
	}
	if (first->is_option) {
		err_set(err, ERR_USAGE,
			"unknown option '%s'; parameters stand behind the workflow's id",
			first->text);
		return NULL;
	}
	return first->text;
}

/* ---- Workflow and plan ---- */

int target_show_diags(struct cli *cli, struct session *session)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	enum diag_level level = cli->common.verbose ? DIAG_ADVICE
				: cli->common.quiet ? DIAG_ERROR
						    : DIAG_WARNING;

	for (size_t i = session_n_files(session); i-- > 0;)
		diags_render(session_diags(session, i), level, cli_use_color(cli, STDERR_FILENO),
			     (size_t)cli_columns_of(STDERR_FILENO), &text);
	diags_render(&session->gate_diags, level, cli_use_color(cli, STDERR_FILENO),
		     (size_t)cli_columns_of(STDERR_FILENO), &text);
	fs_write_all(STDERR_FILENO, strbuf_str(&text), text.len, NULL);
	return session_n_errors(session) || session->gate_diags.n_errors ? -1 : 0;
}

static int settings_of(const struct session *session, struct config *config, struct err *err)
{
	return settings_load(config, session, err);
}

int target_open(struct session *session, struct err *err)
{
	int rc = session_open(session, err);

	if (rc < 0 && err->kind == ERR_NOT_FOUND)
		err->kind = ERR_SYSTEM;
	session->settings = settings_of;
	return rc;
}

int target_session(struct cli *cli, void *options, size_t min, size_t max, target_session_fn *fn,
		   struct err *err)
{
	struct session session;
	int rc = cli_parse_words(cli, options, min, max, err);

	if (rc != 0)
		return rc;
	rc = target_open(&session, err);
	if (rc == 0)
		rc = fn(cli, &session, options, err);
	session_close(&session);
	return rc;
}

static bool is_given(const struct session *session, const char *name)
{
	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];

		if (!strcmp(value->param->name, name))
			return value->text != NULL;
	}
	return false;
}

/* What a run was started with, where nothing else is given now: a list would only grow else. A
 * parameter that is gone from the definition is of no use any more. */
static int set_recorded(struct session *session, const struct run_origin *origin, struct err *err)
{
	for (size_t i = 0; i < origin->n_params; i++) {
		const char *name = origin->param_names[i];

		if (!workflow_param(session->wf, name))
			cli_warn("workflow '%s' has no parameter '%s' any more", session->wf->id,
				 name);
		else if (!is_given(session, name) &&
			 session_set_param(session, name, origin->param_values[i], err) < 0)
			return err_wrap(err, "as recorded by run '%s'", origin->run_id);
	}
	return 0;
}

static int build_plan(struct session *session, const struct target_request *request,
		      struct err *err)
{
	const struct target_options *options = request->options;
	struct selection selection = { .from = options->from, .until = options->until };

	if (request->selected) {
		selection.steps = request->selected->list.v;
		selection.n_steps = request->selected->list.n;
	}
	selection.only = options->only.list.v;
	selection.n_only = options->only.list.n;
	return session_plan(session, &selection, err);
}

static int set_and_plan(struct cli *cli, struct session *session,
			const struct target_request *request, struct err *err)
{
	size_t first = request->word ? request->first_word : 1;

	if (target_set_pairs(session, &request->options->params, err) < 0 ||
	    target_set_params(cli, session, first, request->steps, err) < 0 ||
	    (request->origin && set_recorded(session, request->origin, err) < 0) ||
	    target_require_params(session, request->origin != NULL, err) < 0 ||
	    session_finish_params(session, err) < 0)
		return -1;
	return build_plan(session, request, err);
}

int target_load(struct cli *cli, struct session *session, const struct target_request *request,
		struct err *err)
{
	const char *word = request->word ? request->word : target_word(cli, err);
	int rc;

	if (!word)
		return -1;
	session_look_ahead(session);
	rc = session_load(session, word, err);
	if (rc == 0 && request->lifts_order)
		session_lift_order(session);
	if (rc == 0 && request->options->gates)
		rc = session_add_gates(session, request->options->gates, err);
	if (rc == 0)
		rc = set_and_plan(cli, session, request, err);
	if (target_show_diags(cli, session) < 0)
		return -1;
	return rc;
}

/* ---- What the engine wants to know ---- */

static enum checkpoints checkpoints_of(const struct config *config)
{
	static const char *const words[] = {
		[CHECKPOINTS_AUTO] = "auto",	     [CHECKPOINTS_PER_STEP] = "per_step",
		[CHECKPOINTS_PER_WAVE] = "per_wave", [CHECKPOINTS_DECLARED] = "declared",
		[CHECKPOINTS_OFF] = "off",
	};
	const char *word = config_string(config, "workflow", "", "checkpoint_frequency");

	if (!config_bool(config, "workflow", "enable_checkpoints"))
		return CHECKPOINTS_OFF;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], word))
			return (enum checkpoints)i;
	}
	return CHECKPOINTS_AUTO;
}

static void choose_asking(struct session *session, const struct config *config,
			  struct ask_options *ask)
{
	struct arena *arena = &session->arena;
	const char *mode = config_string(config, "run", "", "mode");
	const char *dialog = config_string(config, "prompt", "", "command");

	ask->mode_word = mode ? arena_strdup(arena, mode) : NULL;
	ask->mode_is_users = config_origin(config, "run", "", "mode") >= CONFIG_USER;
	ask->dialog = dialog ? arena_strdup(arena, dialog) : NULL;
}

/* A program that the user's settings name, or NULL. */
static const char *program_of(struct session *session, const struct config *config,
			      const char *section)
{
	const char *program = config_string(config, section, "", "command");

	return program ? arena_strdup(&session->arena, program) : NULL;
}

static int ask_settings(struct session *session, struct run_options *run, struct err *err)
{
	struct config config = { 0 };
	int rc = settings_load(&config, session, err);

	if (rc == 0) {
		run->jobs = (uint32_t)config_count(&config, "run", "jobs");
		run->checkpoints = checkpoints_of(&config);
		choose_asking(session, &config, &run->ask);
		run->container_command = program_of(session, &config, "container");
		run->window_command = program_of(session, &config, "window");
		session->agent_command = program_of(session, &config, "agent");
		run->no_snapshots = !config_bool(&config, "workflow", "enable_rollback");
		run->no_cache = !config_bool(&config, "cache", "enabled");
		if (!session->wf || !session->wf->timeout_ms)
			run->timeout_ms = config_duration_ms(&config, "workflow",
							     "timeout_seconds");
	}
	config_release(&config);
	return rc;
}

static int check_forced(const struct session *session, const char *id, struct err *err)
{
	const struct strmap *steps = &session->plan->by_id;
	const char *bracket = strchr(id, '['), *nearest;

	/* An item of a foreach may be known later. */
	if (!*id || strmap_get(steps, id) ||
	    (bracket && strmap_get_n(steps, id, (size_t)(bracket - id))))
		return 0;
	nearest = strmap_nearest(steps, id);
	if (nearest)
		return err_set(err, ERR_USAGE, "there is no step '%s'; did you mean '%s'?", id,
			       nearest);
	return err_set(err, ERR_USAGE, "there is no step '%s'", id);
}

int target_run_options(struct session *session, const struct target_options *options,
		       struct run_options *run, struct err *err)
{
	if (ask_settings(session, run, err) < 0 || jobs_choose(options->jobs, &run->jobs, err) < 0)
		return -1;
	run->jobs_given = options->jobs != 0;
	if (options->strict && options->lenient)
		return err_set(err, ERR_USAGE, "either --strict or --lenient");
	run->gates = options->strict	? GATES_STRICT
		     : options->lenient ? GATES_LENIENT
					: GATES_AS_WRITTEN;
	run->no_cache = run->no_cache || options->no_cache;
	run->force.steps = options->force.list.v;
	run->force.n_steps = options->force.list.n;
	for (size_t i = 0; i < options->force.list.n; i++) {
		if (check_forced(session, options->force.list.v[i], err) < 0)
			return -1;
		run->force.all = run->force.all || !*options->force.list.v[i];
	}
	return 0;
}
