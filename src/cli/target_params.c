/*
 * Values for the parameters of a workflow from the words of the command line. See target_impl.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/strmap.h"
#include "target_impl.h"

struct spelling { /* "--no-issue=x": the parameter, its value, whether "no-" turns it off */
	const struct param *param;
	const char *value;
	bool is_negated;
};

static const struct param *param_of_name(const struct workflow *wf, struct arena *arena,
					 const char *name, size_t len)
{
	return workflow_param(wf, option_to_param(arena, name, len));
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
		vec_push(&names, option_of_param(&cli->arena, wf->params[i].name));
	if (!strncmp(word, "--", 2))
		nearest = nearest_word(arena_strndup(&cli->arena, word + 2, strcspn(word + 2, "=")),
				       names.v, names.n);
	vec_release(&names);
	/* Reading commands have it, and these do not. */
	if (!strcmp(word, "--json"))
		return err_set(err, ERR_USAGE,
			       "unknown option '--json': '--events -' tells in JSON what happens, "
			       "'git wf status --json' what came of it");
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

int target_set_pairs(struct session *session, const struct option_values *pairs, struct err *err)
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

/* ---- What is still missing ---- */

static bool is_missing(struct session *session, const struct param_value *value)
{
	return value->param->required && !value->text && !value->param->default_value &&
	       !getenv(session_param_variable(session, value->param->name));
}

static int missing_one(struct session *session, const struct param *param, bool resumes,
		       struct err *err)
{
	const char *variable = session_param_variable(session, param->name), *option;

	if (resumes && param->secret)
		return err_set(err, ERR_USAGE,
			       "the secret '%s' is not kept with a run; give it again, by the "
			       "option or as %s",
			       param->name, variable);
	if (command_hides_param(command_find("run"), param->name))
		option = arena_printf(&session->arena, "-p %s=VALUE", param->name);
	else
		option = arena_printf(&session->arena, "--%s VALUE",
				      option_of_param(&session->arena, param->name));
	return err_set(err, ERR_USAGE, "missing parameter '%s'; give it as %s or as %s",
		       param->name, option, variable);
}

int target_require_params(struct session *session, bool resumes, struct err *err)
{
	CLEANUP(strbuf_release)
	struct strbuf names = STRBUF_INIT;
	const struct param *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < session->params.n; i++) {
		const struct param_value *value = &session->params.values[i];

		if (!is_missing(session, value))
			continue;
		strbuf_addf(&names, "%s'%s'", n++ ? ", " : "", value->param->name);
		if (!first || (resumes && value->param->secret && !first->secret))
			first = value->param;
	}
	if (!first)
		return 0;
	if (n == 1 || (resumes && first->secret))
		return missing_one(session, first, resumes, err);
	return err_set(err, ERR_USAGE, "missing parameters %s; 'git wf show %s' tells about them",
		       strbuf_str(&names), session->wf->id);
}
