/*
 * git wf completion SHELL, and the hidden command that its scripts ask for names.
 */
#include <string.h>

#include "base/strmap.h"
#include "commands_impl.h"
#include "completion_impl.h"
#include "load_impl.h"
#include "target_impl.h"

static const struct {
	const char *shell;
	void (*write)(struct strbuf *out);
} shells[] = {
	{ "bash", completion_write_bash },
	{ "zsh", completion_write_zsh },
	{ "fish", completion_write_fish },
};

int cmd_completion(struct cli *cli, struct err *err)
{
	int rc = cli_parse_words(cli, NULL, 1, 1, err);
	const char *word = cli_word(cli, 0);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].shell, word))
			continue;
		shells[i].write(&cli->out);
		return EXIT_PASSED;
	}
	return err_set(err, ERR_USAGE, "no completion for '%s': there are bash, zsh and fish",
		       word);
}

/* ---- Names: one a line, with what it is behind a tab ---- */

static void add_name(struct cli *cli, const char *name, const char *about)
{
	size_t len = about ? strcspn(about, "\n\t") : 0;

	strbuf_addstr(&cli->out, name);
	if (len) {
		strbuf_addch(&cli->out, '\t');
		strbuf_add(&cli->out, about, len);
	}
	strbuf_addch(&cli->out, '\n');
}

static int complete_workflows(struct cli *cli, struct session *session, struct err *err)
{
	const struct workflow_file *files;
	size_t n;

	if (session_list_workflows(session, &files, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct loaded loaded;

		if (load_workflow(&loaded, session, files[i].id, files[i].path, NULL) == 0)
			add_name(cli, files[i].id, loaded.wf ? loaded.wf->name : "has mistakes");
		load_release(&loaded);
	}
	return 0;
}

static int load_named(struct cli *cli, struct session *session, struct err *err)
{
	const char *word = cli_word(cli, 1);

	return word ? session_load(session, word, err) : -1;
}

static int complete_params(struct cli *cli, struct session *session, struct err *err)
{
	if (load_named(cli, session, err) < 0)
		return -1;
	for (size_t i = 0; i < session->wf->n_params; i++) {
		const struct param *param = &session->wf->params[i];
		char *option = arena_printf(&cli->arena, "--%s%s", param->name,
					    param->type == PARAM_BOOL ? "" : "=");

		for (char *c = option; *c; c++)
			*c = *c == '_' ? '-' : *c;
		add_name(cli, option, param->help);
	}
	return 0;
}

static int complete_steps(struct cli *cli, struct session *session, struct err *err)
{
	if (load_named(cli, session, err) < 0)
		return -1;
	for (size_t i = 0; i < session->wf->n_steps; i++)
		if (session->wf->steps[i].role == ROLE_STEP)
			add_name(cli, session->wf->steps[i].id, session->wf->steps[i].name);
	return 0;
}

static int complete_runs(struct cli *cli, struct session *session, struct err *err)
{
	struct layout_runs runs = { 0 };

	if (layout_list_runs(&session->layout, &cli->arena, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n; i++)
		add_name(cli, layout_short_id(runs.ids[i]), runs.ids[i]);
	return 0;
}

static const struct {
	const char *kind;
	int (*fn)(struct cli *cli, struct session *session, struct err *err);
} kinds[] = {
	{ "workflows", complete_workflows },
	{ "params", complete_params },
	{ "steps", complete_steps },
	{ "runs", complete_runs },
};

/* A shell that completes has no use for messages: what cannot be found is nothing. */
int cmd_complete(struct cli *cli, struct err *err)
{
	const char *kind;
	struct session session;
	struct err ignored = ERR_INIT;
	int rc = cli_parse_words(cli, NULL, 1, 2, err);

	if (rc != 0)
		return rc;
	kind = cli_word(cli, 0);
	rc = session_open(&session, &ignored);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].kind, kind))
			kinds[i].fn(cli, &session, &ignored);
	}
	session_close(&session);
	err_release(&ignored);
	return EXIT_PASSED;
}
