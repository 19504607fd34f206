/*
 * A workflow, its parameters, and the part of it that is meant. See target_impl.h.
 */
#include "target_impl.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strmap.h"
#include "settings_impl.h"
#include "sys/fs.h"

static const struct option_row rows[] = {
	{ 'p', "param", OPTION_LIST, offsetof(struct target_options, params), "NAME=VALUE", NULL,
	  "set a parameter whatever it is called", 0 },
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

/* ---- Parameters ---- */

struct spelling { /* "--no-issue=x": the parameter, its value, whether "no-" turns it off */
	const struct param *param;
	const char *value;
	bool is_negated;
};

static const struct param *param_of_name(const struct workflow *wf, struct arena *arena,
					 const char *name, size_t len)
{
	char *copy = arena_strndup(arena, name, len);

	for (char *c = copy; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	return workflow_param(wf, copy);
}

static struct spelling read_long(const struct workflow *wf, struct arena *arena, const char *word)
{
	size_t len = strcspn(word, "=");
	struct spelling found = { param_of_name(wf, arena, word, len),
				  word[len] ? word + len + 1 : NULL, false };

	if (!found.param && !strncmp(word, "no-", 3) && !found.value) {
		found.param = param_of_name(wf, arena, word + 3, len - 3);
		found.is_negated = true;
		if (found.param && found.param->type != PARAM_BOOL)
			found.param = NULL;
	}
	return found;
}

static struct spelling read_short(const struct workflow *wf, const char *word)
{
	for (size_t i = 0; i < wf->n_params; i++) {
		if (wf->params[i].short_option && wf->params[i].short_option == word[0])
			return (struct spelling){ &wf->params[i], word[1] ? word + 1 : NULL,
						  false };
	}
	return (struct spelling){ NULL, NULL, false };
}

static const char *dashed(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name);

	for (char *c = copy; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	return copy;
}

static int unknown_word(struct cli *cli, const struct workflow *wf, const char *word,
			struct err *err)
{
	VEC(const char *) names = { 0 };
	const char *nearest = NULL;

	for (size_t t = 0; t < COMMAND_TABLES; t++) {
		const struct option_table *table = cli->command->tables[t];

		for (size_t i = 0; table && i < table->n; i++) {
			if (table->rows[i].name && table->rows[i].kind != OPTION_LATER)
				vec_push(&names, table->rows[i].name);
		}
	}
	for (size_t i = 0; i < wf->n_params; i++)
		vec_push(&names, dashed(&cli->arena, wf->params[i].name));
	if (!strncmp(word, "--", 2))
		nearest = nearest_word(arena_strndup(&cli->arena, word + 2, strcspn(word + 2, "=")),
				       names.v, names.n);
	vec_release(&names);
	if (nearest)
		return err_set(err, ERR_USAGE, "unknown option '%.*s'; did you mean '--%s'?",
			       (int)strcspn(word, "="), word, nearest);
	return err_set(err, ERR_USAGE,
		       "unknown option '%.*s': neither of '%s' nor a parameter of workflow '%s'",
		       (int)strcspn(word, "="), word, cli->command->name, wf->id);
}

/* The value behind the option in its own word, or the word that follows it at once. */
static int next_value(struct cli *cli, const struct spelling *found, size_t *i, const char **value,
		      struct err *err)
{
	const struct option_word *word = &cli->words.list.v[*i], *next = word + 1;

	*value = found->value;
	if (*value)
		return 0;
	if (*i + 1 < cli->words.list.n && next->position == word->position + 1 &&
	    (!next->is_option || option_is_number(next->text))) {
		*value = next->text;
		(*i)++;
		return 0;
	}
	return err_set(err, ERR_USAGE,
		       "'%s' needs a value; write one that begins with '-' as '%s=-...'",
		       word->text, word->text);
}

static int set_from_word(struct cli *cli, struct session *session, size_t *i, struct err *err)
{
	const char *word = cli->words.list.v[*i].text, *value;
	struct spelling found = word[1] == '-' ? read_long(session->wf, &cli->arena, word + 2)
					       : read_short(session->wf, word + 1);

	if (!found.param)
		return unknown_word(cli, session->wf, word, err);
	if (found.param->type == PARAM_BOOL && word[1] != '-' && found.value)
		return unknown_word(cli, session->wf, word, err);
	if (found.param->type == PARAM_BOOL)
		value = found.is_negated ? "false" : found.value ? found.value : "true";
	else if (next_value(cli, &found, i, &value, err) < 0)
		return -1;
	return session_set_param(session, found.param->name, value, err);
}

int target_set_params(struct cli *cli, struct session *session, size_t first_word,
		      struct option_values *steps, struct err *err)
{
	for (size_t i = first_word; i < cli->words.list.n; i++) {
		const struct option_word *word = &cli->words.list.v[i];

		if (word->is_option) {
			if (set_from_word(cli, session, &i, err) < 0)
				return -1;
		} else if (steps) {
			vec_push(&steps->list, word->text);
		} else {
			return err_set(err, ERR_USAGE, "'%s' has no use for '%s'",
				       cli->command->name, word->text);
		}
	}
	return 0;
}

static int set_pairs(struct session *session, const struct option_values *pairs, struct err *err)
{
	for (size_t i = 0; i < pairs->list.n; i++) {
		const char *pair = pairs->list.v[i];
		size_t len = strcspn(pair, "=");
		const struct param *param = param_of_name(session->wf, &session->arena, pair, len);

		if (!pair[len])
			return err_set(err, ERR_USAGE, "'-p %s': write NAME=VALUE", pair);
		if (session_set_param(session,
				      param ? param->name
					    : arena_strndup(&session->arena, pair, len),
				      pair + len + 1, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- Workflow and plan ---- */

int target_show_diags(struct cli *cli, struct session *session)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT;
	enum diag_level level = cli->common.verbose ? DIAG_ADVICE
				: cli->common.quiet ? DIAG_ERROR
						    : DIAG_WARNING;

	diags_render(&session->diags, level, cli_use_color(cli, STDERR_FILENO), &text);
	fs_write_all(STDERR_FILENO, strbuf_str(&text), text.len, NULL);
	return session->diags.n_errors ? -1 : 0;
}

int target_open(struct session *session, struct err *err)
{
	int rc = session_open(session, err);

	if (rc < 0 && err->kind == ERR_NOT_FOUND)
		err->kind = ERR_SYSTEM;
	return rc;
}

/* What a run was started with; a parameter that is gone from the definition is of no use any more. */
static int set_recorded(struct session *session, const struct run_origin *origin, struct err *err)
{
	for (size_t i = 0; i < origin->n_params; i++) {
		const char *name = origin->param_names[i];

		if (!workflow_param(session->wf, name))
			cli_warn("workflow '%s' has no parameter '%s' any more", session->wf->id,
				 name);
		else if (session_set_param(session, name, origin->param_values[i], err) < 0)
			return err_wrap(err, "as recorded by run '%s'", origin->run_id);
	}
	return 0;
}

/* A run does not keep them. */
static int require_secrets(const struct session *session, struct err *err)
{
	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];
		char name[128];

		snprintf(name, sizeof name, "GIT_WF_PARAM_%s", value->param->name);
		for (char *c = name; *c; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
		if (value->param->secret && value->param->required && !value->text && !getenv(name))
			return err_set(
				err, ERR_USAGE,
				"the secret '%s' is not kept with a run; give it again, by the "
				"option or as %s",
				value->param->name, name);
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

	if ((request->origin && set_recorded(session, request->origin, err) < 0) ||
	    set_pairs(session, &request->options->params, err) < 0 ||
	    target_set_params(cli, session, first, request->steps, err) < 0 ||
	    (request->origin && require_secrets(session, err) < 0) ||
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
	rc = session_load(session, word, err);
	if (rc == 0)
		rc = set_and_plan(cli, session, request, err);
	if (target_show_diags(cli, session) < 0)
		return -1;
	return rc;
}

/* ---- What the engine wants to know ---- */

uint32_t target_cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) < 1)
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

static int ask_settings(const struct session *session, struct run_options *run, struct err *err)
{
	struct config config = { 0 };
	int rc = settings_load(&config, session, err);

	if (rc == 0) {
		run->jobs = (uint32_t)config_count(&config, "run", "jobs");
		run->no_cache = !config_bool(&config, "cache", "enabled");
		if (!session->wf || !session->wf->timeout_ms)
			run->timeout_ms = config_duration_ms(&config, "workflow",
							     "timeout_seconds");
	}
	config_release(&config);
	return rc;
}

int target_run_options(const struct session *session, const struct target_options *options,
		       struct run_options *run, struct err *err)
{
	if (ask_settings(session, run, err) < 0)
		return -1;
	if (options->jobs)
		run->jobs = options->jobs;
	if (!run->jobs)
		run->jobs = target_cpu_count();
	run->jobs_given = options->jobs != 0;
	run->no_cache = run->no_cache || options->no_cache;
	run->force.steps = options->force.list.v;
	run->force.n_steps = options->force.list.n;
	for (size_t i = 0; i < options->force.list.n; i++)
		run->force.all = run->force.all || !*options->force.list.v[i];
	return 0;
}
