/*
 * git wf __complete KIND [WORD [OPTION]]: the names that only the repository knows, for the scripts of
 * `git wf completion`. One a line, with what it is behind a tab. WORD is the workflow or the run that
 * the command line names; without one a run is the newest. What cannot be found is nothing: a shell that
 * completes has no use for messages.
 */
#include <string.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "load_impl.h"
#include "run/recover.h"
#include "store/history.h"
#include "target_impl.h"
#include "template/template.h"

#define RUNS_MAX 50

struct asked {
	struct cli *cli;
	struct session session;
	const char *word, *option; /* or NULL */
};

static void add_name(struct cli *cli, const char *name, const char *about)
{
	size_t len = about ? strcspn(about, "\n\t") : 0;

	if (strpbrk(name, "\n\t"))
		return;
	strbuf_addstr(&cli->out, name);
	if (len) {
		strbuf_addch(&cli->out, '\t');
		strbuf_add(&cli->out, about, len);
	}
	strbuf_addch(&cli->out, '\n');
}

/* ---- Workflows and what is in them ---- */

static void complete_workflows(struct asked *asked)
{
	const struct workflow_file *files;
	size_t n;

	if (session_list_workflows(&asked->session, &files, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		struct loaded loaded;
		const char *about = "has mistakes";

		if (load_workflow(&loaded, &asked->session, files[i].id, files[i].path, NULL) < 0)
			continue;
		if (loaded.wf)
			about = loaded.wf->name ? loaded.wf->name : loaded.wf->description;
		add_name(asked->cli, files[i].id, about);
		load_release(&loaded);
	}
}

static bool find_run(struct asked *asked, const char **run)
{
	return layout_find_run(&asked->session.layout, asked->word ? asked->word : "latest",
			       &asked->cli->arena, run, NULL) == 0;
}

static const char *path_of_workflow(struct asked *asked)
{
	const struct workflow_file *files;
	struct run_origin origin = { 0 };
	const char *run;
	size_t n;

	if (asked->word && session_list_workflows(&asked->session, &files, &n, NULL) == 0)
		for (size_t i = 0; i < n; i++)
			if (!strcmp(files[i].id, asked->word))
				return asked->word;
	if (find_run(asked, &run) && recover_read_origin(&asked->session.layout, run,
							 &asked->cli->arena, &origin, NULL) == 0)
		return origin.workflow;
	return asked->word; /* a path */
}

/* The workflow that is named, or that of the run that is. */
static const struct workflow *load_named(struct asked *asked)
{
	const char *path = path_of_workflow(asked);

	return path && session_load(&asked->session, path, NULL) == 0 ? asked->session.wf : NULL;
}

static const char *option_of(struct asked *asked, const struct param *param)
{
	return option_of_param(&asked->cli->arena, param->name);
}

/* Else the words are those of an option of the command's own. */
static bool is_option(const struct param *param)
{
	return !command_hides_param(command_find("run"), param->name);
}

/* "--level=", its help and "low|high", a tab between each. */
static void complete_params(struct asked *asked)
{
	const struct workflow *wf = load_named(asked);
	struct strbuf *out = &asked->cli->out;

	for (size_t i = 0; wf && i < wf->n_params; i++) {
		const struct param *param = &wf->params[i];

		if (!is_option(param))
			continue;
		add_name(asked->cli,
			 arena_printf(&asked->cli->arena, "--%s%s", option_of(asked, param),
				      param->type == PARAM_BOOL ? "" : "="),
			 param->help);
		if (!param->n_choices)
			continue;
		strbuf_setlen(out, out->len - 1);
		strbuf_addstr(out, param->help ? "\t" : "\t\t");
		for (size_t k = 0; k < param->n_choices; k++)
			strbuf_addf(out, "%s%s", k ? "|" : "", param->choices[k]);
		strbuf_addch(out, '\n');
	}
}

/* The same as whole words: "--level=low". */
static void complete_param_words(struct asked *asked)
{
	const struct workflow *wf = load_named(asked);

	for (size_t i = 0; wf && i < wf->n_params; i++) {
		const struct param *param = &wf->params[i];
		const char *option = option_of(asked, param);

		if (!is_option(param))
			continue;
		if (!param->n_choices)
			add_name(asked->cli,
				 arena_printf(&asked->cli->arena, "--%s%s", option,
					      param->type == PARAM_BOOL ? "" : "="),
				 param->help);
		for (size_t k = 0; k < param->n_choices; k++)
			add_name(asked->cli,
				 arena_printf(&asked->cli->arena, "--%s=%s", option,
					      param->choices[k]),
				 param->help);
	}
}

/* What may stand behind --OPTION. */
static void complete_values(struct asked *asked)
{
	const struct workflow *wf = asked->option ? load_named(asked) : NULL;

	for (size_t i = 0; wf && i < wf->n_params; i++)
		if (!strcmp(option_of(asked, &wf->params[i]), asked->option))
			for (size_t k = 0; k < wf->params[i].n_choices; k++)
				add_name(asked->cli, wf->params[i].choices[k], NULL);
}

/* For -p NAME=VALUE. */
static void complete_param_names(struct asked *asked)
{
	const struct workflow *wf = load_named(asked);

	for (size_t i = 0; wf && i < wf->n_params; i++)
		add_name(asked->cli, arena_printf(&asked->cli->arena, "%s=", wf->params[i].name),
			 wf->params[i].help);
}

static void complete_templates(struct asked *asked)
{
	struct template_list templates = { 0 };
	int root_fd = asked->session.repo.root ? asked->session.layout.root_fd : -1;

	if (template_find_all(root_fd, &asked->cli->arena, &templates, NULL) == 0)
		for (size_t i = 0; i < templates.list.n; i++)
			add_name(asked->cli, templates.list.v[i].name, NULL);
	template_list_release(&templates);
}

static void complete_steps(struct asked *asked)
{
	const struct workflow *wf = asked->word ? load_named(asked) : NULL;

	for (size_t i = 0; wf && i < wf->n_steps; i++) {
		const struct step *step = &wf->steps[i];

		if (step->role == ROLE_STEP)
			add_name(asked->cli, step->id, step->name ? step->name : step->description);
	}
}

/* ---- Runs and what is in them ---- */

struct ends {
	struct asked *asked;
	struct strmap by_run;
	size_t n;
};

static int note_end(void *data, const struct history_entry *entry)
{
	struct ends *ends = data;

	if (entry->run && !strmap_get(&ends->by_run, entry->run))
		strmap_put(&ends->by_run, arena_strdup(&ends->asked->cli->arena, entry->run),
			   (void *)run_status_name(entry->status));
	return ++ends->n >= 4 * RUNS_MAX;
}

static void complete_runs(struct asked *asked)
{
	struct ends ends = { .asked = asked };
	struct layout_runs runs = { 0 };

	if (layout_list_runs(&asked->session.layout, &asked->cli->arena, &runs, NULL) < 0)
		return;
	history_read(asked->session.layout.runs_dir, note_end, &ends, NULL);
	for (size_t i = 0; i < runs.n && i < RUNS_MAX; i++) {
		const char *status = strmap_get(&ends.by_run, runs.ids[i]);

		add_name(asked->cli, layout_short_id(runs.ids[i]),
			 arena_printf(&asked->cli->arena, "%s%s%s", runs.ids[i], status ? ", " : "",
				      status ? status : ""));
	}
	strmap_release(&ends.by_run);
}

static void add_steps_of_run(struct asked *asked, bool only_waiting)
{
	struct run_state state;
	const char *run;

	if (!find_run(asked, &run))
		return;
	state_init(&state);
	if (recover_read_state(&asked->session.layout, run, &state, NULL) == 0)
		for (size_t i = 0; i < state.steps.n; i++) {
			const struct step_state *step = state.steps.v[i];
			bool is_waiting = step->wait && !step->answer;

			if (is_waiting || !only_waiting)
				add_name(asked->cli, step->id,
					 is_waiting ? step->wait->question
						    : step_status_name(step->status));
		}
	state_release(&state);
}

static void complete_run_steps(struct asked *asked)
{
	add_steps_of_run(asked, false);
}

/* What a person may say something about: steps of the newest run that wait, and all runs. */
static void complete_waits(struct asked *asked)
{
	asked->word = NULL;
	add_steps_of_run(asked, true);
	complete_runs(asked);
}

/* What a rollback can go to. */
static void complete_checkpoints(struct asked *asked)
{
	struct run_state state;
	const char *run;

	if (!find_run(asked, &run))
		return;
	state_init(&state);
	if (recover_read_state(&asked->session.layout, run, &state, NULL) == 0) {
		for (size_t i = 0; i < state.snapshots.n; i++) {
			const struct snapshot_state *snapshot = &state.snapshots.v[i];

			add_name(asked->cli,
				 arena_printf(&asked->cli->arena, "%u", snapshot->number),
				 arena_printf(&asked->cli->arena, "%s%s%s", snapshot->kind,
					      snapshot->step ? " " : "",
					      snapshot->step ? snapshot->step : ""));
		}
		for (size_t i = 0; i < state.steps.n; i++)
			add_name(asked->cli, state.steps.v[i]->id, "as it was right after it");
	}
	state_release(&state);
}

static const struct {
	const char *kind;
	void (*fn)(struct asked *asked);
} kinds[] = {
	{ "workflows", complete_workflows },
	{ "params", complete_params },
	{ "param-words", complete_param_words },
	{ "param-names", complete_param_names },
	{ "values", complete_values },
	{ "templates", complete_templates },
	{ "steps", complete_steps },
	{ "runs", complete_runs },
	{ "run-steps", complete_run_steps },
	{ "waits", complete_waits },
	{ "checkpoints", complete_checkpoints },
};

int cmd_complete(struct cli *cli, struct err *err)
{
	struct asked asked = { .cli = cli };
	struct err ignored = ERR_INIT;
	int rc = cli_parse_words(cli, NULL, 1, 3, err);

	if (rc != 0)
		return rc;
	asked.word = cli_word(cli, 1);
	asked.option = cli_word(cli, 2);
	rc = session_open(&asked.session, &ignored);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, cli_word(cli, 0)))
			kinds[i].fn(&asked);
	session_close(&asked.session);
	err_release(&ignored);
	return EXIT_PASSED;
}
